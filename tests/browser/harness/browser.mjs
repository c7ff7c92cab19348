// How each browser is started.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';

/** Starts `chromium` or `firefox`, headless; `gpu`: whether pages find WebGPU (in Chromium on a software adapter). */
export function launch({ browser, gpu, profile }) {
  const common = { headless: true, userDataDir: profile, protocolTimeout: 20 * 60_000 };
  if (browser === 'firefox') {
    const prefs = { 'dom.webgpu.enabled': gpu, 'gfx.webgpu.ignore-blocklist': gpu };
    return puppeteer.launch({ ...common, browser, executablePath: find('firefox', 'firefox-esr'), extraPrefsFirefox: prefs });
  }
  const args = ['--no-sandbox', '--no-first-run', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  if (gpu) args.push('--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader');
  else args.push('--disable-features=WebGPU', '--disable-gpu');
  return puppeteer.launch({ ...common, args, executablePath: find('chromium', 'google-chrome', 'chrome') });
}

function find(...names) {
  for (const folder of process.env.PATH.split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not in this folder.
      }
    }
  }
  throw new Error(`None of ${names.join(', ')} is on the PATH: cargo xtask test installs what the tests need.`);
}
