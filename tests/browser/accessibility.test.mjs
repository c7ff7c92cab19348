// All pages, by light and by night, on a desk and in the hand: axe finds nothing, and nothing sticks out.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { FARM, FIGURES, counted, learnt, says, show } from './harness/chapter.mjs';
import { open } from './harness/index.mjs';
import { give, tiny, train, write } from './harness/run.mjs';

const AXE = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const SCREENS = { desk: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };

/** Throws a line for each element that breaks one of axe's rules, by day or by night. */
async function check(visit, what) {
  const found = [];
  for (const theme of ['light', 'dark']) {
    // With less motion, since axe would find the colours half-way from one theme to the other.
    const features = [{ name: 'prefers-color-scheme', value: theme }, { name: 'prefers-reduced-motion', value: 'reduce' }];
    await visit.page.emulateMediaFeatures(features);
    await visit.page.evaluate(AXE);
    const { violations } = await visit.page.evaluate(() => axe.run({ resultTypes: ['violations'] }));
    for (const { id, nodes } of violations) {
      for (const { target, failureSummary } of nodes) found.push(`${what}, ${theme}: ${id}: ${target}: ${failureSummary.replaceAll(/\s+/g, ' ')}`);
    }
  }
  const stickOut = await visit.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (stickOut > 0) found.push(`${what}: ${stickOut} pixels stick out to the side`);
  assert.equal(found.join('\n'), '');
}

/** Unfolds all that is folded. */
const unfold = (visit) => visit.page.$$eval('details', (all) => all.forEach((details) => (details.open = true)));

for (const [screen, size] of Object.entries(SCREENS)) {
  test(`the page on a ${screen}`, async () => {
    const visit = await open({ path: tiny({ executor: 'cpu', steps: 300 }) });
    await visit.page.setViewport(size);
    await visit.until('the costs are known', () => document.querySelector('[data-testid="estimate-tiny"]').textContent.includes('here'));
    await check(visit, 'fresh');
    await give(visit);
    await visit.watchTasks();
    await train(visit);
    const tasks = await visit.longTasks();
    console.log(`Tasks over 50 ms on the main thread while it trained: ${tasks.length}, the longest ${tasks.at(-1) ?? 0} ms.`);
    assert.ok((tasks.at(-1) ?? 0) < 500, 'the page stays responsive');
    await write(visit, '12 sheep ', 60);
    await visit.click('score');
    await visit.until('two texts are compared', () => document.querySelector('[data-testid="verdict"]').textContent.includes('likel'));
    await check(visit, 'finished');
    await unfold(visit);
    await check(visit, 'unfolded');
    await visit.drop('drop-zone', { name: 'empty.txt', text: '' });
    await visit.find('refusal-text');
    for (const source of ['paste', 'files', 'url']) {
      await visit.click(`source-${source}`);
      await check(visit, `with a refusal, text by ${source}`);
    }
    await visit.page.reload();
    await visit.find('welcome');
    await check(visit, 'back again');
    await visit.close();
  });

  test(`the road and the chapter on n-grams on a ${screen}`, async () => {
    const visit = await open();
    await visit.page.setViewport(size);
    await check(visit, 'the road');
    await visit.page.goto(`${visit.site}ngrams.html`);
    await counted(visit, 'world');
    await check(visit, 'the chapter');
    for (const figure of FIGURES.ngrams) await show(visit, figure);
    await visit.click('roll');
    await says(visit, 'wall-readout', /right \d+ %/);
    await visit.until('states have words', () => document.querySelector('[data-testid="hidden-states-cards"]')?.children.length > 1, { timeout: 180_000 });
    await says(visit, 'verdict', /likel/);
    await unfold(visit);
    await check(visit, 'all figures alive, and unfolded');
    for (const figure of FIGURES.ngrams) {
      await visit.page.goto(`${visit.site}ngrams.html?figure=${figure}`);
      await counted(visit, 'world');
      await check(visit, `${figure} alone`);
    }
    await visit.close();
  });

  test(`the chapter on word vectors on a ${screen}`, async () => {
    const visit = await open({ path: 'words.html#passes=1' });
    await visit.page.setViewport(size);
    await learnt(visit, 'world');
    for (const figure of FIGURES.words) await show(visit, figure);
    await visit.fill('map-find', 'fox');
    await says(visit, 'test-readout', /After 100 %/);
    await says(visit, 'order-verdict', /same place/);
    await unfold(visit);
    await check(visit, 'all figures alive, and unfolded');
    await visit.click('corpus-open');
    for (const source of ['starter', 'paste', 'files', 'url']) {
      await visit.click(`source-${source}`);
      await check(visit, `with the panel open, text by ${source}`);
    }
    await visit.drop('corpus', { name: 'farm.txt', text: FARM });
    await learnt(visit, 'farm.txt');
    for (const figure of FIGURES.words) {
      await visit.page.goto(`${visit.site}words.html?figure=${figure}#passes=1`);
      await learnt(visit, 'farm.txt');
      await check(visit, `${figure} alone`);
    }
    await visit.close();
  });

  for (const chapter of ['pretraining', 'tuning']) {
    test(`the chapter on ${chapter} on a ${screen}`, async () => {
      const visit = await open({ path: `${chapter}.html` });
      await visit.page.setViewport(size);
      for (const figure of FIGURES[chapter]) await show(visit, figure);
      await unfold(visit);
      await check(visit, 'the chapter, unfolded');
      for (const figure of FIGURES[chapter]) {
        await visit.page.goto(`${visit.site}${chapter}.html?figure=${figure}`);
        await check(visit, `${figure} alone`);
      }
      await visit.close();
    });
  }

  test(`the bench page on a ${screen}`, async () => {
    const visit = await open({ path: 'bench.html' });
    await visit.page.setViewport(size);
    const ready = () => !document.querySelector('[data-testid="bench-start"]').disabled;
    await visit.until('the worker answers', ready);
    await check(visit, 'fresh');
    await visit.click('bench-start');
    await visit.until('it is measured', ready);
    assert.match(await visit.text('bench-status'), /^Done/);
    assert.ok(await visit.page.$('table'), 'there are results');
    await check(visit, 'measured');
    await visit.close();
  });
}
