// Workers that train together on the main processor, and what becomes of a run when one of them is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';
import { give, learnt, phase, tiny } from './harness/run.mjs';

const RUN = tiny({ executor: 'cpu', steps: 400, threads: 2 });
/** Code that a member runs before its own, where each worker begins. */
const member = (code) => ({ 'worker_boot.js': `if (self.name === 'member') { ${code} }\n` });
/** Does something to a member when it gives its hundredth answer, after its greeting. */
const atAnswer100 = (code) => member(`
  const answer = self.postMessage.bind(self);
  let left = 100;
  self.postMessage = (...words) => left-- > 0 ? answer(...words) : (${code});
`);

const told = (visit, id, words) => visit.until(`${id} says “${words}”`, (id, words) =>
  document.querySelector(\`[data-testid="\${id}"]\`)?.textContent.includes(words), { args: [id, words] });

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: two workers share each batch`, async () => {
    const visit = await open({ browser, path: RUN });
    await give(visit);
    await visit.click('start');
    await phase(visit, 'finished');
    await visit.close();
  });
}
