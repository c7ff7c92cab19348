// The bench page: drives the same worker as the main page, and measures what this device does.
// `globalThis.peer` offers the same measurements to scripts: bench.html?executor=cpu or ?executor=gpu.

const SHAPES = [
  { m: 256, k: 256, n: 256 },
  { m: 512, k: 512, n: 512 },
  { m: 1024, k: 1024, n: 1024 },
  { m: 2048, k: 128, n: 512 },
  { m: 2048, k: 512, n: 128 },
];
// About 0.9 million parameters, as on the page's second preset but for half its vocabulary.
const VOCABULARY = 512;
const SPEC = { depth: 4, vocab: VOCABULARY, context: 128, batch: 8, lr: 1e-3 };

/** A worker of its own, and one question at a time. */
class Engine {
  #worker = new Worker(new URL("worker_boot.js", import.meta.url), { type: "module" });
  #waiting = null;
  #listening;

  constructor() {
    this.#listening = new Promise((resolve, reject) => {
      // The worker's first message is empty: from then on it listens.
      this.#worker.onmessage = ({ data: [json, ...attachments] }) => (json ? this.#receive(JSON.parse(json), attachments) : resolve());
      this.#worker.onerror = (event) => {
        const error = new Error(event.message || "The worker could not start.");
        reject(error);
        this.#waiting?.reject(error);
      };
    });
  }

  /** Sends a command and waits for the event called `answer`: its content and what is attached. */
  async ask(command, answer, attachments = []) {
    await this.#listening;
    return new Promise((resolve, reject) => {
      this.#waiting = { answer, resolve, reject };
      this.#worker.postMessage([JSON.stringify(command), ...attachments]);
    });
  }

  async bench(command, attachments) {
    const [result, bytes] = await this.ask({ Bench: command }, "Bench", attachments);
    return { ...result, bytes };
  }

  close() {
    this.#worker.terminate();
  }

  #receive(event, attachments) {
    const [name, content] = typeof event === "string" ? [event] : Object.entries(event)[0];
    if (name === "Refused") this.#waiting?.reject(new Error(content.message));
    if (name === this.#waiting?.answer) this.#waiting.resolve([content, ...attachments]);
  }
}

async function start() {
  const engine = new Engine();
  const [ready] = await engine.ask({ Hello: { version: "" } }, "Ready");
  return { engine, ready };
}

const bytes = (words) => new Uint8Array(words.buffer.slice(words.byteOffset, words.byteOffset + words.byteLength));

/** Deterministic numbers in [-1, 1). */
function numbers(length, seed) {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const peer = {
  name: "seven-steps",
  version: "",
  async init() {
    const { engine, ready } = await start();
    this.engine = engine;
    this.version = ready.version;
    const executor = new URLSearchParams(location.search).get("executor") ?? "auto";
    const { device } = await engine.bench({ Open: { executor } });
    this.device = device;
  },
  info() {
    return { device: this.device };
  },
  async matmul({ m, k, n }, a = numbers(m * k, 1), b = numbers(k * n, 2)) {
    const load = () => this.engine.bench({ Matmul: { m, k, n } }, [bytes(a), bytes(b)]);
    await load();
    return {
      a,
      b,
      run: (times) => this.engine.bench({ Multiply: { times } }),
      result: async () => new Float32Array((await this.engine.bench("Product")).bytes),
      free() {},
    };
  },
  async train() {
    const { parameters, flops_per_token: flopsPerToken } = await this.engine.bench({ Model: { spec: SPEC, vocab: VOCABULARY } });
    const step = async () => (await this.engine.bench("Step")).loss;
    return { tokens: SPEC.batch * SPEC.context, parameters, flopsPerToken, step };
  },
  async generate() {
    await this.engine.bench({ Model: { spec: SPEC, vocab: VOCABULARY } });
    return { kv: true, run: async (tokens) => (await this.engine.bench({ Generate: { tokens } })).tokens };
  },
};
globalThis.peer = peer;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Median seconds of a few rounds, after one to warm up; slow devices get fewer. */
async function timed(work) {
  await work();
  const seconds = [];
  const begun = performance.now();
  while (seconds.length < 5 && (seconds.length < 1 || performance.now() - begun < 4000)) {
    const from = performance.now();
    await work();
    seconds.push((performance.now() - from) / 1000);
  }
  return median(seconds);
}

const status = document.querySelector("#status");
const button = document.querySelector("#start");
const results = document.querySelector("#results");
const say = (text) => (status.textContent = text);
const round = (value, digits = 3) => value.toLocaleString("en", { maximumSignificantDigits: digits });

function element(name, text, parent) {
  const made = document.createElement(name);
  made.textContent = text;
  parent.append(made);
  return made;
}

function table(caption, headings, rows) {
  const made = document.createElement("table");
  element("caption", caption, made);
  const head = made.createTHead().insertRow();
  for (const heading of headings) element("th", heading, head).scope = "col";
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const cell of row) element("td", cell, line);
  }
  results.append(made);
}

