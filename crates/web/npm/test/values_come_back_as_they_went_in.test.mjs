import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
const page = await browser.page();

test("text, JSON and bytes come back as they went in", async () => {
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("values");
    const values = {
      text: "Grüße, 世界 \u{1F30D}", empty: "", zero: 0, no: false, nothing: null,
      json: { name: "Ada", tags: ["a", "b"], nested: { deep: [1, 2.5, -3e-7, true, null] } },
    };
    for (const [key, value] of Object.entries(values)) await db.put(key, value);
    await db.put("bytes", new Uint8Array([0, 1, 2, 255]));
    await db.put("no bytes", new Uint8Array());
    const back = {};
    for (const key of Object.keys(values)) back[key] = await db.get(key);
    const bytes = await db.get("bytes");
    const result = {
      same: JSON.stringify(back) === JSON.stringify(values), absent: (await db.get("absent")) === undefined,
      bytes: bytes instanceof Uint8Array && [...bytes].join() === "0,1,2,255", none: (await db.get("no bytes")).length,
    };
    await db.close();
    return result;
  });
  assert.deepEqual(found, { same: true, absent: true, bytes: true, none: 0 });
});

test("what would come back different is refused in one sentence that names the place and a way out, and the old value is kept", async () => {
  const { said, all } = await page.evaluate(async () => {
    const db = await steadfast.open("refused");
    const cyclic = { list: [] };
    cyclic.list.push(cyclic);
    let deep = 1;
    for (let levels = 0; levels < 20_000; levels += 1) deep = [deep];
    const tries = [
      ["a", undefined], ["a", () => 1], ["a", { tags: [1, () => 1] }], ["a", cyclic], ["a", "\ud800"], ["a", { "a\ud800": 1 }], ["a", [, 1]], ["a", { "odd name": new Blob() }], ["a", /x/], ["a", new Error("e")],
      ["a", new (class Note {})()], ["a", deep], ["a", new Map([[1, Symbol("s")]])], ["\ud800", "a"], ["", "a"], ["x".repeat(1025), "a"], [7, "a"], ["\0steadfast/x", "a"],
    ];
    await db.put("a", "old");
    const said = [];
    for (const [key, value] of tries) {
      for (const way of [() => db.put(key, value), () => db.batch([{ key, value }]), () => db.transact((tx) => tx.put(key, value))]) {
        said.push(await way().then(() => "accepted", (error) => `${error.name} ${error.kind} ${error.remedy}: ${error.message}`));
      }
    }
    const all = await db.scan();
    await db.close();
    return { said, all };
  });
  for (const sentence of said) assert.match(sentence, /^SteadfastError (InvalidKey|InvalidValue|TooLarge) change-the-call: .{10,180}$/, sentence);
  for (const part of ["`value.tags[1]` is a function: leave it out", "`value.list[0]` contains itself", '`value["odd name"]` is a Blob: put its bytes, new Uint8Array(await blob.arrayBuffer())', "is a Note: put a plain object", "is more than 1000 levels deep", "`value.values()[0]` is a symbol"]) {
    assert.ok(said.some((sentence) => sentence.includes(part)), part);
  }
  assert.deepEqual(all, [["a", "old"]]);
});

