// Holds the programs and styles that a visitor downloads before the first figure of a page is alive, in brotli, against the page's
// budget. The texts of the built-in world are data, as a visitor's own would be: their size is said beside.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const styles = (...names) => new RegExp(`^styles/(${names.join('|')})\\.css$`);
// A worker may be there twice: a visitor downloads one of the two, here the heavier.
const module = (name) => new RegExp(`^${name}(_fused)?(_bg)?\\.(js|wasm)$`);
const twin = (name) => (name.includes('_fused') ? name.replace('_fused', '') : name.replace(/(_bg)?\.(js|wasm)$/, '_fused$1.$2'));
const SHARED = [/^favicon\.svg$/, /^worker_boot\.js$/];

const PAGES = {
  'the road': { budget: 20, files: [/^index\.html$/, styles('base', 'layout', 'chapter')] },
  'n-grams': {
    budget: 300,
    files: [/^ngrams\.html$/, /^chapter\.js$/, module('ngrams'), module('ngrams_worker'), ...SHARED, styles('base', 'layout', 'controls', 'figures', 'chapter', 'desk', 'lines', 'ngrams_.*')],
  },
  'word vectors': {
    budget: 300,
    files: [/^words\.html$/, /^chapter\.js$/, module('words'), module('words_worker'), ...SHARED, styles('base', 'layout', 'controls', 'figures', 'chapter', 'desk', 'lines', 'words')],
  },
  pretraining: {
    // Why it is more than elsewhere: docs/LOG.md, 2026-12-01.
    budget: 500,
    files: [/^pretraining\.html$/, /^chapter\.js$/, module('pretraining'), module('pretraining_worker'), ...SHARED, styles('base', 'layout', 'controls', 'figures', 'chapter', 'desk', 'lines', 'shelf', 'learning', 'looks')],
  },
  tuning: {
    budget: 450,
    files: [/^tuning\.html$/, /^chapter\.js$/, module('tuning'), module('post_training_worker'), ...SHARED, styles('base', 'layout', 'controls', 'figures', 'chapter', 'desk', 'lines', 'shelf', 'learning', 'looks', 'tuning')],
  },
  'the workshop': {
    budget: 450,
    files: [/^workshop\.html$/, module('workshop'), module('model_worker'), ...SHARED, styles('base', 'layout', 'controls', 'figures', 'shelf')],
  },
};

const dist = process.argv[2];
const names = readdirSync(dist, { recursive: true }).sort();
const brotli = (name) => {
  const bytes = readFileSync(join(dist, name));
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
};
const kib = (bytes) => `${(bytes / 1024).toFixed(1).padStart(7)} KiB`;

for (const [page, { budget, files }] of Object.entries(PAGES)) {
  const missing = files.filter((pattern) => !names.some((name) => pattern.test(name)));
  if (missing.length > 0) throw new Error(`dist/ has nothing like ${missing.join(', ')}`);
  const all = names.filter((name) => files.some((pattern) => pattern.test(name)));
  // Of two that are as heavy, the plain one.
  const weight = (name) => brotli(name) - (name.includes('_fused') ? 0.5 : 0);
  const isLighter = (name) => twin(name) !== name && all.includes(twin(name)) && weight(name) < weight(twin(name));
  const loaded = all.filter((name) => !isLighter(name));
  const sizes = loaded.map(brotli);
  const total = sizes.reduce((a, b) => a + b);
  console.log(`${kib(total)}  ${page}, of ${budget} KiB allowed (brotli)`);
  loaded.forEach((name, i) => console.log(`${kib(sizes[i])}    ${name}`));
  if (total > budget * 1024) process.exitCode = 1;
}
const world = names.filter((name) => /^world\/.*\.txt$/.test(name));
console.log(`${kib(world.map(brotli).reduce((a, b) => a + b))}  the built-in world's texts`);
