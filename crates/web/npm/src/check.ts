/**
 * Arguments that are not what they should be are refused by name: not every program is in
 * TypeScript.
 *
 * What comes from another window is of its classes. So the browser's objects are known by their
 * tags, which all windows share.
 */

import { type SteadfastError, reading } from "./error.js";
import { describe, invalid } from "./tree.js";

/** The error of an argument: what it must be, and what it is. */
export function wrong(what: string, must: string, is: unknown): SteadfastError {
  return invalid(`${what} must be ${must}, and is ${describe(is)}`);
}

/** What a browser calls the kind of thing that it is. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Whether it is a URL as an object. */
export function isUrl(value: unknown): value is URL {
  return tagOf(value) === "URL";
}

/** Refuses what is no function. */
export function checkFunction(what: string, value: unknown): void {
  if (typeof value !== "function") throw wrong(what, "a function", value);
}

/** What an iterable gives. */
export function listOf<T>(what: string, value: Iterable<T>): T[] {
  return reading(what, () => {
    if (typeof value === "string" || typeof (value as Iterable<T> | undefined)?.[Symbol.iterator] !== "function") throw wrong(what, "an array or another iterable", value);
    return [...value];
  });
}

/**
 * The options of these names, each read once. A misspelt one is refused: without it, the data would
 * be stored in another way than the program says.
 */
export function optionsOf<T extends object, N extends keyof T & string>(options: T, names: readonly N[]): Pick<T, N> {
  if (typeof options !== "object" || options === null) throw wrong("the options", "an object", options);
  return reading("the options", () => {
    const unknown = Object.keys(options).find((name) => !names.includes(name as N));
    if (unknown !== undefined) throw invalid(`there is no option \`${unknown.slice(0, 40)}\`: there are ${names.join(", ")}`);
    return Object.fromEntries(names.map((name) => [name, options[name]]));
  }) as Pick<T, N>;
}

/** How many of what is found shall be given; `most` where nobody says. */
export function limitOf(limit: number | undefined, most: number): number {
  if (limit === undefined || limit === Infinity) return most;
  if (Number.isInteger(limit) && limit >= 0) return Math.min(limit, most);
  throw wrong("the limit", "a whole number, at least 0", limit);
}
