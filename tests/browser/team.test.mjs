// Workers that train together on the main processor, and what becomes of a run when one of them is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';
import { give, phase, tiny } from './harness/run.mjs';

const STEPS = 400;
const run = (threads) => tiny({ executor: 'cpu', steps: STEPS, threads });
/** Code for where a member begins, before its own; what it answers goes through `self.postMessage`. */
const member = (code) => ({ 'worker_boot.js': `if (self.name.startsWith('member')) { ${code} }\n` });

async function trained(visit) {
  await give(visit);
  await visit.click('start');
  await phase(visit, 'finished');
  return visit.text('executor');
}

/** The training losses that the page hands out, in bits per byte. */
async function losses(visit) {
  const { text } = await visit.download('export-metrics');
  return text.trim().split('\n').flatMap((line) => JSON.parse(line).step?.bits_per_byte ?? []);
}

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: two workers learn the same as one`, async () => {
    const found = [];
    for (const threads of [1, 2]) {
      const visit = await open({ browser, path: run(threads) });
      const place = await trained(visit);
      assert.equal(place.includes('2 workers share each batch.'), threads === 2, place);
      found.push(await losses(visit));
      await visit.close();
    }
    const [alone, together] = found;
    assert.equal(alone.length, STEPS);
    const apart = alone.slice(0, 20).map((loss, step) => Math.abs(loss - together[step]) / loss);
    assert.ok(Math.max(...apart) < 1e-3, `the first losses are up to ${Math.max(...apart)} apart`);
    assert.notDeepEqual(alone, together, 'the order of the sums shows in the last digits');
  });

  test(`${browser}: a worker that never comes is not waited for`, async () => {
    const visit = await open({ browser, path: run(2), before: member('self.postMessage = () => {};') });
    const place = await trained(visit);
    assert.ok(!place.includes('share each batch'), place);
    await visit.close();
  });

  test(`${browser}: a run goes on without a worker that breaks down`, async () => {
    const before = member(`
      const answer = self.postMessage.bind(self);
      let left = 100;
      self.postMessage = (...words) => left-- > 0 ? answer(...words) : setTimeout(() => { throw new Error('a fault of the test'); });
    `);
    const visit = await open({ browser, path: run(2), before });
    await give(visit);
    await visit.click('start');
    await phase(visit, 'failed');
    assert.match(await visit.text('standing'), /^A worker that shared the work was lost\. The weights of step \d+ are kept: press “Go on” to train on from there\.$/);
    await visit.click('resume');
    await phase(visit, 'finished');
    const place = await visit.text('executor');
    assert.ok(!place.includes('share each batch'), place);
    visit.forgive(/a fault of the test/);
    await visit.close();
  });
}

test('chromium: two workers share a matrix product', async () => {
  const visit = await open({ path: 'bench.html' });
  await visit.until('the worker answers', () => !document.querySelector('[data-testid="bench-start"]').disabled);
  const apart = await visit.page.evaluate(async () => {
    await peer.init('cpu');
    const [m, k, n] = [34, 50, 21];
    const { a, b, run, result } = await peer.matmul({ m, k, n });
    await run(3);
    const products = [await result(), await result()];
    const expected = Array.from({ length: m * n }, (_, at) => {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += a[Math.floor(at / n) * k + i] * b[i * n + (at % n)];
      return sum;
    });
    return products.map((product) => (product.length === m * n ? Math.max(...expected.map((value, at) => Math.abs(value - product[at]))) : NaN));
  });
  assert.ok(apart.every((difference) => difference < 1e-4), `the products are ${apart} apart`);
  await visit.close();
});
