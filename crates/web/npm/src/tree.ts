/**
 * Values as text: JSON, and where JSON cannot say all of it, a tree of JSON in which the rest is
 * escaped.
 *
 * ```text
 * {"$":"undefined"}                 {"$":"Map","of":[[key,value],…]}
 * {"$":"number","of":"NaN"}         {"$":"Set","of":[entry,…]}
 * {"$":"bigint","of":"12"}          {"$":"ArrayBuffer","of":"base64"}, and every view
 * {"$":"Date","of":1700000000000}   {"$":"object","of":{…}}, an object with a member `$`
 * ```
 * A `Date` that is invalid has `null`. All else is as in JSON, with `-0` as JSON writes it.
 *
 * Text is all that is made, in one walk and at once: the caller may change its object as soon as
 * `put` returns.
 */

import { fromBase64, toBase64 } from "./base64.js";
import { type SteadfastError, fault } from "./error.js";

/** Both walks recurse: this deep fits into the stack of every browser. */
const DEPTH_MAX = 1000;
/** A `Map` in a tree is four levels deep. */
export const TREE_DEPTH_MAX = 5 * DEPTH_MAX;
const VALUE_LENGTH_MAX = 64 << 20;
/** A typed array that is longer is not searched for members of its own. */
const LOOKED_THROUGH_MAX = 1000;
const OWN_MEMBERS = ["has members of its own, which would not come back", "put an object with both"] as const;
/** As much of a place as a message shows. */
const SHOWN_MAX = 60;

/** A value's text, and whether it is an escaped tree. */
export interface Text { text: string; isTree: boolean }

/** The text of a value. */
export function write(value: unknown): Text {
  const writer = new Writer(false);
  const text = writer.write(value);
  if (!writer.isTree || !writer.hasMark) return { text, isTree: writer.isTree };
  return { text: new Writer(true).write(value), isTree: true };
}

/** Refuses a value. */
export function invalid(sentence: string): SteadfastError {
  return fault("InvalidValue", "change-the-call", sentence);
}

/**
 * Refuses a value of at least so many bytes. Called with each part of a value, so that one that is
 * far too long does not keep the page busy until all of it is written.
 */
export function checkSize(length: number): void {
  if (length > VALUE_LENGTH_MAX) throw fault("TooLarge", "change-the-call", `the value is at least ${length} bytes long, the most is ${VALUE_LENGTH_MAX}`);
}

/** What something is, for a message. */
export function describe(value: unknown): string {
  if (value === undefined || value === null || typeof value === "number") return String(value);
  let name: string = typeof value;
  if (name === "object") {
    name = "strange object";
    try {
      // An object without a class, or whose class cannot be read, stays strange.
      name = String((value as object).constructor.name).slice(0, SHOWN_MAX) || name;
    } catch { /* as above */ }
  }
  return `${/^[aeio]/i.test(name) ? "an" : "a"} ${name}`;
}

