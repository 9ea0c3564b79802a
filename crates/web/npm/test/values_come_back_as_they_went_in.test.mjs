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
