// A run that was paused, left and restored measures what one without a break does, to the last digit.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';
import { give, goOn, learnt, pause, phase, tiny } from './harness/run.mjs';

const STEPS = 400;

/** The metrics that the page hands out, without the times, which differ from run to run. */
async function measured(visit) {
  const { text } = await visit.download('export-metrics');
  return text.replaceAll(/,"seconds":[^}]+/g, '').trim().split('\n');
}

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: a run with breaks ends as one without`, async () => {
    const visit = await open({ browser, path: tiny({ executor: 'cpu', steps: STEPS }) });
    await give(visit);
    await visit.click('start');
    await phase(visit, 'finished');
    const straight = await measured(visit);
    assert.equal(straight.filter((line) => line.startsWith('{"step"')).length, STEPS);

    await visit.click('start');
    await phase(visit, 'training');
    await learnt(visit, 5);
    const { step } = await pause(visit);
    assert.ok(step < STEPS, 'it was paused midway');
    await visit.page.reload();
    await goOn(visit);
    await visit.click('resume');
    await phase(visit, 'finished');
    assert.deepEqual(await measured(visit), straight);
    await visit.close();
  });
}
