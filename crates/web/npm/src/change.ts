/**
 * Changes, as users write them and hear of them.
 */

import type { EncodedChange } from "./batch.js";
import { type SteadfastError, fault } from "./error.js";
import { describe, invalid } from "./tree.js";
import { type Value, decodeKey, decodeValue, encodeKey, encodeValue } from "./value.js";

/**
 * A change: the key shall have the value, or be absent. A deletion is always said: a value that is
 * missing is a mistake.
 *
 * `Change` alone takes a value of any type, which is checked when it is given to `batch`; a
 * `Change<Note>` is checked by its type as well.
 */
export type Change<T = unknown> =
  | { key: string; value: T; delete?: undefined }
  | { key: string; delete: true; value?: undefined };

const NAMES = ["key", "value", "delete"];
const EXAMPLES = "a change is { key, value } or { key, delete: true }";

/** A change that a user gave. */
export function encodeChange(change: Change): EncodedChange {
  if (typeof change !== "object" || change === null) throw invalid(`${EXAMPLES}, not ${describe(change)}`);
  const strange = Object.keys(change).find((name) => !NAMES.includes(name));
  if (strange !== undefined) throw invalid(`a change has no member \`${strange.slice(0, 40)}\`: ${EXAMPLES}`);
  const { key: name, value, delete: deletes } = change;
  const key = encodeKey(name);
  if (deletes === true && value === undefined) return { key, value: undefined };
  if (deletes !== undefined || value === undefined) {
    throw invalid(`the change of \`${name.slice(0, 40)}\` has ${deletes === undefined ? "no value" : "a strange `delete`"}: ${EXAMPLES}`);
  }
  try {
    return { key, value: encodeValue(value) };
  } catch (thrown) {
    // Of many changes it is that one.
    const { kind, remedy, message } = thrown as SteadfastError;
    throw fault(kind, remedy, `the change of \`${name.slice(0, 40)}\`: ${message}`);
  }
}

/** A change that a subscriber hears of. It can be given to `batch` as it is. */
export function decodeChange({ key, value }: EncodedChange): Change<Value> {
  return value ? { key: decodeKey(key), value: decodeValue(value) } : { key: decodeKey(key), delete: true };
}
