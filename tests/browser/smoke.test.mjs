// The built site starts from a sub-path, page and worker, in every way that the tests run it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';

for (const [browser, gpu] of [['chromium', false], ['chromium', true], ['firefox', false], ['firefox', true]]) {
  test(`${browser}, ${gpu ? 'with' : 'without'} WebGPU: the page and the bench page start`, async () => {
    const visit = await open({ browser, gpu, path: 'workshop.html' });
    await visit.until('the worker answers', () => document.querySelector('[data-testid="page"]')?.dataset.connection === 'ready');
    assert.equal(await visit.page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter())), gpu);
    await visit.page.goto(`${visit.site}bench.html`);
    await visit.until('the worker answers', () => !document.querySelector('[data-testid="bench-start"]').disabled);
    await visit.close();
  });
}
