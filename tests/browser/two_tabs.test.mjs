// A kept run that two tabs want: it has one owner, and the other takes it over or leaves it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './harness/index.mjs';
import { give, learnt, pause, phase, tiny } from './harness/run.mjs';

const OFFER = '[data-testid="welcome"] [data-testid="restore"]:not([disabled])';

for (const browser of ['chromium', 'firefox']) {
  test(`the second tab says that the run is open, takes it over, and the first one pauses (${browser})`, async () => {
    const visit = await open({ browser, path: tiny({ executor: 'cpu', steps: 100_000, threads: 1 }) });
    await give(visit);
    await visit.click('start');
    await learnt(visit, 6);
    await pause(visit);
    assert.match(await visit.text('room'), /^This site keeps .*B/);
    await visit.click('resume');
    await phase(visit, 'training');

    const second = await visit.page.browser().newPage();
    await second.goto(`${visit.site}workshop.html`);
    await (await second.waitForSelector(OFFER)).click();
    await second.waitForFunction(() => /^This run is open in another tab/.test(document.querySelector('[data-testid="welcome"] [data-testid="held"]')?.textContent));
    assert.equal(await second.$eval(OFFER, (button) => button.textContent), 'Take it over');
    await (await second.waitForSelector(OFFER)).click();
    await second.waitForFunction(() => document.querySelector('[data-phase]').dataset.phase === 'paused');

    await visit.page.bringToFront();
    await phase(visit, 'paused');
    assert.match(await visit.text('note-training'), /^Another tab has taken over this run/);
    await visit.click('resume');
    assert.match(await visit.text('refusal-training'), /^Another tab has taken over this run/);
    await second.close();
    await visit.close();
  });
}
