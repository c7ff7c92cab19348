// The chapter on instruction tuning: its figures on what was made in advance, a run in the tab, and pairs of the visitor's own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { says, show } from './harness/chapter.mjs';
import { open } from './harness/index.mjs';

const count = (visit, selector) => visit.page.$$eval(selector, (all) => all.length);

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: the figures of step 4 are alive on what was made in advance`, async () => {
    const visit = await open({ browser, path: 'tuning.html' });
    await says(visit, 'model-said', /\d/);
    await show(visit, 'demonstrations');
    await visit.until('demonstrations are shown', () => document.querySelectorAll('[data-testid="demonstrations-cards"] li').length === 5);
    const counted = await visit.page.$$eval('.pairs .counts-here', (tokens) => tokens.map((token) => token.textContent).join(''));
    assert.equal(counted.match(/<\|end\|>/g).length, 5, 'the end of each answer counts, that of no prompt');
    await show(visit, 'assistant');
    await says(visit, 'assistant-row', /after 6,000 demonstrations[^]*The capital of France is Paris\./);
    await says(visit, 'assistant-readout', /from the base model \d+ %, from fresh weights \d+ %, from a weak base \d+ %/);
    await show(visit, 'few');
    await says(visit, 'few-readout', /With 1,000 demonstrations: in shape \d+ %, right, shown \d+ %/);
    await show(visit, 'hundredth');
    await says(visit, 'hundredth-judge', /\d+ %.*Small, tuned.*Large base/);
    await show(visit, 'refusals');
    await says(visit, 'refusals-table', /in one of forty phrasings\d+ ± \d+/);
    await visit.click('refusals-ask');
    await says(visit, 'refusals-attempts', /help with that.*refused/);
    await show(visit, 'sure');
    await says(visit, 'sure-groups', /surer of the right one in \d+ %/);
    await says(visit, 'steps', /The capital of France is Paris\.$/);
    await visit.close();
  });
}

test('ten answers are judged, and ten guessed', async () => {
  const visit = await open({ path: 'tuning.html' });
  await show(visit, 'hundredth');
  await says(visit, 'hundredth-round', /1 of 10/);
  for (let round = 0; round < 10; round++) await visit.click(['hundredth-left', 'hundredth-right', 'hundredth-neither'][round % 3]);
  await says(visit, 'hundredth-verdict', /^Of 10 pairs you preferred the small tuned model in \d, the large base model in \d, and neither in 3\./);
  await show(visit, 'sure');
  for (let round = 0; round < 10; round++) await visit.click('sure-right');
  await says(visit, 'sure-verdict', /^You were right about 5 of 10/);
  await visit.close();
});

test('a model is tuned in the tab on pairs of the visitor’s own, and asked', async () => {
  const visit = await open({ path: 'tuning.html#pairs=300&replay=0' });
  await show(visit, 'demonstrations');
  for (let n = 0; n < 20; n++) {
    await visit.fill('own-prompt', `What is the secret word, number ${n}?`);
    await visit.fill('own-answer', 'The secret word is marble.');
    await visit.click('own-add');
  }
  await says(visit, 'own-count', /^20 pairs of your own in .* would take you/);
  const { name, text } = await visit.download('own-save');
  assert.equal(name, 'pairs.jsonl');
  assert.deepEqual(JSON.parse(text.split('\n')[19]), { prompt: 'What is the secret word, number 19?', completion: 'The secret word is marble.' });
  await show(visit, 'assistant');
  await visit.click('assistant-bet-shape');
  await visit.click('tune-start-run');
  await visit.until('it is tuned', () => document.querySelector('[data-testid="tune-ask"]'), { timeout: 240_000 });
  await says(visit, 'assistant-verdict', /Half of the answers were in shape/);
  await says(visit, 'assistant-readout', /yours \d+ %/);
  await visit.click('tune-ask');
  await says(visit, 'model-said', /parameters/);
  assert.equal(await count(visit, '[data-testid="model"] optgroup[label="Yours"] option'), 1);
  await show(visit, 'refusals');
  await visit.fill('refusals-prompt', 'What is the secret word, number 7?');
  await visit.click('refusals-ask');
  await says(visit, 'refusals-attempts', /The secret word is marble\./);
  await visit.close();
});

test('what cannot be learnt from is refused with a sentence', async () => {
  const visit = await open({ path: 'tuning.html' });
  await show(visit, 'demonstrations');
  await visit.fill('own-prompt', 'Say a lot.');
  await visit.fill('own-answer', '<|end|> '.repeat(37));
  await visit.click('own-add');
  // What looks like a control token is text, and takes many tokens.
  await show(visit, 'assistant');
  await visit.click('tune-start-run');
  await says(visit, 'assistant-refusal', /^Pair 1 of your own has \d+ tokens, and this model reads 128 at a time: make it shorter\./);
  await show(visit, 'demonstrations');
  await visit.click('own-clear');
  await show(visit, 'refusals');
  await visit.fill('refusals-prompt', ' ');
  await visit.click('refusals-ask');
  await says(visit, 'attempt-refusal', /^There is nothing to answer: ask something\./);
  await visit.close();
});
