// The built site loads from a sub-path, in every way that the tests run it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';

for (const [browser, gpu] of [['chromium', false], ['chromium', true], ['firefox', false], ['firefox', true]]) {
  test(`${browser}, ${gpu ? 'with' : 'without'} WebGPU: the page and the bench page load`, async () => {
    const visit = await open({ browser, gpu });
    await visit.until('the heading shows', () => document.querySelector('h1')?.textContent === 'Seven Steps');
    assert.equal(await visit.page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter())), gpu);
    await visit.page.goto(`${visit.site}bench.html`);
    await visit.until('the bench page shows', () => document.querySelector('h1') !== null);
    await visit.close();
  });
}
