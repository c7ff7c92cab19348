// A visitor's own text trains a model in the tab, which then writes; a reload goes on from what was kept.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';

const TEXT = Array.from({ length: 400 }, (_, n) => `${n} sheep went over the bridge, and ${n >> 1} came back.\n`).join('');
const SPEC = '#tokenizer=bytes&depth=1&width=32&context=32&steps=300&lr=0.01&validate_every=50';

const phase = (visit, name) =>
  visit.until(`the run is ${name}`, (name) => document.querySelector('[data-phase]')?.dataset.phase === name, { args: [name] });

for (const [browser, gpu] of [['chromium', false], ['chromium', true], ['firefox', false]]) {
  test(`${browser}, ${gpu ? 'on WebGPU' : 'on the main processor'}: a dropped text is learnt and continued`, async () => {
    const visit = await open({ browser, gpu, path: `${SPEC}&executor=${gpu ? 'gpu' : 'cpu'}` });
    await visit.drop('drop-zone', { name: 'sheep.txt', text: TEXT });
    await visit.until('the text is read', () => document.querySelector('[data-testid="text-name"]')?.textContent.includes('sheep.txt'));
    await visit.click('start');
    await phase(visit, 'finished');
    await visit.fill('prompt', '12 sheep ');
    await visit.click('generate');
    const written = () => document.querySelector('[data-testid="tokens"]')?.textContent ?? '';
    await visit.until('it writes', () => (document.querySelector('[data-testid="tokens"]')?.textContent.length ?? 0) > 40);
    assert.match(await visit.page.evaluate(written), /12 sheep .*(went|bridge|over|back|came)/s);
    await visit.close();
  });
}
