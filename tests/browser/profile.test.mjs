// The profile of a training step on the bench page, against what is known of the model without measuring.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';

for (const executor of ['cpu', 'gpu']) {
  test(`chromium, on the ${executor.toUpperCase()}: every call of a step is measured against the least possible`, async () => {
    const visit = await open({ gpu: executor === 'gpu', path: 'bench.html' });
    await visit.until('the worker answers', () => !document.querySelector('[data-testid="bench-start"]').disabled);
    const { profile, training } = await visit.page.evaluate(async (executor) => {
      await peer.init(executor);
      const training = await peer.train();
      return { training, profile: await peer.profile() };
    }, executor);
    const { calls, counts, seconds } = profile;
    for (const call of calls) assert.ok(call.seconds > 0 && call.floor > 0 && call.bytes > 0, JSON.stringify(call));
    // What the formula of the whole model leaves out: norms, activations, softmax, scores that are worked out anew, the update.
    const flops = calls.reduce((sum, call) => sum + call.count * call.flops, 0);
    const share = flops / (training.tokens * training.flopsPerToken);
    assert.ok(share > 1 && share < 1.1, `${share} times the operations of the model's matrices and attention`);
    const least = calls.reduce((sum, call) => sum + call.count * call.floor, 0);
    // A third, since another program may have been busy while the device's speed was measured.
    assert.ok(seconds > least / 3, `a step took ${seconds} s and cannot take less than ${least} s`);
    const created = counts && [counts.buffers, counts.bind_groups, counts.pipelines];
    assert.deepEqual(created, executor === 'gpu' ? [0, 0, 0] : null, 'a step after the first creates nothing');
    await visit.close();
  });
}
