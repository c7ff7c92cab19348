// The chapter on n-grams as things change under its hands: settings while it counts, a text that was refused, a worker that breaks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, says, show } from './harness/chapter.mjs';
import { open } from './harness/index.mjs';
import { SHEEP } from './harness/run.mjs';

const BREAKABLE = `new BroadcastChannel('test').onmessage = () => { throw new Error('broken on purpose'); };
`;

test('a unit that is chosen while the text is read is the one that is counted', async () => {
  const visit = await open({ path: 'ngrams.html' });
  await visit.click('unit-char');
  await says(visit, 'counted', /characters/);
  await visit.close();
});

test('the address says what is set, and sets what it says', async () => {
  const visit = await open({ path: 'ngrams.html#n=6&unit=char&smoothing=katz' });
  await says(visit, 'counted', /characters.*runs of 6/);
  assert.equal(await visit.page.$eval('[data-testid="smoothing"]', (select) => select.value), 'katz');
  await visit.page.locator('[data-testid="order-2"]').click();
  await visit.until('the address follows', () => location.hash === '#n=2&unit=char&smoothing=katz');
  await visit.close();
});

test('a refusal that names another unit can be followed, and one that was put away leaves what stood', async () => {
  const visit = await open({ path: 'ngrams.html' });
  await counted(visit, 'world');
  const solid = { name: 'solid.txt', text: 'abcdefghacbdheg'.repeat(10_000) };
  await visit.drop('corpus', solid);
  await says(visit, 'corpus-refusal', /Choose pieces or characters/);
  await visit.page.locator('[data-testid="corpus-refusal"] button').click();
  await visit.click('unit-char');
  await says(visit, 'counted', /characters/);
  assert.match(await visit.text('text-name'), /world/i);
  await visit.click('unit-word');
  await says(visit, 'counted', /words/);
  await visit.drop('corpus', solid);
  await says(visit, 'corpus-refusal', /Choose pieces or characters/);
  await visit.click('unit-char');
  await counted(visit, 'solid.txt');
  await visit.close();
});

test('a worker that breaks down is started again, and counts the text again', async () => {
  const visit = await open({ path: 'ngrams.html', before: { 'worker_boot.js': BREAKABLE } });
  await visit.drop('corpus', { name: 'sheep.txt', text: SHEEP });
  await counted(visit, 'sheep.txt');
  await show(visit, 'table');
  await visit.page.evaluate(() => new BroadcastChannel('test').postMessage('break'));
  await visit.find('broken');
  visit.forgive(/broken on purpose/);
  await visit.click('restart');
  await counted(visit, 'sheep.txt');
  await visit.fill('table-context', 'sheep went');
  await visit.until('the figures are answered again', () => /over/.test(document.querySelector('[data-testid="follower"]')?.textContent));
  await visit.close();
});

test('the figures are alive in Firefox', async () => {
  const visit = await open({ browser: 'firefox', path: 'ngrams.html' });
  await counted(visit, 'world');
  await show(visit, 'table');
  await visit.until('something follows', () => document.querySelectorAll('[data-testid="follower"]').length > 1);
  await show(visit, 'score');
  await says(visit, 'verdict', /likel/);
  await visit.close();
});
