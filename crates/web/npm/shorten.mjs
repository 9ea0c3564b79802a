// wasm-bindgen gives every import and closure a name with a hash, which stands in the script and
// in the WebAssembly and cannot be compressed. Short names instead: 4 kB.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const NAMES = /__wbg_\w+?_[0-9a-f]{16}\b|\bwasm_bindgen_[0-9a-f]{16}\w+/g;
/** What the script calls in the WebAssembly, and what the WebAssembly imports without a hash. */
const PLAIN = /(?<=\bwasm\.)(?:__wbindgen|__externref|__wbg|engine|replacing)_\w+|(?<=^ *)__wb\w+(?=: )/gm;
const GENERIC = /^ {8}(__wbindgen_generic_[0-9a-f]{16}): function(.*?^ {8}\})/gms;
/** The sections of WebAssembly that have names of imports and exports. */
const IMPORTS = 2, EXPORTS = 7;
/** What stands before the first section: the magic number and the version. */
const HEADER_LENGTH = 8;

/** What the WebAssembly of an engine calls its script: the last letter of the engine's name. */
export const scriptOf = (name) => name.at(-1);

/**
 * Renames in the script and the WebAssembly of every engine, which must belong together. A name is
 * the same in all of them: scripts that are alike are compressed better in one file.
 */
export function shorten(engines) {
  const generics = engines.map(({ script }) => nameGenerics(readFileSync(script, "latin1")));
  const texts = engines.map(({ script }, engine) => [...generics[engine]].reduce((text, [name, to]) => text.replaceAll(name, to), readFileSync(script, "latin1")));
  const names = shortNames(texts, NAMES, "kqxz");
  engines.forEach(({ name, script, wasm }, engine) => {
    writeFileSync(script, rename(texts[engine], names), "latin1");
    renameIn(wasm, [[`./${name}_bg.js`, scriptOf(name)], ...generics[engine], ...names]);
  });
}

/**
 * Renames the rest, in the scripts that were made of those of all engines. What none of them calls
 * is exported no more.
 */
export function shortenRest(scripts, wasms) {
  const texts = scripts.map((script) => readFileSync(script, "latin1"));
  const names = shortNames(texts, PLAIN, "wy");
  const short = new Map(names);
  scripts.forEach((script, index) => writeFileSync(script, texts[index].replaceAll(PLAIN, (name) => short.get(name)), "latin1"));
  const called = new Set(texts.flatMap((text) => [...text.matchAll(/\bwasm\.(\w+)/g)].map(([, name]) => short.get(name) ?? name)));
  for (const wasm of wasms) renameIn(wasm, names, (name) => name === "memory" || called.has(name));
}

/** The names that the texts have and what they become: two characters, which none of them has. */
function shortNames(texts, pattern, letters) {
  const names = [...new Set(texts.flatMap((text) => text.match(pattern) ?? []))].sort((a, b) => b.length - a.length);
  return names.map((name, index) => {
    const short = `${letters[Math.floor(index / 36)]}${(index % 36).toString(36)}`;
    if (index >= letters.length * 36 || texts.some((text) => new RegExp(`\\b${short}\\b`).test(text))) throw new Error(`there is no short name for ${name}: ${short}`);
    return [name, short];
  });
}

const rename = (text, names) => names.reduce((text, [name, to]) => text.replaceAll(name, to), text);

/** Renames what the WebAssembly imports and exports, and takes exports away. */
function renameIn(wasm, names, isKept = () => true) {
  const code = readFileSync(wasm, "latin1");
  const strings = names.map((pair) => pair.map(string));
  let renamed = code.slice(0, HEADER_LENGTH);
  for (let at = HEADER_LENGTH; at < code.length;) {
    const id = code.charCodeAt(at);
    const [length, start] = number(code, at + 1);
    at = start + length;
    let section = code.slice(start, at);
    if (id === IMPORTS || id === EXPORTS) section = rename(section, strings);
    if (id === EXPORTS) section = only(section, isKept);
    renamed += String.fromCharCode(id) + string(section);
  }
  writeFileSync(wasm, renamed, "latin1");
}

/** The exports that are kept. Each has a name, a kind of one byte and an index. */
function only(section, isKept) {
  const kept = [];
  let [count, at] = number(section, 0);
  for (; count > 0; count -= 1) {
    const [length, start] = number(section, at);
    const [, end] = number(section, start + length + 1);
    if (isKept(section.slice(start, start + length))) kept.push(section.slice(at, end));
    at = end;
  }
  return bytes(kept.length) + kept.join("");
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
