// The bench page: asks a worker of its own, over the same engine, and measures what this device does.
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
const [BATCH, CONTEXT] = [8, 128];
const SPEC = `depth=4&vocab=${VOCABULARY}&context=${CONTEXT}&batch=${BATCH}&lr=0.001`;

const launch = (name) => new Worker(new URL("worker_boot.js#engine_worker", import.meta.url), { type: "module", name });

/** A worker of its own, and one question at a time. */
class Engine {
  #worker = launch("");
  #members = [];
  #answered;
  #listening;

  constructor() {
    this.#listening = new Promise((resolve, reject) => {
      this.#answered = { resolve, reject };
      // The worker's first message is empty: from then on it listens.
      this.#worker.onmessage = ({ data: [said, beside] }) => {
        if (typeof said === "number") this.#pass(said, beside);
        else if (said) this.#receive(JSON.parse(said), beside);
        else resolve();
      };
      this.#worker.onerror = ({ message }) => this.#answered.reject(new Error(message || "The worker could not start."));
    });
  }

  /** Has a part of the benchmark performed: what it measured, and the bytes that came with it. */
  async bench(part, attachments = []) {
    await this.#listening;
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject };
      this.#worker.postMessage([JSON.stringify(part), ...attachments]);
    });
  }

  close() {
    for (const worker of [this.#worker, ...this.#members]) worker.terminate();
  }

  /** Starts a worker for the worker's team and passes on what it says, has that worker hear words, or ends it. */
  #pass(place, words) {
    if (words === null) return this.#members[place].terminate();
    if (typeof words !== "string") return this.#members[place].postMessage(words, [words.buffer]);
    const member = launch(words);
    this.#members[place] = member;
    member.onmessage = ({ data }) => this.#worker.postMessage([place, data], [data.buffer]);
    member.onerror = () => this.#worker.postMessage([place]);
  }

  #receive({ Ok: result, Err: problem }, bytes) {
    if (result) this.#answered.resolve({ ...result, bytes });
    else this.#answered.reject(new Error(problem));
  }
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
  /** Takes an executor, on a worker of its own. */
  async init(executor = new URLSearchParams(location.search).get("executor") ?? "auto") {
    this.engine?.close();
    this.engine = new Engine();
    const opened = await this.engine.bench({ Open: { executor } });
    Object.assign(this, { device: opened.device, version: opened.version });
    return opened;
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
    return { tokens: BATCH * CONTEXT, parameters, flopsPerToken, step };
  },
  /** A training step of that model, call by call, beside the least that this device could take. */
  async profile() {
    const { bytes: nothing, ...profile } = await this.engine.bench({ Profile: { spec: SPEC, vocab: VOCABULARY } });
    return profile;
  },
  async generate() {
    await this.engine.bench({ Model: { spec: SPEC, vocab: VOCABULARY } });
    return { kv: true, run: async (tokens) => (await this.engine.bench({ Generate: { tokens } })).tokens };
  },
  /** That many tokens for each of many sequences side by side, by the model that writes. */
  continue(sequences, tokens) {
    return this.engine.bench({ Continue: { sequences, tokens } });
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
  await peer.init(executor);
  // The main processor has no name that a browser tells.
  element("h2", executor === "gpu" ? `${title}: ${peer.device}` : title, results);

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
  const { tiles } = await peer.engine.bench("Tiles");
  say(`${title}: writing…`);
  const writing = await peer.generate();
  const written = 32;
  const generation = await timed(() => writing.run(written));
  const sequences = 64;
  const continuation = await timed(() => peer.continue(sequences, written));
  table(`A model of ${round(training.parameters / 1e6)} million parameters`, ["Work", "Tokens/s", "GFLOP/s"], [
    ["Training", round(training.tokens / step), round((training.tokens * training.flopsPerToken) / step / 1e9)],
    ["Writing", round(written / generation), ""],
    [`Writing ${sequences} texts at a time`, round((sequences * written) / continuation), ""],
  ]);
  const picks = tiles.map(({ kernel, outputs, tiles }) => [kernel, outputs > 0 ? `from ${round(outputs)}` : "few", tiles]);
  if (picks.length > 0) table("The tiles of matrix products that are fastest here", ["Kernel", "Outputs", "Tiles"], picks);
  await showProfile(title);
}

async function showProfile(title) {
  say(`${title}: timing each kernel…`);
  const { calls, seconds, counts, ...peaks } = await peer.profile();
  // To a microsecond: what takes less is not worth the room.
  const milliseconds = (seconds) => (seconds < 1e-5 ? (1000 * seconds).toFixed(3) : round(1000 * seconds));
  const row = (name, { seconds, floor, flops }) => [name, milliseconds(seconds), milliseconds(floor), round(seconds / floor, 2), round(flops / seconds / 1e9, 2)];
  const all = (key) => calls.reduce((sum, call) => sum + call.count * call[key], 0);
  const sums = { floor: all("floor"), flops: all("flops") };
  const name = ({ kernel, shape, count }) => `${count} × ${[kernel.replaceAll("_", " "), shape.replaceAll("×", " × ")].filter(Boolean).join(", ")}`;
  const longestFirst = calls.toSorted((a, b) => b.count * b.seconds - a.count * a.seconds);
  table("Measured against the least possible", ["Work", "ms", "Least", "Times", "GFLOP/s"], [
    row("A training step", { seconds, ...sums }),
    row("Its kernel calls alone", { seconds: all("seconds"), ...sums }),
    ...longestFirst.map((call) => row(name(call), call)),
  ]);
  const rates = [peaks.peak_flops_per_second, peaks.cached_bytes_per_second, peaks.memory_bytes_per_second].map((rate) => round(rate / 1e9));
  const count = calls.reduce((sum, call) => sum + call.count, 0);
  const asked = counts
    ? ` Each but the first makes ${counts.submits} submits, of which ${counts.readbacks} reads the loss back, and creates ${counts.buffers} buffers, ${counts.bind_groups} bind groups and ${counts.pipelines} pipelines.`
    : " All of this is measured in one worker, even where several train together.";
  element("p", `The least is what the operations would take at ${rates[0]} GFLOP/s, as multiply-adds do that stay in registers, or the bytes at the speed of a copy as large, if that is longer: ${rates[1]} GB/s in a cache, ${rates[2]} GB/s in memory. A step has ${count} kernel calls.${asked}`, results);
}

async function selfTest() {
  say("Checking every kernel against its twin on the main processor…");
  const { kernels: reports } = await peer.engine.bench("SelfTest");
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
  status.classList.remove("problem");
  try {
    await measure("cpu", "Main processor");
    if (hasGpu) {
      await measure("gpu", "Graphics processor");
      await selfTest();
    }
    peer.engine.close();
    say(hasGpu ? "Done." : "Done. This browser offers no graphics processor to measure.");
  } catch (error) {
    say(`Stopped: ${error.message}`);
    status.classList.add("problem");
  }
  button.disabled = false;
}

try {
  const { gpu, why } = await peer.init("auto");
  button.onclick = () => measureAll(gpu);
  button.disabled = false;
  say(why);
} catch (error) {
  say(`The measurements cannot start: ${error.message}`);
}
