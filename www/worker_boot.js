// Starts the worker. A query in this file's address goes on to the others, past a cache that holds an older build.
addEventListener("unhandledrejection", (event) => {
  // Thrown here, it reaches the page, which would not hear of it otherwise.
  throw event.reason;
});
const { default: init } = await import(`./worker.js${location.search}`);
await init({ module_or_path: new URL(`./worker_bg.wasm${location.search}`, import.meta.url) });
