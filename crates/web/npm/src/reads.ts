/**
 * What transactions say besides changes of single keys: what they have read, and that pieces count.
 * Encoded as in `reads.rs` and `kv/format.rs`.
 */

import { ASSEMBLE, CLEAR, type EncodedChange, Writer } from "./batch.js";
import { RESERVED } from "./value.js";

const READ_KEY = 1;
const READ_PREFIX = 2;

/** Removes all pairs of the user. */
export const clearing = (): EncodedChange => ({ what: CLEAR, key: new TextEncoder().encode(RESERVED), value: undefined });

/** Makes the pieces under the prefix count. */
export const assembling = (prefix: Uint8Array): EncodedChange => ({ what: ASSEMBLE, key: prefix, value: undefined });

/** What a transaction has read. */
export function encodeReads(keys: readonly Uint8Array[], prefixes: readonly Uint8Array[]): Uint8Array {
  const all = [...keys.map((name) => [READ_KEY, name] as const), ...prefixes.map((name) => [READ_PREFIX, name] as const)];
  const writer = new Writer(all.reduce((sum, [, name]) => sum + 5 + name.length, 0));
  for (const [what, name] of all) {
    writer.byte(what);
    writer.length(name.length);
    writer.bytes(name);
  }
  return writer.done();
}
