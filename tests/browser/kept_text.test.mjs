// After a kept run was taken up, a new one reads the text that the page shows.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';
import { give, tiny, train } from './harness/run.mjs';

test('a new run after a kept one reads the text that is shown', async () => {
  const visit = await open({ path: tiny({ executor: 'cpu', steps: 20 }) });
  await give(visit);
  await train(visit);
  await visit.page.reload();
  await (await (await visit.find('welcome')).$('[data-testid="restore"]')).click();
  await visit.until('the kept run stands', () => document.querySelector('[data-phase]').dataset.phase === 'finished');
  assert.equal(await visit.text('text-name'), 'sheep.txt');
  await train(visit);
  assert.match(await visit.text('kept-run'), /sheep\.txt/, 'the newest run is of the text that was shown');
  await visit.close();
});
