// A worker that is not the page's own is told apart; one that broke down is replaced, and the visitor loses neither text nor run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';
import { give, goOn, learnt, pause, phase, tiny } from './harness/run.mjs';

// What a cache might hold: it listens, and answers what no page of today understands. A page that asks again passes it by.
const STALE = `if (!location.search.endsWith('again')) {
  self.onmessage = () => postMessage([new Uint8Array([0, 3, 111, 108, 100])]);
  postMessage([]);
  await new Promise(() => {});
}
`;
const BREAKABLE = `new BroadcastChannel('test').onmessage = () => { throw new Error('broken on purpose'); };
`;

const connected = (visit) => visit.until('the worker answers', () => document.querySelector('[data-connection]').dataset.connection === 'ready');

test('a worker of another build is replaced by the right one', async () => {
  const visit = await open({ path: tiny({ executor: 'cpu', steps: 20 }), before: { 'worker_boot.js': STALE } });
  await connected(visit);
  await give(visit);
  await visit.click('start');
  await phase(visit, 'finished');
  await visit.close();
});

test('a worker that breaks down is started again, with the text, and the run goes on from what was kept', async () => {
  const visit = await open({ path: tiny({ executor: 'cpu', steps: 3000 }), before: { 'worker_boot.js': BREAKABLE } });
  await give(visit);
  await visit.click('start');
  await learnt(visit, 5);
  const before = await pause(visit);
  await visit.page.evaluate(() => new BroadcastChannel('test').postMessage('break'));
  await visit.find('broken');
  visit.forgive(/broken on purpose/);
  await visit.click('restart');
  await connected(visit);
  await visit.until('the text is back', () => document.querySelector('[data-testid="text-name"]')?.textContent === 'sheep.txt');
  await goOn(visit);
  const after = await visit.text('progress');
  assert.match(after, new RegExp(`^Step ${before.step.toLocaleString('en')} of`));
  assert.equal(await visit.text('loss-train'), before.loss);
  await visit.close();
});
