// Every kernel in a browser's WebGPU against its twin: browsers refuse shaders that naga lets pass.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';

test('chromium: every kernel agrees with its twin', async () => {
  const visit = await open({ gpu: true, path: 'bench.html' });
  await visit.until('the worker answers', () => !document.querySelector('[data-testid="bench-start"]').disabled);
  const { kernels } = await visit.page.evaluate(async () => {
    await peer.init('gpu');
    return peer.engine.bench('SelfTest');
  });
  assert.ok(kernels.length > 0);
  assert.deepEqual(kernels.filter(({ passed }) => !passed), []);
  await visit.close();
});