test("an instance of a class of one's own, or of none, that a built-in class made, is refused however it looks", async () => {
  const said = await page.evaluate(async () => {
    const db = await steadfast.open("classes", { storage: "memory" });
    const without = (value, prototype = null) => Object.setPrototypeOf(value, prototype);
    const hidden = Object.assign([1, 2], { x: 3 });
    Object.defineProperty(hidden, 0, { value: 1, enumerable: false });
    const tries = {
      "a map": new (class extends Map { has() { return false; } })(), "a set": new (class extends Set { has() { return false; } })(),
      "a date": new (class extends Date { getTime() { return 0; } })(0), "a buffer": new (class extends ArrayBuffer { slice() { return this; } })(1),
      "a map of that name": new ({ Map: class extends Map { has() { return false; } } }).Map(), "bytes of that name": new ({ Uint8Array: class extends Uint8Array {} }).Uint8Array(1),
      "bytes": new (class B extends Uint8Array {})(1), "numbers": new (class F extends Float64Array {})(1), "a list": new (class L extends Array {})(1, 2),
      "a map without a class": without(new Map([[1, 2]])), "a set without one": without(new Set([1])), "a buffer without one": without(new ArrayBuffer(1)),
      "a list without one": without([1]), "a date as an object": without(new Date(0), Object.prototype), "an error as one": without(new Error("e"), Object.prototype),
      "a hidden index": hidden, "a symbol on a list": Object.assign([1], { [Symbol("s")]: 1 }), "a symbol on a map": Object.assign(new Map(), { [Symbol("s")]: 1 }),
    };
    const said = [];
    for (const [name, value] of Object.entries(tries)) {
      for (const one of [value, { inside: [value] }]) said.push(await db.put("a", one).then(() => `${name}: accepted`, ({ kind }) => kind));
    }
    await db.close();
    return said;
  });
  assert.deepEqual(said.filter((one) => one !== "InvalidValue"), []);
});

test("what has another prototype than it was made with is refused, with its place, by whichever way it goes in", async () => {
  const { said, rest } = await page.evaluate(async () => {
    const db = await steadfast.open("prototypes", { storage: "memory" });
    const other = class Other {};
    const makes = {
      Map: () => new Map([[1, 2]]), Set: () => new Set([1]), Date: () => new Date(0), ArrayBuffer: () => new ArrayBuffer(2), Array: () => [1, 2], Blob: () => new Blob(["a"]), File: () => new File(["a"], "a"),
      Uint8Array: () => new Uint8Array(2), Float64Array: () => new Float64Array(1), DataView: () => new DataView(new ArrayBuffer(1)), RegExp: () => /a/, Error: () => new Error("e"),
      Number: () => new Number(1), DOMRect: () => new DOMRect(1, 1), SharedBytes: () => new Uint8Array(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer), Object: () => ({}), Members: () => ({ a: 1 }),
    };
    const prototypes = { none: null, Object: Object.prototype, Other: other.prototype, Map: Map.prototype, Set: Set.prototype, Date: Date.prototype, ArrayBuffer: ArrayBuffer.prototype, Array: Array.prototype, Blob: Blob.prototype, Uint8Array: Uint8Array.prototype, Float64Array: Float64Array.prototype, DataView: DataView.prototype };
    const hide = (it) => Object.defineProperty(it, Symbol.toStringTag, { value: "Object" });
    const said = [];
    for (const [made, make] of Object.entries(makes)) {
      for (const [named, prototype] of Object.entries(prototypes)) {
        // Their own, and a plain object may have none.
        if (Object.getPrototypeOf(make()) === prototype || /^(Object|Members)$/.test(made) && named === "none") continue;
        for (const change of [(it) => it, hide]) {
          const value = { inside: [change(Object.setPrototypeOf(make(), prototype))] };
          for (const way of [() => db.put("a", value), () => db.batch([{ key: "a", value }]), () => db.transact((tx) => tx.put("a", value))]) {
            said.push(await way().then(() => `${made} as ${named}: accepted`, ({ kind, message }) => message.includes("`value.inside[0]` ") ? kind : `${made} as ${named}: ${message}`));
          }
        }
      }
    }
    for (const make of [makes.Map, makes.Blob]) {
      const value = Object.assign(Object.setPrototypeOf(make(), null), { a: 1 });
      said.push(await db.put("a", value).then(() => "with members: accepted", ({ kind }) => kind));
    }
    const rest = await db.scan();
    // An object that is none of these is no other for being behind a proxy.
    await db.put("proxy", new Proxy({}, {}));
    await db.put("proxies", new Proxy({ list: new Proxy([{}], {}) }, {}));
    await db.close();
    return { said, rest };
  });
  assert.deepEqual([...new Set(said.filter((one) => one !== "InvalidValue"))], []);
  assert.ok(said.length > 900, `${said.length}`);
  assert.deepEqual(rest, []);
});

