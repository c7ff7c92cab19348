// Starts the worker that this file's address names behind #. A query in the address goes on to the other
// files, past a cache that holds an older build.
addEventListener("unhandledrejection", (event) => {
  // Thrown here, it reaches the page, which would not hear of it otherwise.
  throw event.reason;
});
// Those that are there once more, as NAME_fused, for browsers that may multiply and add in one instruction; `cargo xtask build`
// makes them and names them here.
const FUSED = [];
// A function that does so: valid where the browser can.
const multiplyAdd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11];
const asked = location.hash.slice(1);
const name = FUSED.includes(asked) && WebAssembly.validate(new Uint8Array(multiplyAdd)) ? `${asked}_fused` : asked;
const { default: init } = await import(`./${name}.js${location.search}`);
await init({ module_or_path: new URL(`./${name}_bg.wasm${location.search}`, import.meta.url) });
