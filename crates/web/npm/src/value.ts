/**
 * Values and keys, to bytes and back.
 *
 * ```text
 * a value:  0  1  what: 0 bytes, 1 text, 2 JSON, 3 a tree of JSON with escapes
 *           1     the bytes; the rest in UTF-8, without spaces
 * ```
 * What comes back is what went in, so what would come back different is refused: functions,
 * symbols, class instances, cycles, half characters.
 */

import { fault, reading } from "./error.js";
import type { Json, Storable, Value } from "./storable.js";
import { builtInOf, bytesOf, checkSize, describe, hasMembers, invalid, isWhole, kindOfView, read, write } from "./tree.js";

export type { Json, Storable, Value };

const BYTES = 0;
const TEXT = 1;
const JSON_TEXT = 2;
const TREE = 3;
const KEY_LENGTH_MAX = 1024;
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
export function encodeValue(value: unknown): Uint8Array {
  return reading("the value", () => tagged(value));
}

/** The value of bytes. */
export function decodeValue(bytes: Uint8Array): Value {
  const rest = bytes.subarray(1);
  try {
    switch (bytes[0]) {
      case BYTES: return rest.slice();
      case TEXT: return decoder.decode(rest);
      case JSON_TEXT: return JSON.parse(decoder.decode(rest)) as Json;
      case TREE: return read(decoder.decode(rest)) as Value;
    }
  } catch { /* told below */ }
  throw fault("Codec", "change-the-call", "a value is not as this package writes values: another program, or a later version, wrote it");
}

function tagged(value: unknown): Uint8Array {
  if (value === undefined) throw invalid("the value is undefined: put null, or delete the key");
  if (ArrayBuffer.isView(value) && kindOfView(value) === "Uint8Array" && builtInOf(value) === "Uint8Array" && !hasMembers(value)) {
    let bytes: Uint8Array | undefined;
    try {
      bytes = bytesOf(value);
    } catch { /* told by what follows */ }
    if (bytes) return tag(BYTES, bytes);
  }
  if (typeof value === "string") {
    checkSize(value.length);
    if (isWhole(value)) return tag(TEXT, encoder.encode(value));
  }
  const { text, isTree } = write(value);
  return tag(isTree ? TREE : JSON_TEXT, encoder.encode(text));
}

function tag(what: number, payload: Uint8Array): Uint8Array {
  checkSize(payload.length + 1);
  const bytes = new Uint8Array(payload.length + 1);
  bytes[0] = what;
  bytes.set(payload, 1);
  return bytes;
}
