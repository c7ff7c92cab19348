// What cannot be used is refused in a sentence that says what is wrong and what to do, and what was there before stays.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { open } from './harness/index.mjs';
import { give, phase, said, tiny, train, write } from './harness/run.mjs';
import { serve } from './harness/server.mjs';

const SPEC = { executor: 'cpu', steps: 20 };
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const drop = (file) => (visit) => visit.drop('drop-zone', file);
const fetch = (address) => async (visit) => {
  await visit.click('source-url');
  await visit.fill('url', address(visit));
  await visit.click('url-fetch');
};

const TEXTS = [
  ['an empty file', drop({ name: 'empty.txt', text: '' }), 'empty.txt has no text in it; choose another file or paste some text.'],
  ['a file of blanks', drop({ name: 'blank.txt', text: ' \n\t\n' }), 'blank.txt has no text in it; choose another file or paste some text.'],
  [
    'a PNG picture',
    drop({ name: 'cat.png', bytes: Buffer.from(PNG, 'base64') }),
    'cat.png is a PNG picture, not text; choose a text file.',
  ],
  [
    'a file of several parts that gzip packed',
    drop({ name: 'two.txt.gz', bytes: Buffer.concat(['One sheep.', 'Two sheep.'].map((text) => gzipSync(text))) }),
    'two.txt.gz could not be read: what gzip packed is cut short or damaged, or in several parts, which a browser does not unpack: unpack it first. Choose it again.',
  ],
  [
    'a text in Latin-1',
    drop({ name: 'hymn.txt', bytes: Buffer.from('Großer Gott,\nwir loben dich; Großer Held', 'latin1') }),
    'hymn.txt is not UTF-8 but looks like Latin-1 (byte DF on line 1); save it as UTF-8 and add it again.',
  ],
  [
    'a file of 300 MB',
    drop({ name: 'huge.txt', text: 'x'.repeat(1e6), times: 300 }),
    'huge.txt: 300 MB is more than the 100 MB that fit here; use a part of it.',
  ],
  ['an address that is none', fetch(() => 'fox'), '“fox” is not an address: it begins with https:// and names a text.'],
  ['an address of another kind', fetch(() => 'ftp://a.b/c'), 'An address that begins with ftp: cannot be fetched: use https://, or choose a file.'],
  [
    'an address without a text',
    fetch(({ site }) => `${site}nowhere.txt`),
    ({ host }) => `${host} has no text at this address (404): check the address.`,
  ],
];

/** A busy machine stretches what takes a few milliseconds, but not to half a second. */
async function neverFroze(visit, since) {
  const longest = (await visit.longTasks(since)).at(-1) ?? 0;
  assert.ok(longest < 500, `the page stood still for ${longest} ms`);
}

for (const [name, act, sentence] of TEXTS) {
  test(`${name} is refused, and the text before it stays`, async () => {
    const visit = await open({ path: tiny(SPEC) });
    await give(visit);
    await visit.watchTasks();
    const since = await act(visit);
    const expected = typeof sentence === 'string' ? sentence : sentence(new URL(visit.site));
    assert.equal(await said(visit, 'refusal-text'), expected);
    await neverFroze(visit, since);
    assert.equal(await visit.text('text-name'), 'sheep.txt');
    await train(visit);
    assert.match(await visit.text('executor'), /main processor/);
    visit.forgive(/status of 404/);
    await visit.close();
  });
}

test('a file of 60 MB is read without holding up the page', async () => {
  const visit = await open({ path: tiny(SPEC) });
  await give(visit);
  await visit.watchTasks();
  const since = await visit.drop('drop-zone', { name: 'large.txt', text: `${'x'.repeat(199)}\n`.repeat(5000), times: 60 });
  await visit.until('it is read', () => document.querySelector('[data-testid="text-name"]').textContent === 'large.txt');
  assert.equal(await visit.text('text-size'), '300,000 words, 60,000,000 characters, 60 MB');
  await neverFroze(visit, since);
  await visit.close();
});

test('an address whose site does not allow it is refused, and the text before it stays', async () => {
  const other = await serve(fileURLToPath(new URL('.', import.meta.url)).slice(0, -1));
  const visit = await open({ path: tiny(SPEC) });
  await give(visit);
  await fetch(() => `${other.url}package.json`)(visit);
  const { host } = new URL(other.url);
  const sentence = `${host} could not be reached, or does not let other sites read it (CORS): check the address and the connection, or download the text and choose the file.`;
  assert.equal(await said(visit, 'refusal-text'), sentence);
  assert.equal(await visit.text('text-name'), 'sheep.txt');
  await train(visit);
  visit.forgive(new RegExp(`^request: ${other.url}|CORS policy|ERR_FAILED`));
  await visit.close();
  await other.stop();
});

