// wasm-bindgen gives every import and closure a name with a hash, which stands in the script and in the WebAssembly and cannot be compressed. Names of
// the same length that can: 3 kB.

import { readFileSync, writeFileSync } from "node:fs";

const NAMES = /__wbg_\w+?_[0-9a-f]{16}\b|\bwasm_bindgen_[0-9a-f]{16}\w+/g;

/** Renames in both files, which must belong together. */
export function shorten(script, wasm) {
  const text = readFileSync(script, "latin1");
  const names = [...new Set(text.match(NAMES))].sort((a, b) => b.length - a.length);
  let code = readFileSync(wasm, "latin1");
  let glue = text;
  names.forEach((name, index) => {
    const short = `i${index}`.padEnd(name.length, "_");
    glue = glue.replaceAll(name, short);
    code = code.replaceAll(name, short);
  });
  writeFileSync(script, glue, "latin1");
  writeFileSync(wasm, code, "latin1");
}
