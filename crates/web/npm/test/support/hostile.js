// Calls everything that the package exports with arguments that are not what they should be.

/** A call that takes longer hangs, in milliseconds: waiting for a lock takes five seconds. */
const PATIENCE = 20_000;

/** What the program's own functions throw comes back as it is. */
const MINE = new Error("the program's own");

/** Another window, whose classes are others. */
function otherWindow() {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  return frame.contentWindow;
}

/** Things that a program may hand in by mistake; each is made anew for each call. */
function hostile(other) {
  const throwing = new Proxy({}, Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, () => { throw new TypeError("a trap"); }])));
  return {
    "nothing": () => undefined, "null": () => null, "a number": () => 5, "NaN": () => NaN, "a fraction": () => 1.5, "a negative number": () => -1,
    "a bigint": () => 1n, "an instance": () => new (class Note {})(), "an instance of no name": () => new (class {})(), "true": () => true, "no text": () => "", "a text": () => "x", "half a character": () => "\ud800", "a long text": () => "x".repeat(300),
    "a symbol": () => Symbol("s"), "an array": () => [], "a full array": () => [1, [2]], "an object": () => ({}), "a function": () => () => {},
    "a function that throws": () => () => { throw MINE; },
    "no prototype": () => Object.create(null),
    "a revoked proxy": () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; },
    "a throwing proxy": () => throwing,
    "no words": () => ({ toString() { throw new TypeError("no words"); }, get constructor() { throw new TypeError("no class"); } }),
    "words that are none": () => ({ toString: () => ({}), constructor: { name: Symbol("n") } }),
    "a getter that throws": () => Object.defineProperties({}, Object.fromEntries(["key", "value", "delete", "storage", "after", "limit", "message", "kind"].map((name) => [name, { enumerable: true, get() { throw new TypeError("a getter"); } }]))),
    "a getter that throws no error": () => ({ get key() { throw Object.create(null); }, get storage() { throw undefined; }, get after() { throw Symbol("s"); }, get kind() { throw 5; } }),
    "a getter that throws a revoked proxy": () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { get key() { throw proxy; }, get value() { throw proxy; }, get storage() { throw proxy; }, get after() { throw proxy; }, get kind() { throw proxy; } }; },
    "an iterable that throws": () => ({ [Symbol.iterator]() { throw new TypeError("an iterator"); } }),
    "an iterable that ends in an error": () => (function* () { yield { key: "a", value: 1 }; throw new RangeError("in the middle"); })(),
    "an iterator that gives no results": () => ({ [Symbol.iterator]: () => ({ next: () => 5 }) }),
    "an asynchronous iterable that throws": () => ({ async* [Symbol.asyncIterator]() { throw new TypeError("later"); } }),
    "a date": () => new Date(NaN), "an expression": () => /x/, "a promise": () => Promise.resolve(),
    "detached bytes": () => { const bytes = new Uint8Array(4); structuredClone(bytes, { transfer: [bytes.buffer] }); return bytes; },
    "a file of something": () => new Blob(["something"]),
    "a file that is gone": () => gone(Blob), "another window's file": () => new other.Blob(["{}"]), "another window's object": () => other.eval("({})"),
    "a stream that fails": () => new ReadableStream({ pull() { throw new DOMException("x", "NotReadableError"); } }),
    "a stream of numbers": () => new ReadableStream({ start(to) { to.enqueue(1); to.close(); } }),
    "a stream that somebody reads": () => { const stream = new ReadableStream(); stream.getReader(); return stream; },
    "another window's stream": () => new other.Response("{}").body,
  };
}

/** As a file that was changed or removed since it was chosen. */
function gone(Blob) {
  const fail = async () => { throw new DOMException("The requested file could not be read", "NotReadableError"); };
  return new (class extends Blob {
    arrayBuffer = fail;
    text = fail;
    get size() { return 10_240; }
    slice() { return gone(Blob); }
    stream() { return new ReadableStream({ pull: fail }); }
  })();
}

/** The arguments with one part of them, however deep, replaced by each of these. */
function* replaced(value, others, place = "") {
  if (place !== "") for (const [what, make] of Object.entries(others)) yield [`${what} as ${place}`, make];
  if (typeof value !== "object" || value === null || ![Array.prototype, Object.prototype].includes(Object.getPrototypeOf(value))) return;
  for (const name of Object.keys(value)) {
    for (const [what, make] of replaced(value[name], others, `${place}[${name}]`)) {
      yield [what, () => Object.assign(Array.isArray(value) ? [...value] : { ...value }, { [name]: make() })];
    }
  }
  if (Array.isArray(value) && place === "") {
    for (let count = 0; count < value.length; count += 1) yield [`only ${count} arguments`, () => value.slice(0, count)];
    yield ["the arguments swapped", () => [...value].reverse()];
  }
}