test('a text of one byte is read, and refused when it is to be trained on; the run before it is kept', async () => {
  const visit = await open({ path: tiny(SPEC) });
  await give(visit);
  await train(visit);
  await give(visit, 'one.txt', 'x');
  await visit.click('start');
  const sentence = 'The text is too short: its training part has 1 token, and a context of 32 needs at least 33; add text or choose a shorter context.';
  assert.equal(await said(visit, 'refusal-text'), sentence);
  assert.match(await visit.text('welcome'), /^Take up your finished model\?sheep\.txt/);
  await give(visit);
  await train(visit);
  await visit.close();
});

test('an address full of nonsense is followed as far as it makes sense', async () => {
  const visit = await open({ path: `${tiny(SPEC)}&%%%=%E0%A4&=&batch=many&depth=1e9&executor=tpu&width=30&<b>` });
  const notes = await (await visit.find('address-notes')).$$eval('li', (notes) => notes.map((note) => note.textContent));
  assert.deepEqual(notes, [
    'The address names a setting “%%%”, which does not exist: it is left out.',
    'The address names a setting “”, which does not exist: it is left out.',
    'The address says batch=many. Batch must be a whole number from 1 to 256 sequences. It is set to 8.',
    'The address says depth=1e9. Depth must be a whole number from 1 to 24 layers. It is set to 4.',
    'The address says executor=tpu. Runs on must be one of auto, gpu, cpu. It is set to auto.',
    'The address names a setting “%3Cb%3E”, which does not exist: it is left out.',
    'The address describes a model that cannot be built. A width of 30 over 1 head gives 30 channels a head: it must be a multiple of 4. Its shape follows from the depth instead.',
    'The address names no text, so it is the built-in one; your own last text stays kept.',
  ]);
  await give(visit);
  await train(visit);
  await visit.close();
});

test('a setting that was refused is said and looked at, and nothing is trained with another in its place', async () => {
  const visit = await open({ path: tiny(SPEC) });
  await give(visit);
  await visit.fill('knob-steps', '0');
  await visit.page.keyboard.press('Tab');
  await visit.click('start');
  assert.match(await said(visit, 'refusal-training'), /^Steps must be a whole number from 1 to .* Nothing was started/);
  assert.equal(await visit.page.evaluate(() => document.activeElement.dataset.testid), 'knob-steps');
  assert.equal(await visit.page.$eval('[data-phase]', (page) => page.dataset.phase), 'idle');
  await train(visit);
  await visit.close();
});

test('what a link says of the text is told, and the visitor’s own text stays kept', async () => {
  const visit = await open({ path: tiny(SPEC) });
  await give(visit);
  const follow = async (fragment) => {
    await visit.page.goto('about:blank');
    await visit.page.goto(`${visit.site}workshop.html${fragment}`);
    await visit.until('a text is read', () => document.querySelector('[data-testid="text-name"]'));
    const notes = await visit.page.$$eval('[data-testid="address-notes"] li', (notes) => notes.map((note) => note.textContent));
    return [await visit.text('text-name'), ...notes.map((note) => note.split(/[,:;.]/)[0])];
  };
  assert.deepEqual(await follow('#steps=20'), ['Built-in text', 'The address names no text']);
  assert.deepEqual(await follow('#text=own&steps=abc'), ['sheep.txt', 'The address says steps=abc', 'The address asks for a text of its own']);
  assert.deepEqual(await follow(''), ['sheep.txt']);
  await visit.close();
});

test('a model that cannot fit is refused, and the run before it stands', async () => {
  const visit = await open({ path: tiny(SPEC) });
  await give(visit);
  await train(visit);
  await visit.page.evaluate((spec) => (location.hash = spec), tiny({ ...SPEC, depth: 24, width: 2048, batch: 256, context: 2048 }));
  await visit.until('the settings follow', () => document.querySelector('[data-testid="knob-depth"]').value === '24');
  await visit.click('start');
  const sentence = /^This model in training needs \d+ MiB, but this device gives at most 3584 MiB: choose a smaller model, batch or context\.$/;
  assert.match(await said(visit, 'refusal-model'), sentence);
  assert.match(await write(visit, '12'), /^12.{10}/s);
  await visit.page.evaluate((spec) => (location.hash = spec), tiny(SPEC));
  await train(visit);
  await visit.close();
});

test('the graphics processor asked for where there is none is refused, and the main processor offered', async () => {
  const visit = await open({ gpu: false, path: tiny({ ...SPEC, executor: 'gpu' }) });
  await give(visit);
  await visit.click('start');
  const sentence = 'This browser offers no usable graphics processor: WebGPU is missing or switched off. Choose “auto” or “cpu” under “Runs on”.';
  assert.equal(await said(visit, 'refusal-device'), sentence);
  await visit.click('executor-cpu');
  await train(visit);
  await visit.close();
});