test("bytes are those that the buffer holds, whatever its own members say", async () => {
  const back = await page.evaluate(async () => {
    const db = await steadfast.open("lies", { storage: "memory" });
    const lie = (it, members) => Object.defineProperties(it, Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { value }])));
    const lies = { length: 1, byteLength: 1, byteOffset: 1, buffer: new ArrayBuffer(9), constructor: Float64Array };
    const values = { bytes: lie(new Uint8Array([1, 2, 3]), lies), words: lie(new Uint16Array([1, 2, 3]), lies), view: lie(new DataView(new Uint8Array([1, 2, 3]).buffer), lies), buffer: lie(new Uint8Array([1, 2, 3]).buffer, lies) };
    const back = [];
    for (const [key, value] of Object.entries(values)) {
      for (const put of [value, { inside: value }]) {
        await db.put(key, put);
        const got = await db.get(key);
        const is = got.inside ?? got;
        back.push(`${is.constructor.name} ${[...new Uint8Array(is.buffer ?? is)]}`);
      }
    }
    await db.close();
    return back;
  });
  assert.deepEqual(back, ["Uint8Array 1,2,3", "Uint16Array 1,0,2,0,3,0", "DataView 1,2,3", "ArrayBuffer 1,2,3"].flatMap((one) => [one, one]));
});

test("bytes whose buffer was transferred or has shrunk below them are refused, and what is left in bounds comes back", async () => {
  const { said, back } = await page.evaluate(async () => {
    const db = await steadfast.open("shrunk", { storage: "memory" });
    const views = [Uint8Array, Float64Array, DataView];
    const gone = views.map((View) => new View(new ArrayBuffer(16)));
    gone.push(new ArrayBuffer(16));
    for (const one of gone) structuredClone(undefined, { transfer: [one.buffer ?? one] });
    const resizable = new ArrayBuffer(16, { maxByteLength: 16 });
    const tracking = new Uint8Array(resizable);
    for (const View of views) gone.push(new View(resizable, 8, 1), new View(resizable, 8));
    resizable.resize(3);
    const said = [];
    for (const one of gone) {
      for (const value of [one, { inside: one }]) said.push(await db.put("a", value).then(() => "accepted", ({ kind, message }) => `${kind}: ${message}`));
    }
    const back = [];
    for (const value of [tracking, resizable, new Uint8Array(resizable, 3)]) {
      await db.put("a", value);
      back.push(new Uint8Array(await db.get("a")).length);
    }
    await db.close();
    return { said, back };
  });
  for (const sentence of said) assert.match(sentence, /^InvalidValue: (the value|`value\.inside`) has lost its bytes: its buffer was transferred or made shorter: put it before$/);
  assert.equal(said.length, 20);
  assert.deepEqual(back, [3, 3, 0]);
});

test("a class that speaks of native code is a class of the program all the same", async () => {
  const said = await page.evaluate(async () => {
    const db = await steadfast.open("native", { storage: "memory" });
    const classes = [
      class Map extends globalThis.Map { /* [native code] */ }, class Object { a = 1; /* function Object() { [native code] } */ }, class Uint8Array extends globalThis.Uint8Array { /*
      [native code] */ },
      function Object() { /* { [native code] } */ this.a = 1; },
    ];
    const said = [];
    for (const Made of classes) said.push(await db.put("a", new Made()).then(() => `${Made}: accepted`, ({ kind }) => kind));
    await db.close();
    return said;
  });
  assert.deepEqual(said, ["InvalidValue", "InvalidValue", "InvalidValue", "InvalidValue"]);
});

