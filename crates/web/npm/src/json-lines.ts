/**
 * JSON Lines: an object `{"key":…,"value":…}` on each line, as `steadfast export` writes them and `steadfast import` reads them.
 *
 * Text is a JSON string, JSON is itself, and bytes stand in `value_base64`. Sorted by key, so the same contents give the same lines.
 */

import { fault } from "./error.js";
import { type Json, type Value, encodeKey, encodeValue, toJson } from "./value.js";
import type { EncodedChange } from "./batch.js";

/** The lines of these pairs. */
export function toLines(pairs: readonly (readonly [string, Value])[]): string {
  return pairs.map(([key, value]) => `${toLine(key, value)}\n`).join("");
}

function toLine(key: string, value: Value): string {
  if (value instanceof Uint8Array) return `{"key":${JSON.stringify(key)},"value_base64":"${toBase64(value)}"}`;
  return `{"key":${JSON.stringify(key)},"value":${toJson(value)}}`;
}

/** The changes that lines ask for. */
export function fromLines(text: string): EncodedChange[] {
  const changes: EncodedChange[] = [];
  text.replace(/^\uFEFF/, "").split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    try {
      changes.push(fromLine(line));
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw fault("Codec", "change-the-call", `line ${index + 1}: ${reason}; nothing was imported`);
    }
  });
  return changes;
}

function fromLine(line: string): EncodedChange {
  const record: unknown = JSON.parse(line);
  const example = 'a record looks like {"key": "planet", "value": "Mars"}';
  if (typeof record !== "object" || record === null || Array.isArray(record)) throw new Error(`not an object; ${example}`);
  const strange = Object.keys(record).find((name) => !["key", "value", "value_base64"].includes(name));
  if (strange !== undefined) throw new Error(`\`${strange}\` means nothing here; ${example}`);
  const { key, value, value_base64: base64 } = record as { key?: unknown; value?: Json; value_base64?: unknown };
  if (typeof key !== "string") throw new Error(`no \`key\`; ${example}`);
  if ((value === undefined) === (base64 === undefined)) throw new Error(`not one of \`value\` and \`value_base64\`; ${example}`);
  return { key: encodeKey(key), value: encodeValue(value === undefined ? fromBase64(base64) : value) };
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  // As many at a time as a call can have arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function fromBase64(text: unknown): Uint8Array {
  try {
    if (typeof text === "string") return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch { /* told below */ }
  throw new Error("`value_base64` is not base64");
}
