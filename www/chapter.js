// A chapter's frame: whether one figure is wanted alone, what a figure says that cannot come, and the code that runs.
const root = document.documentElement;
const figure = new URLSearchParams(location.search).get("figure");

addEventListener("unhandledrejection", ({ reason }) => {
  const why = reason instanceof WebAssembly.CompileError
    ? "This browser cannot run the figures: they need WebAssembly with SIMD. Try a recent Chrome, Edge, Firefox or Safari."
    : "The figures could not be loaded: check the connection, then reload the page.";
  for (const waiting of document.querySelectorAll(".waiting")) waiting.textContent = why;
});

document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("section[id] [data-figure]")) {
    const { figure: name } = place.dataset;
    if (name === figure) {
      root.dataset.alone = name;
      place.closest("section").classList.add("wanted");
    }
  }
  for (const link of document.querySelectorAll("figcaption > a")) {
    // With the settings of this page, which are in its address.
    link.addEventListener("click", () => (link.hash = location.hash));
  }
  for (const deeper of document.querySelectorAll("details:has([data-source])")) {
    deeper.addEventListener("toggle", () => unfold(deeper.querySelector("[data-source]")));
  }
});

// Fetches the code that runs, when someone wants to read it.
async function unfold(place) {
  const { source, fetched } = place.dataset;
  if (fetched) return;
  const response = await fetch(source).catch(() => null);
  place.textContent = response?.ok ? await response.text() : "The code could not be fetched: check the connection, then fold this up and open it again.";
  if (response?.ok) place.dataset.fetched = true;
  place.tabIndex = 0;
}
