// The chapter on pretraining: its figures on what was made in advance, and a model that is trained in the tab and asked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { says, show } from './harness/chapter.mjs';
import { open } from './harness/index.mjs';

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: the figures are alive on models made in advance`, async () => {
    const visit = await open({ browser, path: 'pretraining.html' });
    await says(visit, 'model-said', /\d/);
    await show(visit, 'pieces');
    await says(visit, 'pieces-count', /^\d+ pieces, of 52 bytes$/);
    await show(visit, 'attention');
    await says(visit, 'attention-rates', /20 words\d+ % \(\d+–\d+ %\)/);
    await show(visit, 'learning');
    await visit.find('crossings');
    await show(visit, 'wall');
    await says(visit, 'wall-readout', /\d+ %/);
    await show(visit, 'law');
    await says(visit, 'law-standing', /^75 runs measured in advance on \d{4}-\d\d-\d\d$/);
    await says(visit, 'laws', /L ∝ C−0\.\d+.* to −0\.\d+ · R² 0\.\d+/);
    await says(visit, 'foretold', /^In advance, on .* bits per byte .*It came to \d.* than the law said/);
    await show(visit, 'valleys');
    await says(visit, 'optima', /N\* ∝ C0\.\d+ 0\.\d+ to 0\.\d+.*D\* ∝ C0\.\d/);
    assert.equal(await visit.page.$$eval('[data-testid="valleys"] .passing', (rings) => rings.length > 2), true);
    await says(visit, 'named-verdict', /^Both took 4 T operations.* is better by \d/);
    await show(visit, 'answers');
    await says(visit, 'answers-verdict', /^Of 12 continuations \d+ come to an end by themselves/);
    assert.equal(await visit.page.$$eval('[data-testid="answers-card"]', (cards) => cards.length), 12);
    await visit.fill('answers-prompt', '1234567890'.repeat(30));
    await says(visit, 'answers-refusal', /looks back on 128 tokens, .* ask something shorter/);
    await visit.close();
  });
}

test('a model is trained in the tab, and the wall is measured with it', async () => {
  const visit = await open({ path: 'pretraining.html#text=world&depth=1&context=128&steps=40' });
  await show(visit, 'learning');
  await visit.until('it can train', () => document.querySelector('[data-testid="learning-train"]:not(:disabled)'));
  await visit.click('learning-train');
  await visit.until('its model is on the shelf', () => document.querySelector('[data-testid="learning-ask"]'), { timeout: 120_000 });
  await visit.click('learning-ask');
  await show(visit, 'wall');
  await visit.click('wall-measure');
  await visit.until('the wall is measured', () => /, here/.test(document.querySelector('[data-testid="wall"]').textContent), { timeout: 120_000 });
  await visit.close();
});

test('the law is fitted anew as parameters are counted otherwise and runs are added here', async () => {
  const visit = await open({ path: 'pretraining.html?figure=law' });
  const exponent = async () => Number((await says(visit, 'law-of-parameters', /\d/)).replace(/.*N/, '').replace('−', '-'));
  const before = await exponent();
  await visit.click('law-count-others');
  await visit.until('the exponent changes', (before) => { const said = document.querySelector('[data-testid="law-of-parameters"]')?.textContent; return said && !said.includes(before); }, { args: [String(before).replace('-', '−')] });
  assert.ok((await exponent()) < 0 && (await exponent()) !== before);
  await says(visit, 'law-plan', /^Next: a model of 9,048 parameters on .* All 15 that are left/);
  await visit.click('sweep-one');
  await says(visit, 'law-own', /^1 run made here$/);
  assert.equal(await visit.page.$eval('[data-testid="law"] .cloud .own', (path) => path.getAttribute('d').match(/M/g).length), 1);
  await visit.click('law-whose-own');
  await says(visit, 'laws', /at least 2 runs, and there are 1: make more runs/);
  await says(visit, 'law-plan', /All 14 that are left: .*at the speed of your runs/);
  await visit.click('sweep-all');
  await visit.click('sweep-stop');
  await visit.find('sweep-one');
  const made = Number((await visit.text('law-own')).match(/\d+/)[0]);
  assert.ok(made < 15);
  const { name, text } = await visit.download('law-save');
  assert.deepEqual([name, text.trim().split('\n').length], ['runs.csv', 1 + 75 + made]);
  assert.match(text, /\nhere,8,1,9048,856,/);
  await visit.close();
});

test('a larger run is foretold, locked and made', async () => {
  const visit = await open({ path: 'pretraining.html?figure=law' });
  await says(visit, 'law-standing', /^75 runs/);
  await visit.fill('larger-guess', 'good');
  await visit.click('larger-lock');
  await says(visit, 'larger-refusal', /“good” is no number of bits/);
  await visit.fill('larger-guess', ' ');
  await visit.click('larger-lock');
  const locked = await says(visit, 'foretold', /Yours, locked, for a model of .*: the law says \d/);
  assert.ok(!locked.includes('you say'));
  assert.equal(await visit.page.$('[data-testid="larger-guess"]'), null, 'what is locked cannot be changed');
  await visit.click('larger-make');
  await visit.click('larger-stop');
  await visit.find('larger-make');
  await visit.close();
});

test('a text is cut by as many merges as the slider says, and a token shows what it looks at', async () => {
  const visit = await open({ path: 'pretraining.html' });
  await show(visit, 'pieces');
  await says(visit, 'pieces-count', /^\d+ pieces, of 52 bytes$/);
  await (await visit.find('pieces-merges')).evaluate((slider) => {
    slider.value = '0';
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await says(visit, 'pieces-count', /^52 pieces, of 52 bytes$/);
  await visit.fill('pieces-text', 'a'.repeat(2001));
  await says(visit, 'pieces-refusal', /2001 characters is too long/);

  await show(visit, 'attention');
  const shares = () => visit.page.$$eval('[data-testid="attention-after"] button', (tokens) => tokens.map((token) => Number(token.dataset.share)));
  await visit.find('attention-after');
  const last = await shares();
  assert.ok(Math.abs(last.reduce((a, b) => a + b) - 1) < 1e-3, 'the weights sum to one');
  await visit.page.locator('[data-testid="attention-after"] button:nth-child(3)').click();
  const third = await shares();
  assert.ok(third.slice(3).every((share) => share === 0), 'nothing is seen that comes later');
  assert.notDeepEqual(third, last);
  await visit.fill('attention-text', 'the king '.repeat(60));
  await says(visit, 'attention-refusal', /at most 96 can be shown/);
  await visit.close();
});
