// The chapter on n-grams, through all its figures, on the built-in world and on a text that is dropped; and what it refuses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIGURES, counted, says, show } from './harness/chapter.mjs';
import { open } from './harness/index.mjs';
import { SHEEP } from './harness/run.mjs';

const all = (visit, id) => visit.page.$$eval(`[data-testid="${id}"]`, (elements) => elements.map((element) => element.textContent.trim()));

/** Uses every figure but the wall, which needs the built-in world's words. */
async function use(visit, { context, sentence }) {
  await show(visit, 'table');
  const before = await all(visit, 'follower');
  await visit.fill('table-context', context);
  const others = (before) => {
    const followers = [...document.querySelectorAll('[data-testid="follower"]')].map((element) => element.textContent.trim());
    return followers.length > 1 && followers.join() !== before.join();
  };
  await visit.until('other words follow', others, { args: [before] });
  const [best] = await all(visit, 'follower');
  await visit.page.locator('[data-testid="follower"]').click();
  await visit.until('the context grew', (before) => document.querySelector('[data-testid="table-context"]').value.length > before, { args: [context.length] });
  assert.ok(best.length > 0);

  await show(visit, 'writing');
  const more = async (what, wanted) => visit.until(what, (wanted) => document.querySelectorAll('[data-testid="written"]').length >= wanted, { args: [wanted] });
  await more('some words are written', 1);
  const written = (await all(visit, 'written')).length;
  await visit.click('roll');
  await more('one more word is written', written + 1);
  await visit.click('run-on');
  await more('it runs on', written + 6);
  await visit.click('run-on');

  await show(visit, 'explosion');
  await says(visit, 'explosion-contexts', /\d/);

  await show(visit, 'smoothing');
  await visit.until('all methods are compared', () => document.querySelectorAll('[data-testid="compare-row"]').length >= 7, { timeout: 180_000 });
  assert.match(await says(visit, 'compare-verdict', /\w/), /Kneser|Witten|Katz|Jelinek|added|more/i);

  await show(visit, 'hidden');
  await says(visit, 'hidden-status', /Learned in 60 passes/, 180_000);
  assert.equal(await visit.page.$$eval('[data-testid="state"]', (states) => states.length), 8);
  await says(visit, 'hidden-tagged', /\w/);

  await show(visit, 'score');
  const verdict = await says(visit, 'verdict', /likel/);
  await visit.fill('score-first', sentence);
  await visit.until('the scales move', (before) => document.querySelector('[data-testid="verdict"]').textContent !== before, { args: [verdict] });
  await visit.page.focus('[data-testid="score-first"]');
  await visit.page.$eval('[data-testid="score-first"]', (field) => field.select());
  await visit.page.keyboard.press('Backspace');
  await visit.until('nothing is weighed', () => document.querySelector('[data-testid="score-first-result"]').textContent === '');
}

test('all seven figures are alive on the built-in world', async () => {
  const visit = await open({ path: 'ngrams.html' });
  await visit.watchTasks();
  await counted(visit, 'world');
  await show(visit, 'wall');
  await says(visit, 'wall-readout', /right \d+ %/);
  await use(visit, { context: 'There was a', sentence: 'The dog sat on the mat.' });
  await show(visit, 'hidden');
  await visit.click('hidden-train');
  assert.doesNotMatch(await visit.text('hidden-status'), /Pass 60/, 'the passes of the model before do not count');
  await says(visit, 'hidden-status', /Pass [1-9]/);
  await visit.click('hidden-train');
  await says(visit, 'hidden-status', /Stopped/);
  const tasks = await visit.longTasks();
  console.log(`Tasks over 50 ms on the main thread meanwhile: ${tasks.length}, the longest ${tasks.at(-1) ?? 0} ms.`);
  await visit.close();
});

test('a text that is dropped is counted, and known again after a reload', async () => {
  const visit = await open({ path: 'ngrams.html' });
  await counted(visit, 'world');
  await visit.drop('corpus', { name: 'sheep.txt', text: SHEEP });
  await counted(visit, 'sheep.txt');
  await use(visit, { context: 'sheep went', sentence: 'The bridge went over the sheep.' });
  await show(visit, 'wall');
  await says(visit, 'wall-refusal', /built-in world/);
  assert.equal(await visit.text('wall-example'), '', 'what was shown of another text is gone');
  await visit.page.reload();
  await counted(visit, 'sheep.txt');
  await visit.page.goto(`${visit.site}workshop.html`);
  await visit.until('the workshop has it too', () => document.querySelector('[data-testid="text-name"]')?.textContent === 'sheep.txt');
  await visit.click('source-starter');
  await visit.until('the workshop has the built-in text', () => document.querySelector('[data-testid="text-name"]')?.textContent === 'Built-in text');
  await visit.page.goto(`${visit.site}ngrams.html`);
  await counted(visit, 'world');
  await visit.close();
});

test('each figure stands alone', async () => {
  const visit = await open({ path: 'ngrams.html' });
  for (const figure of FIGURES.ngrams) {
    await visit.page.goto(`${visit.site}ngrams.html?figure=${figure}`);
    await visit.find(figure);
    const shown = await visit.page.$$eval('[data-figure]', (places) => places.filter((place) => place.offsetParent).map((place) => place.dataset.figure));
    assert.deepEqual(shown.filter((name) => name !== 'corpus'), [figure]);
  }
  await visit.close();
});

test('the road leads to the chapters and to the workshop', async () => {
  const visit = await open({ path: '' });
  const links = await visit.page.$$eval('main a', (anchors) => anchors.map((anchor) => new URL(anchor.href).pathname.split('/').at(-1)));
  assert.deepEqual(links.sort(), ['bench.html', 'workshop.html', ...Object.keys(FIGURES).map((page) => `${page}.html`)].sort());
  for (const link of links) assert.equal((await visit.page.goto(visit.site + link)).status(), 200);
  await visit.close();
});

test('what cannot be counted is refused with a sentence, and what stood before stands', async () => {
  const visit = await open({ path: 'ngrams.html' });
  await counted(visit, 'world');
  const refused = async (files, pattern) => {
    await visit.drop('corpus', files);
    const sentence = await says(visit, 'corpus-refusal', pattern);
    console.log(sentence);
  };
  await refused({ name: 'empty.txt', text: '' }, /no text/);
  await refused({ name: 'one.txt', text: 'Hello' }, /1 word to count is left/);
  await refused({ name: 'again.txt', text: 'again '.repeat(500) }, /over and over/);
  await refused({ name: 'solid.txt', text: 'abcdefgh'.repeat(20_000) }, /hardly any spaces/);
  await refused({ name: 'huge.txt', text: 'many words of one line\n'.repeat(50_000), times: 120 }, /MB|large|memory/);
  assert.match(await visit.text('text-name'), /world/i);
  await visit.page.locator('[data-testid="order-7"]').click();
  await refused({ name: 'small.txt', text: 'a b c d\n'.repeat(50) }, /choose an N up to 6/);
  await visit.page.locator('[data-testid="order-2"]').click();
  const { text } = await visit.download('export');
  await visit.choose('import', 'cut.arpa', text.slice(0, text.lastIndexOf('\n', text.length / 2)));
  console.log(await says(visit, 'corpus-refusal', /is cut short: it ends in line \d+/));
  await visit.choose('import', 'whole.arpa', text);
  await says(visit, 'counted', /A model from whole\.arpa/);
  await visit.close();
});