async function measure(executor, title) {
  const { engine } = await start();
  peer.engine = engine;
  const { device } = await engine.bench({ Open: { executor } });
  element("h2", `${title}: ${device}`, results);

  const products = [];
  for (const { m, k, n } of SHAPES) {
    say(`${title}: multiplying ${m} × ${k} by ${k} × ${n}…`);
    const product = await peer.matmul({ m, k, n });
    products.push([`${m} × ${k} by ${k} × ${n}`, round((2 * m * k * n) / (await timed(() => product.run(1))) / 1e9)]);
  }
  table("Matrix products", ["Shape", "GFLOP/s"], products);

  say(`${title}: training…`);
  const training = await peer.train();
  const step = await timed(training.step);
  say(`${title}: writing…`);
  const writing = await peer.generate();
  const written = 32;
  const generation = await timed(() => writing.run(written));
  table(`A model of ${round(training.parameters / 1e6)} million parameters`, ["Work", "Tokens/s", "GFLOP/s"], [
    ["Training", round(training.tokens / step), round((training.tokens * training.flopsPerToken) / step / 1e9)],
    ["Writing", round(written / generation), ""],
  ]);
  engine.close();
}

async function selfTest() {
  say("Checking every kernel against its twin on the main processor…");
  const { engine } = await start();
  const [reports] = await engine.ask("SelfTest", "SelfTest");
  engine.close();
  const wrong = reports.filter((report) => !report.passed);
  const worst = Math.max(...reports.map((report) => report.error));
  const verdict = wrong.length === 0 ? `All ${reports.length} agree; the greatest relative difference is ${worst.toExponential(1)}.` : `${wrong.length} of ${reports.length} differ.`;
  element("h2", "Kernels of the graphics processor", results);
  element("p", verdict, results).dataset.testid = "bench-selftest";
  if (wrong.length > 0) table("Kernels that differ", ["Kernel", "Shape", "Relative difference"], wrong.map((report) => [report.kernel, report.shape, report.error.toExponential(1)]));
}

async function measureAll(hasGpu) {
  button.disabled = true;
  results.replaceChildren();
  try {
    await measure("cpu", "Main processor");
    if (hasGpu) {
      await measure("gpu", "Graphics processor");
      await selfTest();
    }
    say(hasGpu ? "Done." : "Done. This browser offers no graphics processor to measure.");
  } catch (error) {
    say(`Stopped: ${error.message}`);
    status.classList.add("problem");
  }
  button.disabled = false;
}

try {
  const { engine, ready } = await start();
  engine.close();
  button.onclick = () => measureAll(Boolean(ready.device.gpu));
  button.disabled = false;
  say(ready.device.why);
} catch (error) {
  say(`The measurements cannot start: ${error.message}`);
}
