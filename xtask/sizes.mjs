// Holds what a visitor downloads before the page can train, in brotli, against the budget.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const BUDGET = 350 * 1024;

const parts = { page: /^(index\.html|page.*\.(js|wasm)|(?!bench).*\.(css|svg))$/, worker: /^worker.*\.(js|wasm)$/ };

const dist = process.argv[2];
const brotli = (name) => {
  const bytes = readFileSync(join(dist, name));
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
};
const kib = (bytes) => `${(bytes / 1024).toFixed(1).padStart(7)} KiB`;

const names = readdirSync(dist, { recursive: true }).sort();
let total = 0;
for (const [part, pattern] of Object.entries(parts)) {
  const files = names.filter((name) => pattern.test(name));
  if (files.length === 0) throw new Error(`dist/ has no files of the ${part}`);
  const sizes = files.map(brotli);
  const sum = sizes.reduce((a, b) => a + b);
  total += sum;
  console.log(`${kib(sum)}  ${part}`);
  files.forEach((name, i) => console.log(`${kib(sizes[i])}    ${name}`));
}
console.log(`${kib(total)}  in all, of ${BUDGET / 1024} KiB allowed (brotli)`);
process.exitCode = total > BUDGET ? 1 : 0;