test("what is far too long is refused before it is written out", async () => {
  const said = await page.evaluate(async () => {
    const db = await steadfast.open("long", { storage: "memory" });
    const most = 64 << 20;
    const text = "x".repeat(1 << 20);
    let reads = 0;
    const endless = new Proxy(Array(1e6).fill(0), { get: (list, name) => (/^\d+$/.test(String(name)) ? ((reads += 1), text) : list[name]) });
    const values = { bytes: new Uint8Array(most + 1), text: "x".repeat(most + 1), inside: { bytes: new Uint8Array(most + 1) }, list: endless, names: { a: Array(65).fill(text) } };
    const said = [];
    for (const value of Object.values(values)) said.push(await db.put("a", value).then(() => "accepted", ({ kind, message }) => `${kind}: ${message}`));
    await db.close();
    return { said, reads };
  });
  for (const sentence of said.said) assert.match(sentence, /^TooLarge: the value is at least \d{8} bytes long, the most is 67108864$/);
  assert.ok(said.reads < 70, `${said.reads} parts were read`);
});

test("what has members besides its contents is refused, by whichever way it goes in", async () => {
  const said = await page.evaluate(async () => {
    const db = await steadfast.open("members", { storage: "memory" });
    const makes = {
      list: () => [1, 2], date: () => new Date(0), map: () => new Map([[1, 2]]), set: () => new Set([1]), buffer: () => new ArrayBuffer(2), view: () => new DataView(new ArrayBuffer(2)),
      bytes: () => new Uint8Array(3), "as many bytes as are searched": () => new Uint8Array(1000), floats: () => new Float64Array(2), "no bytes": () => new Uint8Array(),
    };
    const adds = { "a name": (it) => Object.assign(it, { extra: 1 }), "a length": (it) => Array.isArray(it) ? Object.assign(it, { size: 1 }) : Object.defineProperty(it, "length", { value: 4, enumerable: true }), "a symbol": (it) => Object.assign(it, { [Symbol("s")]: 1 }) };
    const said = [];
    for (const [what, make] of Object.entries({ ...makes, "many bytes": () => new Uint8Array(1001) })) {
      for (const [how, add] of Object.entries(adds)) {
        // To name the elements of a long one would take longer than to store it.
        if (what === "many bytes" && how !== "a symbol") continue;
        for (const value of [add(make()), { inside: [add(make())] }]) {
          for (const way of [() => db.put("a", value), () => db.batch([{ key: "a", value }]), () => db.transact((tx) => tx.put("a", value))]) {
            said.push(await way().then(() => `${what} with ${how}: accepted`, ({ kind, message }) => /has (members of its own|a member whose name is a symbol)/.test(message) ? kind : message));
          }
        }
      }
      await db.put("a", make());
    }
    await db.close();
    return said;
  });
  assert.deepEqual(said.filter((one) => one !== "InvalidValue"), []);
  assert.ok(said.length > 100);
});

test("members that cannot be enumerated stay out, and a getter is read once", async () => {
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("hidden", { storage: "memory" });
    const hide = (it) => Object.defineProperties(it, { hidden: { value: 1 }, [Symbol("hidden")]: { value: 1 } });
    let reads = 0;
    const values = { object: hide({ a: 1 }), list: hide([1]), map: hide(new Map([[1, 2]])), bytes: hide(new Uint8Array([1])), getter: { get a() { return reads += 1; } } };
    for (const [key, value] of Object.entries(values)) await db.put(key, value);
    const back = Object.fromEntries(await db.scan());
    await db.close();
    return { reads, getter: back.getter, names: ["object", "list", "map", "bytes"].map((key) => Reflect.ownKeys(back[key]).map(String).join()) };
  });
  assert.deepEqual(found, { reads: 1, getter: { a: 1 }, names: ["a", "0,length", "", "0"] });
});

