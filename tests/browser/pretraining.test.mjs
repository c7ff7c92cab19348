// The chapter on pretraining: its figures on what was made in advance, and a model that is trained in the tab and asked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { says, show } from './harness/chapter.mjs';
import { open } from './harness/index.mjs';

test('the figures are alive on models made in advance', async () => {
  const visit = await open({ path: 'pretraining.html' });
  await says(visit, 'model-said', /\d/);
  await show(visit, 'learning');
  await visit.find('crossings');
  await show(visit, 'wall');
  await says(visit, 'wall-readout', /\d+ %/);
  await show(visit, 'answers');
  await says(visit, 'answers-verdict', /^Of 12 continuations \d+ go on to ask something/);
  assert.equal(await visit.page.$$eval('[data-testid="answers-card"]', (cards) => cards.length), 12);
  await visit.fill('answers-prompt', '1234567890'.repeat(30));
  await says(visit, 'answers-refusal', /looks back on 128 tokens, .* ask something shorter/);
  await visit.close();
});

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
