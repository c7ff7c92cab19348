// The chapter on word vectors, through all its figures, on the built-in world and on a text that is dropped; and what it refuses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FARM, FIGURES, learnt, says, show } from './harness/chapter.mjs';
import { open } from './harness/index.mjs';

const BREAKABLE = `new BroadcastChannel('test').onmessage = () => { throw new Error('broken on purpose'); };
`;

/** What a page's frames took in milliseconds, over some seconds. */
const frames = (visit, seconds) => visit.page.evaluate((seconds) => new Promise((resolve) => {
  const times = [];
  let last = performance.now();
  const begun = last;
  requestAnimationFrame(function next(now) {
    times.push(now - last);
    last = now;
    if (now - begun < seconds * 1000) requestAnimationFrame(next);
    else resolve(times.sort((a, b) => a - b));
  });
}), seconds);

async function farm(browser) {
  const visit = await open({ browser, path: 'words.html#dimensions=20&passes=12&least=1&subsample=0' });
  await visit.drop('corpus', { name: 'farm.txt', text: FARM });
  await learnt(visit, 'farm.txt');
  return visit;
}

test('all seven figures are alive on the built-in world, while it is learnt and after', async () => {
  const visit = await open({ path: 'words.html' });
  await visit.watchTasks();
  await visit.until('it learns', () => document.querySelector('[data-testid="speed"]')?.textContent.includes('words/s'), { timeout: 120_000 });
  await show(visit, 'map');
  await says(visit, 'map-done', /% of the training/);
  const times = await frames(visit, 4);
  const tasks = await visit.longTasks();
  console.log(`Frames while it learns: half under ${times[times.length >> 1].toFixed(1)} ms, 95 % under ${times[Math.floor(times.length * 0.95)].toFixed(1)} ms; tasks over 50 ms: ${tasks.length}. ${await visit.text('speed')}.`);
  for (const figure of FIGURES.words) await show(visit, figure);
  await learnt(visit, 'world');
  console.log(await visit.text('learnt'));

  await show(visit, 'onehot');
  await says(visit, 'onehot-verdict', /“cat” and “dog” are the most alike/);
  await visit.fill('onehot-words', 'cat carburetor');
  await says(visit, 'onehot-codes', /–/);
  await show(visit, 'company');
  await says(visit, 'company-verdict', /cat and dog .* \d+ %/);
  await show(visit, 'map');
  await visit.fill('map-find', 'fox');
  await says(visit, 'map-word', /^fox$/);
  await visit.until('its neighbours are there', () => document.querySelectorAll('[data-testid="map-near"] li').length === 10);
  await visit.fill('map-find', 'carburetor');
  await visit.until('no word is chosen any more', () => !document.querySelector('[data-testid="map-word"]'));
  await visit.page.select('[data-testid="map-plane"]', '0');
  await visit.click('map-closer');
  await show(visit, 'sum');
  await says(visit, 'sum-verdict', /king − man \+ woman ≈ queen/);
  await visit.find('parallelogram');
  await show(visit, 'test');
  await says(visit, 'test-readout', /After 100 % of the training: male to female \d+ %/);
  await show(visit, 'senses');
  await says(visit, 'senses-verdict', /\d+ times in the text/);
  assert.equal(await visit.page.$$eval('[data-testid="use"]', (uses) => uses.length), 2);
  await show(visit, 'order');
  await says(visit, 'order-verdict', /the very same place/);
  await visit.fill('order-second', 'the woman sees the dog');
  await says(visit, 'order-verdict', /\d+ % alike/);
  await visit.close();
});

