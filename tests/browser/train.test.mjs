// A visitor's own text trains a model in the tab, which writes meanwhile; a reload goes on from what was kept.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';
import { give, goOn, learnt, pause, phase, standing, tiny, write } from './harness/run.mjs';

// A software adapter takes about fifty times as long for a step of such a small model as the CPU executor.
const SETUPS = [
  { browser: 'chromium', executor: 'cpu', steps: 600 },
  { browser: 'chromium', executor: 'gpu', steps: 150 },
  { browser: 'firefox', executor: 'cpu', steps: 600 },
  { browser: 'firefox', executor: 'gpu', steps: 150 },
];
// The prompt, and after it three letters in a row of the text's words: chance gives that once in ten thousand times.
const PIECES = /^12 sheep .*(she|hee|eep|wen|ent|ove|ver|the|bri|rid|idg|dge|and|cam|ame|bac|ack)/s;

for (const { browser, executor, steps } of SETUPS) {
  test(`${browser}, on the ${executor.toUpperCase()}: trains, pauses, writes, reloads, goes on, finishes`, async () => {
    const visit = await open({ browser, gpu: executor === 'gpu', path: tiny({ executor, steps }) });
    await give(visit);
    await visit.click('start');
    // What has learnt nothing needs eight bits for a byte.
    await learnt(visit, 6);
    const first = await pause(visit);
    assert.ok(first.step > 0 && first.step < steps, `it was paused midway: ${first.step}`);
    assert.match(await write(visit, '12 sheep '), /^12 sheep .{10}/s);
    assert.deepEqual(await standing(visit), first, 'a paused run stands still, also while it writes');

    await visit.click('resume');
    await learnt(visit, 5);
    const second = await pause(visit);
    assert.ok(second.step > first.step && second.step < steps, `it was paused midway again: ${second.step}`);

    await visit.page.reload();
    assert.match(await visit.text('welcome'), new RegExp(`^Go on from step ${second.step} of ${steps}\\?.*sheep\\.txt`));
    await goOn(visit);
    assert.deepEqual(await standing(visit), second, 'the kept run is where it was before the reload');

    await visit.click('resume');
    await phase(visit, 'finished');
    assert.match(await write(visit, '12 sheep '), PIECES);
    await visit.close();
  });
}
