// wasm-bindgen gives every import and closure a name with a hash, which stands in the script and
// in the WebAssembly and cannot be compressed. Short names instead: 4 kB.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const NAMES = /__wbg_\w+?_[0-9a-f]{16}\b|\bwasm_bindgen_[0-9a-f]{16}\w+/g;
const GENERIC = /^ {8}(__wbindgen_generic_[0-9a-f]{16}): function(.*?^ {8}\})/gms;
/** The sections of WebAssembly that have names of imports and exports. */
const IMPORTS = 2, EXPORTS = 7;
/** What stands before the first section: the magic number and the version. */
const HEADER_LENGTH = 8;

/**
 * Renames in the script and the WebAssembly of every engine, which must belong together. A name is
 * the same in all of them: scripts that are alike are compressed better in one file.
 */
export function shorten(engines) {
  const generics = engines.map(({ script }) => nameGenerics(readFileSync(script, "latin1")));
  const texts = engines.map(({ script }, engine) => [...generics[engine]].reduce((text, [name, to]) => text.replaceAll(name, to), readFileSync(script, "latin1")));
  const names = [...new Set(texts.flatMap((text) => text.match(NAMES) ?? []))].sort((a, b) => b.length - a.length);
  const short = (index) => `i${index}`;
  engines.forEach(({ script, wasm }, engine) => {
    writeFileSync(script, names.reduce((glue, name, index) => glue.replaceAll(name, short(index)), texts[engine]), "latin1");
    const code = readFileSync(wasm, "latin1");
    let renamed = code.slice(0, HEADER_LENGTH);
    for (let at = HEADER_LENGTH; at < code.length;) {
      const id = code.charCodeAt(at);
      const [length, start] = number(code, at + 1);
      at = start + length;
      let section = code.slice(start, at);
      if (id === IMPORTS || id === EXPORTS) {
        for (const [name, to] of generics[engine]) section = section.replaceAll(string(name), string(to));
        names.forEach((name, index) => {
          section = section.replaceAll(string(name), string(short(index)));
        });
      }
      renamed += String.fromCharCode(id) + string(section);
    }
    writeFileSync(wasm, renamed, "latin1");
  });
}

/**
 * The functions that wasm-bindgen only numbers have another number in each engine: here they are
 * named after what they do.
 */
function nameGenerics(text) {
  const named = new Map();
  for (const [, name, body] of text.matchAll(GENERIC)) named.set(name, `__wbg_generic_${createHash("sha256").update(body.replaceAll(/^ *\/\/.*$/gm, "")).digest("hex").slice(0, 16)}`);
  return named;
}

/** A string as WebAssembly has it, behind its length. */
function string(text) {
  return bytes(text.length) + text;
}

/** A number as WebAssembly has it: seven bits a byte, the lowest first (LEB128). */
function bytes(number) {
  const low = number & 0x7f;
  return number > 0x7f ? String.fromCharCode(low | 0x80) + bytes(number >>> 7) : String.fromCharCode(low);
}

/** The number at `at`, and where it ends. */
function number(code, at) {
  const byte = code.charCodeAt(at);
  if (byte < 0x80) return [byte, at + 1];
  const [high, end] = number(code, at + 1);
  return [(byte & 0x7f) + high * 0x80, end];
}