test('a text that is dropped is learnt as the knobs say, and known again after a reload', async () => {
  const visit = await farm();
  await show(visit, 'onehot');
  await visit.fill('onehot-words', 'fox hen spade');
  await says(visit, 'onehot-verdict', /“fox” and “hen” are the most alike/);
  await show(visit, 'sum');
  const offers = await visit.page.$$eval('[data-testid="sum-chip"]', (chips) => chips.map((chip) => chip.textContent).join());
  assert.ok(offers && !offers.includes('king'), `of the text's own words: ${offers}`);
  await says(visit, 'sum-verdict', /≈/);
  await visit.fill('onehot-words', 'fox');
  await says(visit, 'onehot-refusal', /two different words/);
  await visit.fill('onehot-words', 'fox hen spade');
  await visit.click('corpus-open');
  await visit.click('method-counting');
  await says(visit, 'map-train', /Count anew/);
  assert.match(await visit.text('map-method'), /Guess the company/, 'the map is still what was learnt');
  await visit.click('train');
  await visit.until('the address says it', () => location.hash.includes('method=counting'));
  await says(visit, 'learnt', /counted/);
  await says(visit, 'map-method', /Only count/);
  await learnt(visit, 'farm.txt');
  await says(visit, 'onehot-verdict', /“fox” and “hen” are the most alike/);
  await show(visit, 'test');
  await says(visit, 'test-refusal', /built-in world/);
  await visit.page.reload();
  await learnt(visit, 'farm.txt');
  await visit.page.goto(`${visit.site}ngrams.html`);
  await says(visit, 'text-name', /farm\.txt/);
  await visit.close();
});

test('where a browser cannot multiply and add in one instruction, the other module learns the same', async () => {
  const absent = 'throw new Error("This module is not to be loaded.");\n';
  const learns = async (before) => {
    const visit = await open({ path: 'words.html#dimensions=20&passes=12&least=1&subsample=0', before });
    await visit.drop('corpus', { name: 'farm.txt', text: FARM });
    await learnt(visit, 'farm.txt');
    await show(visit, 'onehot');
    await visit.fill('onehot-words', 'fox hen spade');
    await says(visit, 'onehot-verdict', /“fox” and “hen” are the most alike/);
    await visit.close();
  };
  await learns({ 'words_worker.js': absent });
  await learns({ 'words_worker_fused.js': absent, 'worker_boot.js': 'WebAssembly.validate = () => false;\n' });
});

test('a graphics card learns in a worker of its own; where there is none, the main processor does and that is said', async () => {
  const path = 'words.html#dimensions=20&passes=12&least=1&subsample=0&gpu=1';
  const visit = await open({ gpu: true, path });
  await visit.drop('corpus', { name: 'farm.txt', text: FARM });
  await learnt(visit, 'farm.txt');
  await show(visit, 'onehot');
  await visit.fill('onehot-words', 'fox hen spade');
  await says(visit, 'onehot-verdict', /“fox” and “hen” are the most alike/);
  const others = () => visit.page.workers().length;
  for (let tries = 0; others() > 1 && tries < 50; tries++) await new Promise((resolve) => { setTimeout(resolve, 100); });
  assert.equal(others(), 1, 'the worker that trained has ended');
  await visit.close();

  const world = await open({ gpu: true, path: 'words.html#gpu=1' });
  await world.until('it learns', () => /[1-9]\d* words\/s/.test(document.querySelector('[data-testid="speed"]')?.textContent), { timeout: 120_000 });
  await world.page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 10_000); }));
  console.log(`On a graphics card in software: ${await world.text('speed')}`);
  await world.close();

  const without = await open({ path });
  await without.drop('corpus', { name: 'farm.txt', text: FARM });
  await learnt(without, 'farm.txt');
  console.log(await says(without, 'corpus-refusal', /no usable graphics processor.*The main processor learns instead/));
  await without.close();
});

test('each figure stands alone', async () => {
  const visit = await farm();
  for (const figure of FIGURES.words) {
    await visit.page.goto(`${visit.site}words.html?figure=${figure}#least=1&passes=1`);
    await visit.find(figure);
    const shown = await visit.page.$$eval('[data-figure]', (places) => places.filter((place) => place.offsetParent).map((place) => place.dataset.figure));
    assert.deepEqual(shown.filter((name) => name !== 'corpus'), [figure]);
  }
  await visit.close();
});

test('vectors come back from the files that they were saved in', async () => {
  const visit = await farm();
  await visit.click('corpus-open');
  const { name, text } = await visit.download('export-text');
  assert.equal(name, 'words.txt');
  assert.match(text, /^\d+ 20\nthe( -?\d+\.\d{6}){20}\n/);
  await visit.choose('import', 'words.txt', text);
  await says(visit, 'learnt', /\d+ words of 20 dimensions from a file/);
  await show(visit, 'company');
  await visit.fill('company-first', 'fox');
  await visit.fill('company-second', 'dog');
  await says(visit, 'company-refusal', /choose a text/);
  await visit.close();
});