/** Whether every surrogate has its other half. */
export function isWhole(text: string): boolean {
  // A new one of the language, which need not look at each character of most texts.
  return (text as { isWellFormed?: () => boolean }).isWellFormed?.() ?? !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

/** What every typed array inherits from. */
const TYPED = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;

/** The name of its class, whatever its prototype and its own members say. */
const viewName = (value: object) => Reflect.get(TYPED, Symbol.toStringTag, value) as string | undefined;

/** The name of a view's class. */
export function kindOfView(view: ArrayBufferView): string {
  return viewName(view) ?? "DataView";
}

const builtIns = new WeakMap<object, string>();

/**
 * The name of the built-in class whose instance it is, be it another window's; "" of any other
 * class, `undefined` where there is no class.
 */
export function builtInOf(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return undefined;
  let name = builtIns.get(prototype);
  if (name === undefined) builtIns.set(prototype, name = nameOfBuiltIn(prototype));
  return name;
}

function nameOfBuiltIn(prototype: object): string {
  const made = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value as (Function & { prototype: unknown }) | undefined;
  if (typeof made !== "function" || made.prototype !== prototype) return "";
  // Node's, also as bundlers bring it along: bytes, as structured clone sees it.
  if (made.name === "Buffer" && Object.hasOwn(prototype, "readUInt8")) return "Uint8Array";
  // All of it: a comment in a class of a program may say the same.
  return /^function (\w+)\(\) \{\s*\[native code\]\s*\}$/.exec(Function.prototype.toString.call(made))?.[1] ?? "";
}

/** Reads what a built-in class keeps in its instances, and throws where it is none of them. */
const SLOTS: Record<string, (value: object) => unknown> = {
  Map: (value) => [...Map.prototype.entries.call(value)],
  Set: (value) => [...Set.prototype.values.call(value)],
  Date: (value) => Date.prototype.getTime.call(value),
  ArrayBuffer: (value) => Reflect.get(ArrayBuffer.prototype, "byteLength", value),
  Blob: (value) => Reflect.get(Blob.prototype, "size", value),
};

/** What the class of that name has made; `undefined` where it was another class, or none. */
function slotsOf(kind: string, value: object): unknown {
  try {
    return SLOTS[kind]!(value);
  } catch {
    return undefined;
  }
}

/**
 * Whether what looks like a plain object was made by a built-in class. Each look that fails throws,
 * which takes longer than to store an object with members. So where the prototype is the common
 * one, only objects without members are looked at.
 */
function hasSlots(value: object, isCommon: boolean): boolean {
  if (Array.isArray(value)) return true;
  if (Object.keys(value).length === 0) {
    try {
      return builtInOf(structuredClone(value)) !== "Object";
    } catch { /* A proxy, or of another class. */ }
  } else if (isCommon) {
    return false;
  }
  return Object.keys(SLOTS).some((kind) => slotsOf(kind, value) !== undefined);
}

/** Whether it has members whose names are symbols. */
function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
}

/**
 * Whether an instance of a built-in class has members besides. To name the elements of a long array
 * takes longer than to store it: there only symbols are looked for.
 */
export function hasMembers(value: object): boolean {
  const length = viewName(value) ? Reflect.get(TYPED, "length", value) as number : 0;
  return hasSymbols(value) || length <= LOOKED_THROUGH_MAX && Object.keys(value).length !== length;
}

/** The bytes that a view shows. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  const from = viewName(view) ? TYPED : DataView.prototype;
  // Throws where the buffer is detached or too short by now, which looks as if it were empty.
  if (from === TYPED) TYPED.keys.call(view);
  const slot = <K extends "buffer" | "byteOffset" | "byteLength">(name: K) => Reflect.get(from, name, view) as ArrayBufferView<ArrayBuffer>[K];
  return new Uint8Array(slot("buffer"), slot("byteOffset"), slot("byteLength"));
}

/** What those who put it can put instead. */
const INSTEAD: Record<string, string> = {
  Blob: "put its bytes, new Uint8Array(await blob.arrayBuffer())",
  RegExp: "put its source and its flags",
  Error: "put its name and its message",
  Promise: "await it first",
  function: "leave it out",
  symbol: "put a string",
};
INSTEAD.File = INSTEAD.Blob!;

class Writer {
  /** Something needed an escape. */
  isTree = false;
  /** An object looks like an escape. */
  hasMark = false;
  readonly #escapesMarks: boolean;
  /** What the walk is in, and by which way it came there. */
  readonly #above: object[] = [];
  readonly #path: string[] = [];

  constructor(escapesMarks: boolean) {
    this.#escapesMarks = escapesMarks;
  }

  write(value: unknown): string {
    switch (typeof value) {
      case "string": return this.#string(value);
      case "boolean": return value ? "true" : "false";
      case "number":
        if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : `${value}`;
        return this.#escape("number", `"${value}"`);
      case "bigint": return this.#escape("bigint", `"${value}"`);
      case "undefined": return this.#escape("undefined");
      case "object": return value === null ? "null" : this.#object(value);
    }
    throw this.#refuse(`is ${describe(value)}`, INSTEAD[typeof value]);
  }

