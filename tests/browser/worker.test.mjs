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

// The first breaks down after a while, and the one after it is slow to come.
const SLOW = `if ((await (await caches.open('test')).match('/once'))) await new Promise((resolve) => setTimeout(resolve, 2500));
else {
  await (await caches.open('test')).put('/once', new Response());
  setTimeout(() => { throw new Error('broken on purpose'); }, 1500);
  await new Promise(() => {});
}
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

test('a worker that takes the place of a broken one has as long to come as the first', async () => {
  const visit = await open({ before: { 'worker_boot.js': SLOW } });
  // The page's patience of a minute passes in three seconds.
  await visit.page.evaluateOnNewDocument(() => {
    const { setTimeout } = window;
    window.setTimeout = (then, milliseconds, ...rest) => setTimeout(then, milliseconds === 60_000 ? 3000 : milliseconds, ...rest);
  });
  await visit.page.goto(`${visit.site}workshop.html`);
  await visit.find('broken');
  visit.forgive(/broken on purpose/);
  await visit.click('restart');
  await visit.page.evaluate(() => {
    const page = document.querySelector('[data-connection]');
    new MutationObserver(() => (window.seen = [...(window.seen ?? []), page.dataset.connection])).observe(page, { attributeFilter: ['data-connection'] });
  });
  await connected(visit);
  assert.equal((await visit.page.evaluate(() => window.seen)).includes('broken'), false, 'it is not given up');
  await visit.close();
});
