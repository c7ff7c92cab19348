// Models of one's own: the same run as the one made in advance, kept over a reload, named, opened elsewhere, taken away, deleted;
// a text of one's own; and files that were tampered with.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { says, show } from './harness/chapter.mjs';
import { open } from './harness/index.mjs';
import { SHEEP, write } from './harness/run.mjs';

const file = async (path) => JSON.parse(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8'));
const fragment = (spec) => '#' + Object.entries(spec).map(([key, value]) => `${key}=${value}`).join('&');
const TINY = { text: 'world', depth: 1, context: 128, lr: 0.008, steps: 40 };

/** Opens the figure in which a model learns, ready to train. */
async function ready(spec, options) {
  const visit = await open({ path: 'pretraining.html' + fragment(spec), ...options });
  await show(visit, 'learning');
  await visit.until('it can train', () => document.querySelector('[data-testid="learning-train"]:not(:disabled)'), { timeout: 60_000 });
  return visit;
}

const done = (visit) => says(visit, 'learning-standing', /^Done/);

/** The loss of each step so far. */
async function losses(visit) {
  const { text } = await visit.download('learning-metrics');
  return text.split('\n').filter((line) => line.startsWith('{"step"')).map((line) => JSON.parse(line).step.bits_per_byte);
}

test('a run of the recipe of base takes the first fifty steps of the one made in advance', async () => {
  const { pretrain } = await file('recipes/base.json');
  const { answers } = await file('www/results/base-run.json');
  const baked = answers[0].history.history.steps.slice(0, 50).map((step) => step.bits_per_byte);
  const visit = await ready(pretrain);
  await visit.click('learning-train');
  await says(visit, 'learning-progress', /^Step (5\d|[6-9]\d|\d{3})/);
  await visit.click('learning-stop');
  const own = (await losses(visit)).slice(0, 50);
  const apart = Math.max(...own.map((loss, step) => Math.abs(loss / baked[step] - 1)));
  assert.equal(own.length, 50);
  assert.ok(apart < 1e-3, `the losses are apart by up to ${apart}: ${own} and ${baked}`);
  await visit.close();
});

test('a model is named, found after a reload, opened in the workshop by its address, taken away, and deleted', async () => {
  const visit = await ready(TINY);
  await visit.click('learning-train');
  await done(visit);
  await visit.click('corpus-open');
  await (await visit.find('shelf-rename')).evaluate((field) => {
    field.value = 'My first';
    field.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await says(visit, 'shelf', /My first/);
  await visit.page.reload();
  await visit.click('corpus-open');
  await says(visit, 'shelf', /My first/);
  const link = await visit.page.$$eval('.model-name', (names) => names.find((name) => name.textContent === 'My first').getAttribute('href'));
  assert.match(link, /^#model=[0-9a-f]{16}$/);
  const elsewhere = await visit.page.$$eval('[data-testid="shelf-workshop"]', (links) => links.map((link) => link.getAttribute('href')));
  assert.ok(elsewhere.includes(`workshop.html${link}`), `${elsewhere}`);
  await visit.page.goto(`${visit.site}workshop.html${link}`);
  await says(visit, 'opened', /“My first” is opened/);
  assert.match(await write(visit, 'The'), /^The.+/s);
  assert.equal(await visit.page.evaluate(() => location.hash), link, 'the address says which model writes');
  const card = await (await visit.page.$$('[data-testid="shelf-model"]')).at(-1).evaluate(async (row) => {
    const save = HTMLAnchorElement.prototype.click;
    return new Promise((resolve) => {
      HTMLAnchorElement.prototype.click = async function () {
        HTMLAnchorElement.prototype.click = save;
        resolve(JSON.parse(await (await fetch(this.href)).text()));
      };
      row.querySelector('[data-testid="shelf-download"]').click();
    });
  });
  assert.deepEqual([card.name, card.id, card.tokens], ['My first', link.slice(7), 40 * 1024]);
  await visit.click('shelf-delete');
  await says(visit, 'shelf-delete', /for good/);
  await visit.click('shelf-delete');
  await visit.until('it is gone', () => !document.querySelector('[data-testid="shelf"]').textContent.includes('My first'));
  await visit.page.evaluate(() => (location.hash = '#model=base-small&depth=2'));
  await visit.until('the settings are taken', () => location.hash === '#model=base-small&depth=2');
  await visit.page.evaluate(() => (location.hash = '#model=base'));
  await visit.until('they stay with another model', () => location.hash === '#model=base&depth=2');
  await visit.close();
});

test('a run that was paused goes on after a reload as if nothing had been', async () => {
  const spec = { ...TINY, steps: 120 };
  const whole = await ready(spec);
  await whole.click('learning-train');
  await done(whole);
  const expected = await losses(whole);
  await whole.close();

  const visit = await ready(spec);
  await visit.click('learning-train');
  await says(visit, 'learning-progress', /^Step \d\d/);
  await visit.click('learning-pause');
  await says(visit, 'learning-standing', /^Paused/);
  // The checkpoint is written after it.
  await sleep(2000);
  await visit.page.reload();
  await show(visit, 'learning');
  await visit.until('the run is offered', () => document.querySelector('[data-testid="learning-restore"]:not(:disabled)'), { timeout: 60_000 });
  await visit.click('learning-restore');
  await says(visit, 'learning-standing', /^Paused/);
  await visit.click('learning-resume');
  await done(visit);
  const resumed = await losses(visit);
  const differ = expected.findIndex((loss, step) => loss !== resumed[step]);
  assert.deepEqual([resumed.length, differ], [expected.length, -1], `at step ${differ}: ${resumed[differ]} instead of ${expected[differ]}`);
  await visit.close();
});

test('a text of one\'s own is read, and one that is too short is refused with a sentence', async () => {
  const visit = await ready({ depth: 1, context: 128, steps: 20 });
  await visit.drop('corpus', { name: 'sheep.txt', text: SHEEP });
  await visit.click('corpus-open');
  await says(visit, 'text-opening', /sheep went over/);
  await visit.click('corpus-open');
  await visit.click('learning-train');
  await done(visit);
  await says(visit, 'learning', /have not read your text/);
  await visit.drop('corpus', { name: 'short.txt', text: 'One sheep.' });
  await visit.click('corpus-open');
  await says(visit, 'text-opening', /^One sheep/);
  await visit.click('corpus-open');
  await visit.click('learning-train');
  await says(visit, 'learning-message', /too short|more text|longer/);
  await visit.close();
});

const TAMPERED = `const real = fetch;
globalThis.fetch = async (address, ...rest) => {
  const answer = await real(address, ...rest);
  if (!String(address.url ?? address).includes('model.safetensors')) return answer;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  bytes[bytes.length - 1] ^= 1;
  return new Response(bytes);
};
`;

test('a model made in advance whose weights were changed on the way is not used', async () => {
  const visit = await open({ path: 'pretraining.html', before: { 'worker_boot.js': TAMPERED } });
  await show(visit, 'answers');
  await says(visit, 'answers-refusal', /cannot be opened, since .*(changed|not those)/);
  await visit.close();
});