  #object(value: object): string {
    if (this.#above.includes(value)) throw this.#refuse("contains itself", "put its key or its number there");
    if (this.#above.length >= DEPTH_MAX) throw this.#refuse(`is more than ${DEPTH_MAX} levels deep`, "put parts of it under keys of their own");
    this.#above.push(value);
    const text = this.#contents(value);
    this.#above.pop();
    return text;
  }

  #contents(value: object): string {
    const builtIn = builtInOf(value);
    if (ArrayBuffer.isView(value)) {
      const kind = kindOfView(value);
      if (builtIn !== kind) throw this.#refuse(`is ${describe(value)}`, `put new ${kind}(…) of its bytes`);
      if (hasMembers(value)) throw this.#refuse(...OWN_MEMBERS);
      return this.#bytes(kind, () => bytesOf(value));
    }
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    if (Array.isArray(value) && builtIn === "Array") return this.#array(value);
    const hasTag = Object.hasOwn(value, Symbol.toStringTag);
    const isPlain = (builtIn ?? "Object") === "Object";
    if (isPlain && (kind === "Object" || hasTag) && !hasSlots(value, !!builtIn && !hasTag)) return this.#plain(value);
    // The class itself, also another window's, and none made from it: that would come back without
    // what it adds.
    const slots = builtIn === kind ? slotsOf(kind, value) : undefined;
    if (slots !== undefined && kind !== "Blob") {
      if (hasMembers(value)) throw this.#refuse(...OWN_MEMBERS);
      if (kind === "Date") return this.#escape(kind, Number.isNaN(slots) ? "null" : `${slots as number}`);
      if (kind === "Map") return this.#escape(kind, this.#list(slots as [unknown, unknown][], ([key, part], at) => `[${this.#in(`.keys()[${at}]`, key)},${this.#in(`.values()[${at}]`, part)}]`));
      if (kind === "Set") return this.#escape(kind, this.#list(slots as unknown[], (part, at) => this.#in(`.values()[${at}]`, part)));
      return this.#bytes(kind, () => new Uint8Array(value as ArrayBuffer));
    }
    const isOther = builtIn && slots === undefined && (isPlain || builtIn in SLOTS);
    throw this.#refuse(isOther ? "is not what its prototype says" : `is ${describe(value)}`, INSTEAD[kind] ?? "put a plain object with what it holds");
  }

  #array(value: unknown[]): string {
    const text = this.#list(value, (part, at) => {
      if (part === undefined && !Object.hasOwn(value, at)) throw this.#refuse(`has nothing at [${at}]`, "put undefined or null there");
      return this.#in(`[${at}]`, part);
    });
    const names = Object.keys(value);
    // Indices come first: so an index that is hidden does not make up for another name.
    if (names.length !== value.length || (names.at(-1) ?? `${value.length - 1}`) !== `${value.length - 1}`) throw this.#refuse(...OWN_MEMBERS);
    this.#refuseSymbols(value);
    return text;
  }

  #plain(value: object): string {
    let text = "";
    for (const name of Object.keys(value)) {
      if (name === "$") this.hasMark = true;
      // The name is checked as what stands under it, so that a message can show where it is.
      text += `${text && ","}${this.#string(name)}:${this.#in(place(name), (value as Record<string, unknown>)[name])}`;
      checkSize(text.length);
    }
    this.#refuseSymbols(value);
    text = `{${text}}`;
    return this.#escapesMarks && Object.hasOwn(value, "$") ? this.#escape("object", text) : text;
  }

  #refuseSymbols(value: object): void {
    if (hasSymbols(value)) throw this.#refuse("has a member whose name is a symbol", "name it by a string");
  }

  #string(text: string): string {
    checkSize(text.length);
    if (!isWhole(text)) throw this.#refuse("holds half a character (a lone surrogate)", "cut text between whole characters");
    return JSON.stringify(text);
  }

  #bytes(kind: string, bytes: () => Uint8Array): string {
    let found: Uint8Array;
    try {
      found = bytes();
    } catch {
      throw this.#refuse("has lost its bytes: its buffer was transferred or made shorter", "put it before");
    }
    checkSize(found.length);
    return this.#escape(kind, `"${toBase64(found)}"`);
  }

  #list<T>(entries: readonly T[], write: (entry: T, at: number) => string): string {
    let text = "[";
    // Index by index: what visits entries leaves holes out.
    for (let at = 0; at < entries.length; at += 1) {
      text += `${at > 0 ? "," : ""}${write(entries[at] as T, at)}`;
      checkSize(text.length);
    }
    return `${text}]`;
  }

  #in(step: string, value: unknown): string {
    this.#path.push(step);
    const text = this.write(value);
    this.#path.pop();
    return text;
  }

  #escape(kind: string, of?: string): string {
    this.isTree = true;
    return `{"$":"${kind}"${of === undefined ? "" : `,"of":${of}`}}`;
  }

  #refuse(is: string, instead: string | undefined): SteadfastError {
    const path = this.#path.join("");
    const where = path === "" ? "the value" : `\`value${path.length > SHOWN_MAX ? `${path.slice(0, SHOWN_MAX)}…` : path}\``;
    return invalid(`${where} ${is}: ${instead}`);
  }
}

