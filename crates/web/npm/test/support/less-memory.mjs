// The engine's WebAssembly with a limit to its memory, as a small device has one.

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const MEMORY = 5;
const PAGE = 65536;

/** Writes a copy of `dist/NAME` whose memory is so long at most, in bytes. */
export async function limitMemory(name, most, to) {
  const bytes = await readFile(fileURLToPath(new URL(`../../dist/${name}`, import.meta.url)));
  const parts = [bytes.subarray(0, 8)];
  let isDone = false;
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at];
    const [length, start] = number(bytes, at + 1);
    let section = bytes.subarray(start, start + length);
    at = start + length;
    if (id === MEMORY) {
      // One memory: its flags, and how long it is at first.
      const [least] = number(section, 2);
      section = Buffer.from([1, 1, ...encoded(least), ...encoded(Math.floor(most / PAGE))]);
      isDone = true;
    }
    parts.push(Buffer.from([id, ...encoded(section.length)]), section);
  }
  if (!isDone) throw new Error(`${name} has no memory`);
  await writeFile(to, Buffer.concat(parts));
}

function number(bytes, at) {
  let value = 0;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at];
    at += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function encoded(value) {
  return value > 0x7f ? [(value & 0x7f) | 0x80, ...encoded(value >>> 7)] : [value];
}
