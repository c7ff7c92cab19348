// Gives what modules import and export short names, in the wasm and in its script alike: those of wasm-bindgen end in sixteen random
// digits each, which no compression makes smaller.
//   node short_names.mjs WASM_OPT MODULE_bg.wasm…

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const [wasmOpt, ...modules] = process.argv.slice(2);
for (const module of modules) {
  const pass = [wasmOpt, '--minify-imports-and-exports-and-modules', module, '-o', module];
  const { imports, exports } = JSON.parse(execFileSync(process.execPath, pass, { encoding: 'utf8' }));
  const path = module.replace(/_bg\.wasm$/, '.js');
  let script = readFileSync(path, 'utf8');
  const rename = (pattern, short) => {
    if (script.search(pattern) < 0) throw new Error(`${path} has nothing like ${pattern}`);
    script = script.replaceAll(pattern, () => short);
  };
  for (const [home, name, short] of imports) {
    // The pass calls the one module that all comes from "a".
    if (script.includes(`"${home}":`)) script = script.replace(`"${home}":`, 'a:');
    rename(new RegExp(`\\b${name}\\b`, 'g'), short);
  }
  for (const [name, short] of exports) {
    const used = new RegExp(`\\bwasm\\.${name}\\b`, 'g');
    if (script.search(used) >= 0) rename(used, `wasm.${short}`);
  }
  writeFileSync(path, script);
}
