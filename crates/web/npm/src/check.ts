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

/** Refuses what is neither a file nor a stream. */
export function checkSource(what: string, value: unknown): void {
  if (!(value instanceof Blob || value instanceof ReadableStream)) throw wrong(what, "a Blob, a File or a ReadableStream", value);
}

/** Refuses what gives out neither text nor bytes. */
export function checkLines(what: string, value: unknown): void {
  const parts = value as (Iterable<unknown> & AsyncIterable<unknown>) | null | undefined;
  const isMade = typeof parts?.[Symbol.asyncIterator] === "function" || typeof parts?.[Symbol.iterator] === "function" && !ArrayBuffer.isView(value);
  if (!(typeof value === "string" || isMade || value instanceof Blob || value instanceof ReadableStream)) throw wrong(what, "a Blob or File, a string, a ReadableStream, or something that gives out strings or bytes", value);
}

/** Refuses what is no object of options. */
export function checkOptions(value: unknown): void {
  if (typeof value !== "object" || value === null) throw wrong("the options", "an object", value);
}

/** Refuses what cannot be gone through. */
export function checkIterable(what: string, value: unknown): void {
  if (typeof (value as Iterable<unknown> | undefined)?.[Symbol.iterator] !== "function" || typeof value === "string") throw wrong(what, "an array or another iterable", value);
}
