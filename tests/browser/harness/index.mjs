// What the tests use: `open` a page of the built site in a real browser, act on it by `data-testid`, `close` it.
// Console errors, uncaught exceptions and requests to another origin are kept as complaints, and `close` throws them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { serve } from './server.mjs';

const DIST = fileURLToPath(new URL('../../../dist', import.meta.url));

// A test that fails leaves its browser open, which would keep the process, and the processor busy.
const visits = new Set();
afterEach(() => Promise.all([...visits].map((visit) => visit.abandon())));

/**
 * Opens `path` of the site in a fresh profile, or in the folder `profile`, which is then kept.
 * `folder`: what to serve instead of dist/. `before`: code to put before scripts, by their names. `site`: the address to open
 * instead of a server of its own.
 */
export async function open({ browser = 'chromium', gpu = false, path = '', profile, folder = DIST, before, site } = {}) {
  const server = site ? null : await serve(folder, { before });
  const home = profile ?? (await mkdtemp(join(tmpdir(), 'seven-steps-')));
  const instance = await launch({ browser, gpu, profile: home });
  const page = await instance.newPage();
  const visit = new Visit(page, site ?? server.url, async () => {
    await instance.close();
    await server?.stop();
    if (!profile) await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });
  visits.add(visit);
  try {
    await page.goto(visit.site + path, { waitUntil: 'load' });
    // The workshop is drawn by a module, which the page's load does not wait for.
    await page.waitForFunction(() => !document.querySelector('#loading'));
  } catch (error) {
    await visit.abandon();
    throw error;
  }
  return visit;
}

class Visit {
  /** What went wrong so far, as sentences. A test that provokes an error takes it out. */
  complaints = [];
  #dispose;

  constructor(page, site, dispose) {
    this.page = page;
    this.site = site;
    this.#dispose = dispose;
    const origin = new URL(site).origin;
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.message ?? error}`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      const local = url.protocol === 'data:' || url.origin === origin; // A blob's origin is the page's.
      if (!local) this.complaints.push(`request: ${url.href}`);
    });
  }

  /** Takes out the complaints that a test provoked. */
  forgive(expected) {
    this.complaints = this.complaints.filter((complaint) => !expected.test(complaint));
  }

  /** Closes the browser and throws whatever the page complained of. */
  async close() {
    await this.abandon();
    if (this.complaints.length > 0) throw new Error(`The page complained:\n  ${this.complaints.join('\n  ')}`);
  }

  /** Closes the browser, whatever happened. */
  async abandon() {
    const dispose = this.#dispose;
    this.#dispose = async () => {};
    visits.delete(this);
    await dispose();
  }

  /** The element, once it is there. */
  find(id, timeout = 30_000) {
    return this.page.waitForSelector(`[data-testid="${id}"]`, { timeout });
  }

  /** What the element says. */
  async text(id) {
    return (await this.find(id)).evaluate((element) => element.textContent.trim());
  }

  async click(id) {
    await this.page.locator(`[data-testid="${id}"]`).click();
  }

  /** Puts a value into an input, a text area or a select, as a visitor would. */
  async fill(id, value) {
    await this.page.locator(`[data-testid="${id}"]`).fill(value);
  }

  /** Presses the button for a file, and gives the first that the page hands out, as `{ name, text }`, instead of saving it. */
  async download(id) {
    return (await this.find(id)).evaluate((button) => {
      const save = HTMLAnchorElement.prototype.click;
      return new Promise((resolve) => {
        HTMLAnchorElement.prototype.click = async function () {
          HTMLAnchorElement.prototype.click = save;
          resolve({ name: this.download, text: await (await fetch(this.href)).text() });
        };
        button.click();
      });
    });
  }

  /** Gives a file of that name and text to the page's field for files. */
  async choose(id, name, text) {
    await (await this.find(id)).evaluate((input, name, text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name));
      input.files = transfer.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    }, name, text);
  }

  /**
   * Drops files on the element: `{ name, bytes }`, or `{ name, text }`, either of it `times` over. Gives the page's time just
   * before, in milliseconds.
   */
  async drop(id, ...files) {
    const list = files.map(({ name, bytes, text, times = 1 }) => ({ name, base64: Buffer.from(bytes ?? text).toString('base64'), times }));
    return (await this.find(id)).evaluate(async (element, list) => {
      const transfer = new DataTransfer();
      for (const { name, base64, times } of list) {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        transfer.items.add(new File(Array(times).fill(bytes), name));
      }
      // In a task of its own, so that making large files does not count as the page's work.
      await new Promise((resolve) => setTimeout(resolve));
      const time = performance.now();
      for (const type of ['dragenter', 'dragover', 'drop']) {
        element.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }
      return time;
    }, list);
  }

  /** Begins to note what holds up the page's main thread for more than 50 ms, in Chromium. */
  async watchTasks() {
    await this.page.evaluate(() => {
      globalThis.longTasks = [];
      new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ startTime, duration }) => ({ startTime, duration })))).observe({ type: 'longtask' });
    });
  }

  /** The milliseconds of each such task that ended after the page's time `since`, shortest first. */
  async longTasks(since = 0) {
    const tasks = await this.page.evaluate(() => longTasks);
    return tasks.filter(({ startTime, duration }) => startTime + duration > since).map(({ duration }) => duration).sort((a, b) => a - b);
  }

  /** Waits until `condition`, run in the page with `arguments_`, holds; `what` says in words what is waited for. */
  async until(what, condition, { timeout = 60_000, args = [] } = {}) {
    try {
      await this.page.waitForFunction(condition, { timeout, polling: 100 }, ...args);
    } catch (error) {
      const heard = this.complaints.length > 0 ? `; the page complained: ${this.complaints.join('; ')}` : '';
      throw new Error(`Waited in vain until ${what} (${error.message})${heard}`);
    }
  }
}
