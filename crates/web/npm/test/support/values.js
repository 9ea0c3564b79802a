// Values of every kind, made in a page from a seed, and whether two are the same at every leaf.

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TEXTS = ["", "a", "$", "of", "__proto__", "constructor", "toJSON", "length", "0", "-1", "a.b", "Grüße", "\u{1F30D}", "\0", "\u2028", "\"\\\n\t", "\ufeff", "\ufffd", "true"];
const NUMBERS = [0, -0, 1, -1, 0.1, 1e21, 1e-7, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53, 2 ** 53 + 2, -(2 ** 31), NaN, Infinity, -Infinity, Math.PI];
const VIEWS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView];

/** A value that `put` takes. */
export function accepted(next, depth = 0) {
  const int = (below) => Math.floor(next() * below);
  const pick = (list) => list[int(list.length)];
  const text = () => (next() < 0.7 ? pick(TEXTS) : String.fromCodePoint(...Array.from({ length: int(6) }, () => pick([int(0x80), 0x400 + int(0x100), 0x1f300 + int(0x100)]))));
  const part = () => (next() < 0.1 ? undefined : accepted(next, depth + 1));
  const parts = () => Array.from({ length: int(5) }, part);
  const kinds = depth < 4 ? 14 : 9;
  switch (int(kinds)) {
    case 0: return null;
    case 1: return next() < 0.5;
    case 2: return pick(NUMBERS);
    case 3: return (next() - 0.5) * 10 ** (int(40) - 20);
    case 4: return text();
    case 5: return pick([0n, -1n, 1n << 70n, -(1n << 64n), BigInt(int(1e9))]);
    case 6: return new Date(pick([0, -1, 8.64e15, -8.64e15, NaN, int(2e12)]));
    case 7: {
      const buffer = new ArrayBuffer(8 * int(4));
      new Uint8Array(buffer).forEach((_, at, all) => { all[at] = int(256); });
      return next() < 0.2 ? buffer : new (pick(VIEWS))(buffer);
    }
    case 8: return text();
    case 9: return parts();
    case 10: return new Map(Array.from({ length: int(4) }, () => [part(), part()]));
    case 11: return new Set(parts());
    default: {
      const object = next() < 0.1 ? Object.create(null) : {};
      const add = (name, value) => Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
      for (let n = int(5); n > 0; n -= 1) add(text(), part());
      if (next() < 0.1) { add("$", pick(["undefined", "bigint", "Map", part()])); add("of", part()); }
      return object;
    }
  }
}

class Note { title = "a note"; }

/** One of each kind that is refused. */
export const BAD = [
  () => () => 1, () => Symbol("s"), () => Object(Symbol.iterator), () => /a/g, () => new Error("e"), () => new Blob(["b"]), () => new File(["f"], "f"), () => new Note(),
  () => new (class extends Map {})([[1, 2]]), () => new (class extends Array {})(1, 2), () => new (class extends Date {})(),
  () => "\ud800", () => "\udc00a", () => ({ "\ud800": 1 }), () => [, 1], () => [1, , 2], () => Object.assign([1], { more: 2 }), () => Object.assign(new Map(), { more: 2 }),
  () => ({ [Symbol("s")]: 1 }), () => Promise.resolve(), () => new WeakMap(), () => Object(1), () => Object("s"), () => new URL("https://a.b"), () => document.createElement("p"),
  () => ({ get x() { throw new Error("no"); } }), () => Object.create({ inherited: 1 }), () => Object.create(Object.create(null, { inherited: { value: 1 } })),
  () => detached(new Uint8Array(8)), () => detached(new DataView(new ArrayBuffer(8))), () => detached(new Float64Array(2)).buffer,
  () => deep(20_000), () => cyclic({}), () => cyclic([]), () => cyclic(new Map()), () => new Proxy(new Map(), {}), () => revoked(),
];

/** A value with something in it that has to be refused. */
export function refused(next) {
  let value = BAD[Math.floor(next() * BAD.length)]();
  for (let levels = Math.floor(next() * 4); levels > 0; levels -= 1) {
    const other = accepted(next, 3);
    value = [(v) => [other, v], (v) => ({ a: other, b: v }), (v) => new Map([[1, v]]), (v) => new Map([[v, 1]]), (v) => new Set([v])][Math.floor(next() * 5)](value);
  }
  return value;
}

function detached(view) {
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** So many objects and arrays in each other. */
export function deep(levels) {
  let value = 1;
  for (let n = 0; n < levels; n += 1) value = n % 2 ? [value] : { v: value };
  return value;
}

function cyclic(value) {
  if (value instanceof Map) value.set("self", { value });
  else value[0] = [value];
  return value;
}

/** Where two values differ; `undefined` where they are the same at every leaf. */
export function difference(a, b, where = "value") {
  if (typeof a !== "object" || a === null) return Object.is(a, b) ? undefined : where;
  if (typeof b !== "object" || b === null) return where;
  const kind = Object.prototype.toString.call(a);
  if (kind !== Object.prototype.toString.call(b)) return where;
  if (a instanceof Date) return Object.is(a.getTime(), b.getTime()) ? undefined : where;
  if (a instanceof ArrayBuffer || ArrayBuffer.isView(a)) {
    const [x, y] = [a, b].map((v) => (v instanceof ArrayBuffer ? new Uint8Array(v) : new Uint8Array(v.buffer, v.byteOffset, v.byteLength)));
    return x.length === y.length && x.every((byte, at) => byte === y[at]) ? undefined : where;
  }
  if (a instanceof Map) return difference([...a], [...b], `${where}.entries()`);
  if (a instanceof Set) return difference([...a], [...b], `${where}.values()`);
  const [names, others] = [Object.keys(a), Object.keys(b)];
  if (names.join("\n") !== others.join("\n") || names.length !== others.length || (Array.isArray(a) && a.length !== b.length)) return where;
  for (const name of names) {
    const found = difference(a[name], b[name], `${where}.${name}`);
    if (found) return found;
  }
  return undefined;
}
