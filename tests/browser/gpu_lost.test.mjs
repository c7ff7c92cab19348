// A graphics processor that goes away in the middle of a run costs what came since the last good weights, and no more.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';
import { give, learnt, pause, phase, tiny, write } from './harness/run.mjs';

// Before all else in the worker: lets the test destroy the devices, for good if it says so.
const TAP = `{
  const devices = [];
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...wishes) {
    devices.push(await requestDevice.apply(this, wishes));
    return devices.at(-1);
  };
  new BroadcastChannel('test').onmessage = ({ data }) => {
    if (data.forGood) navigator.gpu.requestAdapter = async () => null;
    for (const device of devices) device.destroy();
  };
}
`;
const destroy = (visit, forGood) => visit.page.evaluate((forGood) => new BroadcastChannel('test').postMessage({ forGood }), forGood);

const kept = (step) => new RegExp(`^The graphics processor was lost: .* The weights of step ${step} are kept: press “Go on” to train on from there\\.$`);

for (const [forGood, place] of [
  [false, 'You chose the graphics processor.'],
  [true, 'The graphics processor was lost, so the main processor goes on.'],
]) {
  test(`a device that is lost ${forGood ? 'for good' : 'once'}: the run goes on from its last good weights`, async () => {
    const visit = await open({ gpu: true, path: tiny({ executor: 'gpu', steps: 40 }), before: { 'worker_boot.js': TAP } });
    await give(visit);
    await visit.click('start');
    await learnt(visit, 6);
    const { step } = await pause(visit);
    await visit.click('resume');
    await learnt(visit, 5);
    await destroy(visit, forGood);
    await phase(visit, 'failed');
    assert.match(await visit.text('standing'), kept(step));
    await visit.click('resume');
    await phase(visit, 'finished');
    const executor = await visit.text('executor');
    assert.ok(executor.includes(place), executor);
    assert.match(await write(visit, '12'), /^12.{10}/s);
    await visit.close();
  });
}

test('a device that is lost while the run is paused: it writes after a word on it', async () => {
  const visit = await open({ gpu: true, path: tiny({ executor: 'gpu', steps: 40 }), before: { 'worker_boot.js': TAP } });
  await give(visit);
  await visit.click('start');
  await learnt(visit, 6);
  const { step } = await pause(visit);
  await destroy(visit, false);
  await visit.click('generate');
  await phase(visit, 'failed');
  assert.match(await visit.text('standing'), kept(step));
  assert.match(await write(visit, '12'), /^12.{10}/s);
  await visit.click('resume');
  await phase(visit, 'finished');
  await visit.close();
});