test("built-in classes of another window are the same", async () => {
  const same = await page.evaluate(async () => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    const value = frame.contentWindow.eval("({ list: [1], map: new Map([[1, new Date(5)]]), set: new Set([2]), bytes: new Uint8Array([3]), none: Object.create(null) })");
    const db = await steadfast.open("frames", { storage: "memory" });
    await db.put("a", value);
    const back = await db.get("a");
    await db.close();
    frame.remove();
    return [back.list[0], back.map.get(1).getTime(), [...back.set][0], back.bytes[0], Object.keys(back.none).length];
  });
  assert.deepEqual(same, [1, 5, 2, 3, 0]);
});

test("a value as deep as values may be comes back, and is no deeper for having been stored", async () => {
  const depths = await page.evaluate(async () => {
    const db = await steadfast.open("deep", { storage: "memory" });
    const wrap = [(v) => [v], (v) => ({ v }), (v) => new Map([[0, v]]), (v) => new Set([v]), (v) => ({ $: v })];
    const depths = [];
    for (const [n, one] of wrap.entries()) {
      let value = 1n;
      for (let levels = 0; levels < 1000; levels += 1) value = one(value);
      await db.put(`${n}`, value);
    }
    const other = await steadfast.open("deep, imported", { storage: "memory" });
    await other.import(await db.export());
    for (const [, value] of await other.scan()) {
      let depth = 0;
      for (let at = value; typeof at === "object"; depth += 1) at = at instanceof Map ? at.get(0) : at instanceof Set ? [...at][0] : Object.values(at)[0];
      depths.push(depth);
    }
    await db.close();
    await other.close();
    return depths;
  });
  assert.deepEqual(depths, [1000, 1000, 1000, 1000, 1000]);
});

test("a deletion is always said: what has no value deletes nothing", async () => {
  const { said, rest } = await page.evaluate(async () => {
    const db = await steadfast.open("deletions");
    await db.put("note", "precious");
    const changes = [
      { key: "note" }, { key: "note", value: undefined }, { key: "note", vlaue: 2 }, { key: "note", value: 2, extra: 1 }, { key: "note", value: 2, delete: true },
      { key: "note", delete: false }, { key: "note", delete: "yes" }, { key: "note", value: 2, delete: false }, "note", null, ["note", 2],
    ];
    const said = [];
    for (const change of changes) said.push(await db.batch([{ key: "other", value: 1 }, change]).then(() => "accepted", (error) => `${error.name} ${error.kind}: ${error.message}`));
    said.push(await db.put("note").then(() => "accepted", (error) => `${error.name} ${error.kind}: ${error.message}`));
    const rest = await db.scan();
    await db.close();
    return { said, rest };
  });
  for (const sentence of said) assert.match(sentence, /^SteadfastError InvalidValue: .{10,150}$/, sentence);
  assert.deepEqual(rest, [["note", "precious"]]);
});

test("what a subscriber hears can be given to batch as it is", async () => {
  const { heard, rest } = await page.evaluate(async () => {
    const [one, two] = [await steadfast.open("heard", { storage: "memory" }), await steadfast.open("repeated", { storage: "memory" })];
    const all = [];
    const told = new Promise((resolve) => one.subscribe(({ changes }) => { all.push(...changes); if (all.length === 3) resolve(); }));
    await two.put("b", "old");
    await one.batch([{ key: "a", value: new Date(5) }, { key: "b", value: 1 }, { key: "b", delete: true }]);
    await told;
    await two.batch(all);
    const rest = await two.scan();
    await one.close();
    await two.close();
    return { heard: all[2], rest: rest.map(([key, value]) => [key, value.getTime()]) };
  });
  assert.deepEqual(heard, { key: "b", delete: true });
  assert.deepEqual(rest, [["a", 5]]);
});

test("an object that is changed after the call is put as it was", async () => {
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("changed", { storage: "memory" });
    const value = { when: new Date(1), list: [undefined] };
    const first = db.put("a", value);
    value.when.setTime(2);
    value.list.push(1);
    const second = db.put("b", 1);
    await Promise.all([first, second]);
    const { when, list } = await db.get("a");
    await db.close();
    return { when: when.getTime(), length: list.length };
  });
  assert.deepEqual(found, { when: 1, length: 1 });
});
