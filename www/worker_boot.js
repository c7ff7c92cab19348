// Starts a worker: `worker`, or the one that this file's address names behind #. A query in the address goes on to the other
// files, past a cache that holds an older build.
addEventListener("unhandledrejection", (event) => {
  // Thrown here, it reaches the page, which would not hear of it otherwise.
  throw event.reason;
});
const name = location.hash.slice(1) || "worker";
const { default: init } = await import(`./${name}.js${location.search}`);
await init({ module_or_path: new URL(`./${name}_bg.wasm${location.search}`, import.meta.url) });
