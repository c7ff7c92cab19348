// What the page does by itself, as things change: it writes after each test, and works out the costs anew.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';
import { give, phase, tiny } from './harness/run.mjs';

test('it writes after a test on the held-out text, where that is asked for', async () => {
  const visit = await open({ path: tiny({ executor: 'cpu', steps: 2000 }) });
  await give(visit);
  await visit.click('again');
  await visit.click('start');
  await visit.until('it has written', () => document.querySelector('[data-testid="tokens"]')?.textContent.length > 10);
  await visit.click('stop');
  await phase(visit, 'stopped');
  await visit.close();
});

test('what the presets cost follows the tokens', async () => {
  const visit = await open({ path: 'workshop.html#executor=cpu' });
  const cost = () => document.querySelector('[data-testid="estimate-tiny"]').textContent;
  await visit.until('the costs are known', () => document.querySelector('[data-testid="estimate-tiny"]').textContent.includes('here'));
  const before = await visit.page.evaluate(cost);
  await (await visit.find('tokenizer-bytes')).evaluate((input) => input.click());
  const other = (before) => document.querySelector('[data-testid="estimate-tiny"]').textContent !== before;
  await visit.until('the costs are others', other, { args: [before] });
  assert.match(await visit.page.evaluate(cost), /^0\.1[0-9]* million parameters/);
  await visit.close();
});
