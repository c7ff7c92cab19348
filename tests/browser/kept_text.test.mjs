// A new run reads the text that the page shows: after a kept run was taken up, and after texts that crossed on the wire.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from './harness/index.mjs';
import { give, tiny, train } from './harness/run.mjs';

test('a new run after a kept one reads the text that is shown', async () => {
  const visit = await open({ path: tiny({ executor: 'cpu', steps: 20 }) });
  await give(visit);
  await train(visit);
  await visit.page.reload();
  await (await (await visit.find('welcome')).$('[data-testid="restore"]')).click();
  await visit.until('the kept run stands', () => document.querySelector('[data-phase]').dataset.phase === 'finished');
  assert.equal(await visit.text('text-name'), 'sheep.txt');
  await train(visit);
  assert.match(await visit.text('kept-run'), /sheep\.txt/, 'the newest run is of the text that was shown');
  await visit.close();
});

// What the worker says comes two seconds late.
const LATE = `const say = postMessage; globalThis.postMessage = (...words) => setTimeout(() => say(...words), 2000);
`;

test('a text that was given before the page heard of the built-in one is what a run reads', async () => {
  // Alone, since members of a team would be as late.
  const visit = await open({ path: tiny({ executor: 'cpu', steps: 20, threads: 1 }), before: { 'worker_boot.js': LATE } });
  await visit.page.waitForSelector('[data-connection="ready"]');
  // The worker has the built-in text by now, and the page does not know.
  await sleep(1000);
  await give(visit);
  await train(visit);
  assert.match(await visit.text('kept-run'), /sheep\.txt/);
  await visit.close();
});