function place(name: string): string {
  return /^[\w$]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** The value of an escaped tree. */
export function read(text: string): unknown {
  return revive(JSON.parse(text), 0);
}

/** The value of a tree, which is used up. */
export function revive(tree: unknown, depth: number): unknown {
  if (typeof tree !== "object" || tree === null) return tree;
  if (depth > TREE_DEPTH_MAX) throw new Error(`it is more than ${DEPTH_MAX} levels deep`);
  if (!Object.hasOwn(tree, "$")) return members(tree, depth);
  const { $: kind, of } = tree as { $: unknown; of?: unknown };
  const size = Object.keys(tree).length;
  if (kind === "undefined" && size === 1) return undefined;
  if (typeof kind === "string" && size === 2 && of !== undefined) {
    if (kind === "number" && /^(NaN|-?Infinity)$/.test(`${of}`)) return Number(of);
    if (kind === "bigint" && /^(0|-?[1-9]\d*)$/.test(`${of}`)) return BigInt(of as string);
    if (kind === "Date" && (of === null || typeof of === "number")) {
      const date = new Date(of ?? Number.NaN);
      if (of === null || date.getTime() === of) return date;
    }
    if (kind === "Map" && Array.isArray(of)) {
      return new Map(of.map((pair: unknown): [unknown, unknown] => {
        if (!Array.isArray(pair) || pair.length !== 2) throw new Error("a `Map` has an entry that is no pair");
        return [revive(pair[0], depth + 3), revive(pair[1], depth + 3)];
      }));
    }
    if (kind === "Set" && Array.isArray(of)) return new Set(of.map((entry) => revive(entry, depth + 2)));
    if (kind === "object" && typeof of === "object" && of !== null && !Array.isArray(of)) return members(of, depth + 1);
    if (kind === "ArrayBuffer") return fromBase64(of).buffer;
    if (/^(DataView|(Big)?(Int|Uint|Float)\d+(Clamped)?Array)$/.test(kind)) {
      const View = (globalThis as unknown as Record<string, (new (buffer: ArrayBuffer) => unknown) | undefined>)[kind];
      if (View) return new View(fromBase64(of).buffer);
    }
  }
  throw new Error(`\`${String(kind).slice(0, SHOWN_MAX)}\` is no kind of value here, or not with these contents`);
}

/** In place: a member `__proto__` stays a member. */
function members(of: object, depth: number): object {
  const parts = of as Record<string, unknown>;
  for (const name of Object.keys(parts)) {
    const part = parts[name];
    if (typeof part === "object" && part !== null) parts[name] = revive(part, depth + 1);
  }
  return of;
}
