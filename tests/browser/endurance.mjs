// A long run, to see whether memory grows or speed falls: `node endurance.mjs [STEPS]`, after `cargo xtask build`. It trains
// the smallest preset in Chromium on the CPU executor, ten thousand steps if nothing else is said, and prints a line every
// tenth of them. No test: it takes a quarter of an hour, and a person judges what it prints.

import { open } from './harness/index.mjs';
import { phase } from './harness/run.mjs';

const steps = Number(process.argv[2] ?? 10_000);
const every = steps / 10;

const visit = await open({ path: `workshop.html#depth=2&vocab=1024&lr=0.004&executor=cpu&steps=${steps}` });
await visit.click('start');
console.log('   step  seconds  steps/s   page heap worker heaps  wasm memory  DOM nodes  listeners   (MB)');
let last = { step: 0, seconds: 0 };
const speeds = [];
const begun = performance.now();
for (let goal = every; goal <= steps; goal += every) {
  let step = 0;
  while (step < goal) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    step = await visit.page.evaluate(stepShown);
    const refusal = await visit.page.evaluate(() => document.querySelector('[role="alert"]')?.textContent);
    if (refusal) throw new Error(refusal);
  }
  const seconds = (performance.now() - begun) / 1000;
  speeds.push((step - last.step) / (seconds - last.seconds));
  last = { step, seconds };
  const { page, worker, wasm, nodes, listeners } = await memory();
  const megabytes = [page, worker, wasm].map((bytes) => (bytes / 1e6).toFixed(2));
  console.log([step, seconds.toFixed(0), speeds.at(-1).toFixed(1), ...megabytes, nodes, listeners].map((cell, i) => String(cell).padStart([7, 9, 9, 12, 13, 13, 11, 11][i])).join(''));
}
await phase(visit, 'finished');
console.log(`The first tenth ran at ${speeds[0].toFixed(1)} steps a second, the last at ${speeds.at(-1).toFixed(1)}.`);
await visit.close();

function stepShown() {
  const shown = /^Step ([\d,]+) of/.exec(document.querySelector('[data-testid="progress"]')?.textContent ?? '');
  return Number(shown?.[1].replaceAll(',', '') ?? 0);
}

/** Bytes in use after a collection of garbage, in all workers together, and what the document holds. */
async function memory() {
  const session = await visit.page.createCDPSession();
  const used = async (client) => {
    await client.send('HeapProfiler.collectGarbage');
    return (await client.send('Runtime.getHeapUsage')).usedSize;
  };
  const page = await used(session);
  const { nodes, jsEventListeners: listeners } = await session.send('Memory.getDOMCounters');
  await session.detach();
  const sums = { worker: 0, wasm: 0 };
  for (const worker of visit.page.workers()) {
    sums.worker += await used(worker.client);
    // Started once more, the module that runs there hands out what it started with.
    sums.wasm += await worker.evaluate(async () => {
      const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
      const { default: init } = await import(loaded.find((name) => /\/worker(_fused)?\.js/.test(name)));
      return Object.values(await init()).find((part) => part instanceof WebAssembly.Memory).buffer.byteLength;
    });
  }
  return { page, ...sums, nodes, listeners };
}
