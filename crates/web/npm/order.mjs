// Puts the functions of a WebAssembly file into an order in which it is compressed better: each
// behind those that it is most like. A compressor finds what it has seen in the last 32 KiB alone,
// and the compiler's order is that of modules. Half a kilobyte of what a page loads.
//
// wasm-opt can order functions by their names. So they are named here, by a custom section after
// <https://webassembly.github.io/spec/core/appendix/custom.html#name-section>, and `build.mjs` has
// it do that and take the names away again.

import { readFileSync, writeFileSync } from "node:fs";

const MAGIC_LENGTH = 8;
const CUSTOM = 0, IMPORTS = 2, CODE = 10;
/** Kinds of imports, and how their types are encoded. */
const FUNCTION = 0, TABLE = 1, MEMORY = 2, GLOBAL = 3;
/** Pieces of code of this length are compared, in bytes. */
const GRAM = 5;
/**
 * Ways to compare. What stands at most `window` bytes before a function counts; a function of few
 * more than `short` pieces that is like others is worth less than a long one. Which way is best
 * changes with the code, by a fifth of a kilobyte.
 */
export const WAYS = [2000, 4000, 6000].flatMap((window) => [8, 20, 40].map((short) => ({ window, short })));
/** What is in order already is ordered better: each pass begins with the best of the one before. */
export const PASSES = 2;

/** Names the functions of `from` after the order in which they should stand, in `to`. */
export function nameInOrder(from, to, way) {
  const bytes = readFileSync(from);
  const { imports, bodies, sections } = parse(bytes);
  const names = [];
  for (let index = 0; index < imports; index += 1) names.push([index, name("a", index)]);
  order(bodies, way).forEach((body, rank) => names.push([imports + body, name("f", rank)]));
  names.sort(([one], [other]) => one - other);
  const map = [...number(names.length), ...names.flatMap(([index, text]) => [...number(index), ...string(text)])];
  const section = [...string("name"), 1, ...number(map.length), ...map];
  const kept = sections.filter(({ id }) => id !== CUSTOM).map(({ begin, end }) => bytes.subarray(begin, end));
  writeFileSync(to, Buffer.concat([bytes.subarray(0, MAGIC_LENGTH), ...kept, Uint8Array.from([CUSTOM, ...number(section.length), ...section])]));
}

/** The bodies' indices: the longest first, then whatever is most like what stands before. */
function order(bodies, { window, short }) {
  const known = new Map();
  const idOf = (gram) => known.get(gram) ?? (known.set(gram, known.size), known.size - 1);
  const gramsIn = (body) => Array.from({ length: Math.max(0, body.length - GRAM + 1) }, (_, at) => idOf(body.toString("latin1", at, at + GRAM)));
  const grams = bodies.map((body) => Uint32Array.from(new Set(gramsIn(body))));
  /** For each piece of code the last step at which it stood before. */
  const seen = new Uint32Array(known.size);
  const left = new Set(bodies.keys());
  const ordered = [];
  let next = [...left].reduce((longest, body) => (bodies[body].length > bodies[longest].length ? body : longest), 0);
  while (true) {
    ordered.push(next);
    left.delete(next);
    if (left.size === 0) return ordered;
    const step = ordered.length;
    for (let at = step - 1, length = 0; at >= 0 && length <= window; at -= 1) {
      for (const gram of grams[ordered[at]]) seen[gram] = step;
      length += bodies[ordered[at]].length;
    }
    let best = -1;
    for (const body of left) {
      let count = 0;
      for (const gram of grams[body]) if (seen[gram] === step) count += 1;
      const alike = count / (grams[body].length + short);
      if (alike > best) [best, next] = [alike, body];
    }
  }
}

/** How many functions are imported, the bodies of the others, and where the sections are. */
function parse(bytes) {
  let at = MAGIC_LENGTH;
  const read = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const limits = () => {
    const hasMaximum = bytes[at++] & 1;
    read();
    if (hasMaximum) read();
  };
  let imports = 0;
  const bodies = [], sections = [];
  while (at < bytes.length) {
    const begin = at;
    const id = bytes[at++];
    const length = read();
    const end = at + length;
    sections.push({ id, begin, end });
    if (id === IMPORTS) {
      for (let left = read(); left > 0; left -= 1) {
        for (let names = 2; names > 0; names -= 1) {
          const nameLength = read();
          at += nameLength;
        }
        const kind = bytes[at++];
        if (kind === FUNCTION) imports += read() >= 0;
        else if (kind === TABLE) (at += 1, limits());
        else if (kind === MEMORY) limits();
        else if (kind === GLOBAL) at += 2;
        else throw new Error(`order.mjs knows no imports of kind ${kind}`);
      }
    } else if (id === CODE) {
      for (let left = read(); left > 0; left -= 1) {
        const bodyLength = read();
        bodies.push(bytes.subarray(at, at + bodyLength));
        at += bodyLength;
      }
    }
    at = end;
  }
  return { imports, bodies, sections };
}

function name(letter, index) {
  return letter + `${index}`.padStart(6, "0");
}

function string(text) {
  return [...number(text.length), ...Buffer.from(text, "latin1")];
}

/** A number as WebAssembly has it: seven bits a byte, the lowest first (LEB128). */
function number(value) {
  return value > 0x7f ? [(value & 0x7f) | 0x80, ...number(value >>> 7)] : [value];
}
