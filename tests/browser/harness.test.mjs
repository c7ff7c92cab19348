// The harness must notice what it is there to notice.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open } from './harness/index.mjs';

const ELSEWHERE = 'http://127.0.0.1:10009/leak';
const PAGES = {
  'quiet.html': `<h1>Quiet</h1><p data-testid="drop"></p><script type="module">
    new Worker(URL.createObjectURL(new Blob([''])));
    const target = document.querySelector('p');
    target.ondrop = async (event) => {
      event.preventDefault();
      target.textContent = event.dataTransfer.files[0].name + ' ' + (await event.dataTransfer.files[0].text());
    };
  </script>`,
  'console.html': `<script>console.error('alas')</script>`,
  'uncaught.html': `<script>throw new Error('alas')</script>`,
  'rejected.html': `<script>Promise.reject(new Error('alas'))</script>`,
  'request.html': `<script>fetch('${ELSEWHERE}').catch(() => {})</script>`,
  'worker-console.html': `<script>new Worker('console.js')</script>`,
  'worker-uncaught.html': `<script>new Worker('uncaught.js')</script>`,
  'worker-request.html': `<script>new Worker('request.js')</script>`,
  'console.js': `console.error('alas')`,
  'uncaught.js': `throw new Error('alas')`,
  'request.js': `fetch('${ELSEWHERE}').catch(() => {})`,
};

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seven-steps-pages-'));
  for (const [name, content] of Object.entries(PAGES)) await writeFile(join(folder, name), content.replace(/^(?=<)/, '<!doctype html><link rel="icon" href="data:,">'));
});
after(() => rm(folder, { recursive: true }));

test('chromium: what holds up the page is noticed', async () => {
  const visit = await open({ folder, path: 'quiet.html' });
  await visit.watchTasks();
  const block = () => setTimeout(() => { for (const end = performance.now() + 200; performance.now() < end; ); });
  await visit.page.evaluate(block);
  await visit.until('it is noted', () => longTasks.length > 0);
  assert.ok((await visit.longTasks()).at(-1) >= 200);
  assert.deepEqual(await visit.longTasks(await visit.page.evaluate(() => performance.now())), []);
  await visit.close();
});

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: a quiet page closes quietly, and takes a dropped file`, async () => {
    const visit = await open({ browser, folder, path: 'quiet.html' });
    await visit.drop('drop', { name: 'a.txt', text: 'naïve' });
    await visit.until('the file was read', () => document.querySelector('p').textContent === 'a.txt naïve');
    await visit.close();
  });

  test(`${browser}: errors and requests to elsewhere are complained of`, async () => {
    const pages = Object.keys(PAGES).filter((name) => name.endsWith('.html') && name !== 'quiet.html');
    const silent = [];
    const visit = await open({ browser, folder, path: 'quiet.html' });
    for (const name of pages) {
      visit.complaints.length = 0;
      await visit.page.goto(visit.site + name);
      const expected = name.includes('request') ? `request: ${ELSEWHERE}` : 'alas';
      const heard = () => visit.complaints.some((complaint) => complaint.includes(expected));
      for (let tries = 0; tries < 50 && !heard(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
      if (!heard()) silent.push(name);
    }
    await visit.abandon();
    assert.deepEqual(silent, []);
  });
}
