/**
 * Arguments that are not what they should be are refused by name: not every program is in
 * TypeScript.
 */

import { type SteadfastError, fault } from "./error.js";

/** The error of an argument: what it must be, and what it is. */
export function wrong(what: string, must: string, is: unknown): SteadfastError {
  const found = is === null ? "null" : typeof is === "object" ? `a ${is.constructor?.name ?? "strange object"}` : typeof is === "undefined" ? "undefined" : `a ${typeof is}`;
  return fault("InvalidValue", "change-the-call", `${what} must be ${must}, and is ${found}`);
}

/** Refuses what is no function. */
export function checkFunction(what: string, value: unknown): void {
  if (typeof value !== "function") throw wrong(what, "a function", value);
}

/** Refuses what is no file. */
export function checkBlob(what: string, value: unknown): void {
  if (!(value instanceof Blob)) throw wrong(what, "a Blob or File", value);
}

/** Refuses what is no object of options. */
export function checkOptions(value: unknown): void {
  if (typeof value !== "object" || value === null) throw wrong("the options", "an object", value);
}

/** Refuses what cannot be gone through. */
export function checkIterable(what: string, value: unknown): void {
  if (typeof (value as Iterable<unknown> | undefined)?.[Symbol.iterator] !== "function" || typeof value === "string") throw wrong(what, "an array or another iterable", value);
}
