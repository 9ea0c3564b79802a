/**
 * Values and keys, to bytes and back.
 *
 * ```text
 * a value:  0  1  what: 0 bytes, 1 text, 2 JSON
 *           1     the bytes; the text in UTF-8; the JSON in UTF-8, without spaces
 * ```
 * What comes back is what went in, so what would come back different is refused: half characters, infinite numbers, a `Map`.
 */

import { fault } from "./error.js";

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json | undefined };

/** What a key can have: bytes, text, or anything that JSON can say. */
export type Value = Uint8Array | Json;

const BYTES = 0;
const TEXT = 1;
const JSON_TEXT = 2;
const KEY_LENGTH_MAX = 1024;
const VALUE_LENGTH_MAX = 64 << 20;
/** Keys that begin with this are the package's own. */
export const RESERVED = "\0steadfast/";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of a key that a user gave. */
export function encodeKey(key: string): Uint8Array {
  const bytes = encodePrefix(key, "a key");
  if (bytes.length === 0) throw fault("InvalidKey", "change-the-call", "a key has at least one character");
  if (bytes.length > KEY_LENGTH_MAX) {
    throw fault("TooLarge", "change-the-call", `the key is ${bytes.length} bytes long, the most is ${KEY_LENGTH_MAX}`);
  }
  if (key.startsWith(RESERVED)) {
    throw fault("InvalidKey", "change-the-call", "keys that begin with \\0steadfast/ are the package's own");
  }
  return bytes;
}

/** The bytes of a prefix: as a key, but it may be empty. */
export function encodePrefix(prefix: string, what = "a prefix"): Uint8Array {
  if (typeof prefix !== "string") {
    throw fault("InvalidKey", "change-the-call", `${what} is a string, not ${describe(prefix)}`);
  }
  if (!isWhole(prefix)) throw fault("InvalidKey", "change-the-call", `${what} holds half a character (a lone surrogate)`);
  return encoder.encode(prefix);
}

/** The text of a key. */
export function decodeKey(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw fault("Codec", "change-the-call", "the database has a key that is no text: another program wrote it");
  }
}

/** The bytes of a value. */
export function encodeValue(value: Value): Uint8Array {
  const bytes = tagged(value);
  if (bytes.length > VALUE_LENGTH_MAX) {
    throw fault("TooLarge", "change-the-call", `the value is ${bytes.length} bytes long, the most is ${VALUE_LENGTH_MAX}`);
  }
  return bytes;
}

/** The value of bytes. */
export function decodeValue(bytes: Uint8Array): Value {
  const rest = bytes.subarray(1);
  try {
    switch (bytes[0]) {
      case BYTES: return rest.slice();
      case TEXT: return decoder.decode(rest);
      case JSON_TEXT: return JSON.parse(decoder.decode(rest)) as Json;
    }
  } catch { /* told below */ }
  throw fault("Codec", "change-the-call", "a value is neither bytes nor text nor JSON: another program wrote it");
}

function tagged(value: Value): Uint8Array {
  if (value instanceof Uint8Array) return tag(BYTES, value);
  if (typeof value === "string") {
    if (!isWhole(value)) throw fault("InvalidValue", "change-the-call", "the text holds half a character (a lone surrogate)");
    return tag(TEXT, encoder.encode(value));
  }
  return tag(JSON_TEXT, encoder.encode(toJson(value)));
}

function tag(what: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(payload.length + 1);
  bytes[0] = what;
  bytes.set(payload, 1);
  return bytes;
}

/** The value as JSON, if JSON can say all of it. */
export function toJson(value: unknown): string {
  check(value, "the value", new Set());
  return JSON.stringify(value);
}

function check(value: unknown, where: string, above: Set<object>): void {
  switch (typeof value) {
    case "string": case "boolean": return;
    case "number":
      if (Number.isFinite(value)) return;
      break;
    case "object":
      if (value === null) return;
      if (above.has(value)) throw fault("InvalidValue", "change-the-call", `${where} contains itself`);
      if (Array.isArray(value) || isPlain(value)) {
        above.add(value);
        // Index by index: a hole in an array is not an entry, and JSON has none.
        if (Array.isArray(value)) for (let at = 0; at < value.length; at += 1) check(value[at], `${where}[${at}]`, above);
        else for (const [name, part] of Object.entries(value)) if (part !== undefined) check(part, `${where}.${name}`, above);
        above.delete(value);
        return;
      }
  }
  throw fault("InvalidValue", "change-the-call", `${where} is ${describe(value)}: a value is a Uint8Array, a string, or what JSON can say`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Also an object from another window, whose `Object` is another one.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) return `a ${value.constructor?.name ?? "strange object"}`;
  return typeof value === "number" || value === undefined ? String(value) : `a ${typeof value}`;
}

/** Whether every surrogate has its other half. */
function isWhole(text: string): boolean {
  // A new one of the language, which need not look at each character of most texts.
  return (text as { isWellFormed?: () => boolean }).isWellFormed?.() ?? !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
