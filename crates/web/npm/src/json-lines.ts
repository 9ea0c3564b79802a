/**
 * JSON Lines: an object `{"key":…,"value":…}` on each line, as `steadfast export` writes them and `steadfast import` reads them.
 *
 * Text is a JSON string, JSON is itself, bytes stand in `value_base64`, and what JSON cannot say stands in `value_typed` as the tree that is
 * stored (`tree.ts`). Sorted by key, so the same contents give the same lines.
 */

import type { EncodedChange } from "./batch.js";
import { fromBase64, toBase64 } from "./base64.js";
import { checkDigits } from "./digits.js";
import { fault } from "./error.js";
import { revive, write } from "./tree.js";
import { type Value, encodeKey, encodeValue } from "./value.js";

const LINE_FEED = 0x0a;
const VALUES = ["value", "value_base64", "value_typed"];
const EXAMPLE = 'a record looks like {"key": "planet", "value": "Mars"}';

/** The line of a pair. */
export function toLine(key: string, value: Value): string {
  const start = `{"key":${JSON.stringify(key)},"value`;
  if (value instanceof Uint8Array) return `${start}_base64":"${toBase64(value)}"}\n`;
  const { text, isTree } = write(value);
  return `${start}${isTree ? "_typed" : ""}":${text}}\n`;
}

/** The changes that lines ask for. */
export async function fromLines(source: Blob | string): Promise<EncodedChange[]> {
  const changes: EncodedChange[] = [];
  let number = 0;
  for (const line of typeof source === "string" ? textLines(source) : blobLines(new Uint8Array(await source.arrayBuffer()))) {
    number += 1;
    try {
      const text = line();
      if (text.trim() !== "") changes.push(fromLine(text));
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw fault("Codec", "change-the-call", `line ${number}: ${reason}; nothing was imported`);
    }
  }
  return changes;
}

function* textLines(text: string): Iterable<() => string> {
  for (const line of text.replace(/^\uFEFF/, "").split("\n")) yield () => line;
}

/** Line by line: what is no UTF-8 is an error with its line, and no string need hold all of it. */
function* blobLines(bytes: Uint8Array): Iterable<() => string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, at);
    const line = bytes.subarray(at, end < 0 ? bytes.length : end);
    const isFirst = at === 0;
    yield () => {
      try {
        const text = decoder.decode(line);
        return isFirst ? text.replace(/^\uFEFF/, "") : text;
      } catch {
        throw new Error("it is not UTF-8: save the file as UTF-8");
      }
    };
    at += line.length + 1;
  }
}

function fromLine(line: string): EncodedChange {
  const record: unknown = JSON.parse(line);
  if (typeof record !== "object" || record === null || Array.isArray(record)) throw new Error(`not an object; ${EXAMPLE}`);
  const { key, ...values } = record as Record<string, unknown>;
  const names = Object.keys(values);
  const strange = names.find((name) => !VALUES.includes(name));
  if (strange !== undefined) throw new Error(`\`${strange.slice(0, 40)}\` means nothing here; ${EXAMPLE}`);
  if (typeof key !== "string") throw new Error(`no \`key\`; ${EXAMPLE}`);
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`not one of \`${VALUES.join("`, `")}\`; ${EXAMPLE}`);
  checkDigits(line);
  return { key: encodeKey(key), value: encodeValue(valueIn(name, values[name])) };
}

function valueIn(name: string, written: unknown): unknown {
  switch (name) {
    case "value_base64": return fromBase64(written);
    case "value_typed": return revive(written, 0);
  }
  return written;
}