test('what words cannot be learnt from is refused with a sentence, and what stood before stands', async () => {
  const visit = await farm();
  const refused = async (pattern) => console.log(await says(visit, 'corpus-refusal', pattern));
  await visit.drop('corpus', { name: 'three.txt', text: 'one two three '.repeat(9) });
  await refused(/3 different words/);
  await visit.drop('corpus', { name: 'empty.txt', text: '' });
  await refused(/no text/);
  assert.equal(await visit.text('text-name'), 'farm.txt');
  await visit.until('the panel is open again', () => document.querySelector('[data-testid="corpus-open"][aria-expanded="true"]'));
  await visit.fill('dimensions', '1000');
  await visit.page.keyboard.press('Tab');
  console.log(await says(visit, 'setup-refusal', /from 2 to 300/));
  await visit.click('train');
  const focused = await visit.page.evaluate(() => [document.activeElement.dataset.testid, document.querySelector('[data-testid="corpus-open"]').ariaExpanded]);
  assert.deepEqual(focused, ['dimensions', 'true'], 'what is refused is to be mended, not learnt with');
  await visit.page.keyboard.press('Escape');
  await visit.click('corpus-open');
  await visit.until('what stood before stands again', () => document.querySelector('[data-testid="dimensions"]').value === '20');
  await visit.choose('import', 'cut.bin', '5 2\nfox abcdefghhen abc');
  await refused(/cut\.bin ends after 1 of its 5 words/);
  await visit.choose('import', 'story.txt', 'Once upon a time');
  await refused(/story\.txt/);
  await show(visit, 'sum');
  await visit.fill('sum-a', 'carburetor');
  console.log(await says(visit, 'sum-refusal', /“carburetor” is not among/));
  await visit.fill('sum-a', 'the fox');
  console.log(await says(visit, 'sum-refusal', /more than one word/));
  await visit.fill('sum-a', ' ');
  console.log(await says(visit, 'sum-refusal', /into each field/));
  await visit.close();
});

test('a worker that breaks down is started again, and reads the text again', async () => {
  const visit = await open({ path: 'words.html#least=1', before: { 'worker_boot.js': BREAKABLE } });
  await visit.drop('corpus', { name: 'farm.txt', text: FARM });
  await learnt(visit, 'farm.txt');
  await visit.page.evaluate(() => new BroadcastChannel('test').postMessage('break'));
  await visit.find('broken');
  visit.forgive(/broken on purpose/);
  await visit.click('restart');
  await visit.until('it reads', () => !document.querySelector('[data-testid="broken"]'));
  await learnt(visit, 'farm.txt');
  await visit.close();
});

test('the figures are alive in Firefox, and a training can be stopped', async () => {
  const visit = await farm('firefox');
  await show(visit, 'map');
  await visit.fill('map-find', 'fox');
  await visit.until('its neighbours are there', () => document.querySelectorAll('[data-testid="map-near"] li').length === 10);
  await visit.click('corpus-open');
  for (const [id, value] of [['passes', '50'], ['dimensions', '300']]) {
    // What stands in a field, fill does not always take out in Firefox.
    await visit.page.$eval(`[data-testid="${id}"]`, (field) => { field.value = ''; });
    await visit.fill(id, value);
    await visit.page.keyboard.press('Tab');
  }
  await visit.click('train');
  await visit.until('it learns', () => document.querySelector('[data-testid="speed"]')?.textContent.includes('words/s'));
  await visit.click('corpus-stop');
  await says(visit, 'learnt', /stopped after/);
  const focused = (id) => visit.until(`the focus is on ${id}`, (id) => document.activeElement.dataset.testid === id, { args: [id] });
  await focused('corpus-go-on');
  await show(visit, 'onehot');
  await visit.until('it is said to be unfinished', () => document.querySelector('[data-figure="onehot"]').textContent.includes('As learnt so far'));
  await visit.page.$eval('[data-testid="dimensions"]', (field) => {
    field.value = '20';
    field.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await visit.until('the address says it', () => location.hash.includes('dimensions=20'));
  await visit.click('corpus-go-on');
  await focused('corpus-stop');
  await visit.until('it goes on as it began', () => location.hash.includes('dimensions=300'));
  assert.equal(await visit.page.$eval('[data-testid="dimensions"]', (field) => field.value), '300');
  await visit.until('it goes on', () => document.querySelector('[data-testid="speed"]')?.textContent.includes('words/s'));
  await visit.close();
});