/** What a call came to. */
async function outcome(steadfast, call) {
  const nothing = Symbol("nothing");
  let given;
  try {
    const late = new Promise((done) => setTimeout(() => done(nothing), PATIENCE));
    given = await Promise.race([ended(call()), late]);
    if (given === nothing) return { said: "", strange: "hangs" };
    if (given instanceof steadfast.Database) await given.close();
    // What ends a subscription: nobody else shall call the listener.
    if (typeof given === "function") given();
    return { said: "" };
  } catch (thrown) {
    if (thrown === MINE) return { said: "" };
    if (!(thrown instanceof steadfast.SteadfastError)) return { said: "", strange: `throws ${thrown?.stack ?? typeof thrown}` };
    const { kind, remedy, message } = thrown;
    return typeof message === "string" && message.length > 10 && kind && remedy ? { said: message } : { said: "", strange: `says ${message}` };
  }
}

/** Goes through what is given out piece by piece. */
async function ended(given) {
  const found = await given;
  if (found?.[Symbol.toStringTag] === "AsyncGenerator") for await (const _ of found);
  if (found instanceof ReadableStream) await new Response(found).text();
  return found;
}

/** Calls everything; the calls, and what went wrong in them. */
export async function walk(steadfast) {
  const others = hostile(otherWindow());
  const memory = { storage: "memory" };
  const options = { storage: "memory", worker: false, snapshotAfter: 1 << 20, acceptLoss: false, onstatus() {}, wasm: "w.wasm", wholeWasm: new URL("/steadfast/steadfast_whole_bg.wasm", location.href) };
  const backup = await made(steadfast, (db) => db.backup());
  const change = { key: "a", value: { n: 1 } };
  /** The arguments of each, as they should be. */
  const functions = {
    open: ["opened", options], restore: ["restored", backup, memory], rescue: ["rescued", memory], destroy: ["destroyed", memory],
    SteadfastError: [{ kind: "Io", remedy: "retry", message: "a long sentence", cause: "" }],
  };
  const methods = {
    put: ["a", { n: [1, new Map()] }], delete: ["a"], batch: [[change, { key: "b", delete: true }]], get: ["a"], scan: ["a", { after: "a", limit: 1 }], entries: ["a", { after: "a", limit: 1 }],
    transact: [() => 1], subscribe: [() => {}, "a"], import: ['{"key":"a","value":1}'], restore: [backup],
    snapshot: [], status: [], verify: [], export: [], exportStream: [], backup: [], backupStream: [], persist: [], close: [],
  };
  const ofTransaction = { get: ["a"], scan: ["a"], put: ["a", { n: 1 }], delete: ["a"] };
  const calls = [];
  const strange = [];
  const tell = async (call, how) => {
    const came = await outcome(steadfast, how);
    calls.push({ call, said: came.said });
    if (came.strange) strange.push(`${call}: ${came.strange}`);
  };
  const unknown = [
    ...Object.keys(steadfast).filter((name) => !(name in functions) && name !== "Database"),
    ...own(steadfast.Database.prototype).filter((name) => !(name in methods)),
  ];
  for (const [name, like] of Object.entries(functions)) {
    const run = (given) => name === "SteadfastError" ? new steadfast[name](...given) : steadfast[name](...given);
    for (const [what, make] of replaced(like, others)) await tell(`${name} with ${what}`, () => run(make()));
  }
  let db = await steadfast.open("walked", memory);
  let asked;
  for (const [name, like] of Object.entries(methods)) {
    for (const [what, make] of [["all right", () => like], ...replaced(like, others), ...Object.entries(others).map(([other, make]) => [`${other} too many`, () => [...like, make()]])]) {
      if (name === "close") db = await steadfast.open("walked", memory);
      await tell(`db.${name} with ${what}`, () => db[name](...make()));
    }
    if (name === "close") db = await steadfast.open("walked", memory);
  }
  await db.transact((tx) => unknown.push(...own(Object.getPrototypeOf(tx)).filter((name) => name !== "end" && !(name in ofTransaction)).map((name) => `tx.${name}`)));
  for (const [name, like] of Object.entries(ofTransaction)) {
    for (const [what, make] of replaced(like, others)) {
      await tell(`tx.${name} with ${what}`, () => db.transact(async (tx) => { asked = await tx[name](...make()); }));
    }
  }
  await db.close();
  return { calls, strange, unknown };
}

async function made(steadfast, make) {
  const db = await steadfast.open("source", { storage: "memory" });
  await db.put("a", 1);
  const found = await make(db);
  await db.close();
  return found;
}

/** The names of a class's public methods. */
function own(prototype) {
  return Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor" && typeof Object.getOwnPropertyDescriptor(prototype, name).value === "function");
}
