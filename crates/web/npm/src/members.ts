/**
 * What stands twice where one is kept: members of a JSON object, keys of a `Map`, entries of a
 * `Set`. The others would be lost without a word.
 */

import { endOfString } from "./digits.js";
import { TREE_DEPTH_MAX, revive } from "./tree.js";

/** Behind what makes a string the name of a member. */
const COLON = /\s*:/y;
/** As much of a name as a message shows. */
const SHOWN_MAX = 40;

/** Refuses valid JSON in which a name stands twice in one object. */
export function checkNames(json: string): void {
  const tokens = /["{}]/g;
  /** The names in each object that is open. */
  const open: Set<string>[] = [];
  for (let found = tokens.exec(json); found; found = tokens.exec(json)) {
    if (found[0] === "{") open.push(new Set());
    else if (found[0] === "}") open.pop();
    else {
      const end = endOfString(json, found.index);
      tokens.lastIndex = COLON.lastIndex = end;
      if (COLON.test(json)) addName(open.at(-1), JSON.parse(json.slice(found.index, end)) as string);
    }
  }
}

function addName(names: Set<string> | undefined, name: string): void {
  if (names?.has(name)) throw new Error(`the name \`${name.slice(0, SHOWN_MAX)}\` stands twice in one object, which can keep one of them: give them different names`);
  names?.add(name);
}

/**
 * The value of a tree, which is used up. Refuses a `Map` or a `Set` in which something stands
 * twice.
 */
export function revived(tree: unknown): unknown {
  const count = written(tree, 0);
  const value = revive(tree, 0);
  if (kept(value) !== count) throw new Error("a `Map` or a `Set` has something in it twice, and can keep it once");
  return value;
}

/** How many entries the maps and sets of a tree are written with. */
function written(tree: unknown, depth: number): number {
  // What is deeper is refused when it is revived.
  if (typeof tree !== "object" || tree === null || depth > TREE_DEPTH_MAX) return 0;
  const all = (parts: object): number => sum(Object.values(parts), (part) => written(part, depth + 1));
  if (!Object.hasOwn(tree, "$")) return all(tree);
  const { $: kind, of } = tree as { $: unknown; of?: unknown };
  if (typeof of !== "object" || of === null) return 0;
  return (kind === "Map" || kind === "Set") && Array.isArray(of) ? of.length + all(of) : all(of);
}

/** How many entries the maps and sets of a value have. */
function kept(value: unknown): number {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return 0;
  if (value instanceof Map) return value.size + sum(value, ([key, part]) => kept(key) + kept(part));
  if (value instanceof Set) return value.size + sum(value, kept);
  return sum(Object.values(value), kept);
}

function sum<T>(parts: Iterable<T>, count: (part: T) => number): number {
  let all = 0;
  for (const part of parts) all += count(part);
  return all;
}
