// A stream that is cancelled, and a source whose import fails: neither is held on to, and nobody
// waits for what has no end.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
const page = await browser.page();

for (const what of ["exportStream", "backupStream"]) {
  test(`a stream that is cancelled while it begins holds no state: ${what}`, async () => {
    const grown = await page.evaluate(async (what) => {
      const db = await steadfast.open(`cancelled ${what}`);
      const replace = () => db.put("long", new Uint8Array(8 << 20).fill(Math.random() * 256));
      const used = async () => (await db.status()).memory.used;
      const round = async () => {
        await replace();
        const reader = db[what]().getReader();
        await new Promise((resolve) => setTimeout(resolve));
        const read = reader.read();
        await reader.cancel();
        await read;
      };
      for (let n = 0; n < 3; n += 1) await round();
      const before = await used();
      for (let n = 0; n < 10; n += 1) await round();
      const grown = await used() - before;
      await db.close();
      return grown;
    }, what);
    assert.ok(grown <= 24 << 20, `${grown} bytes for 10 streams of 8 MiB`);
  });
}

/** Imports what the code makes; how that ended, and how often its source was told. */
const importing = (make) => page.evaluate(async (make) => {
  const db = await steadfast.open("sources", { storage: "memory" });
  let told = 0;
  const source = (0, eval)(`(tell) => ${make}`)(() => (told += 1));
  const end = await Promise.race([
    db.import(source).then((count) => count, (error) => `${error.name} ${error.kind}: ${error.message}`),
    new Promise((resolve) => setTimeout(resolve, 5000, "no answer")),
  ]);
  await db.close();
  return { end, told, isLocked: source.locked };
}, make);

const GOOD = '{"key":"a","value":1}\\n';
const bytes = (text) => `new TextEncoder().encode('${text}')`;

test("the source of an import that is refused is told at any part, and given back", async () => {
  for (const parts of [["no line\\n", GOOD], [GOOD, "no line\\n", GOOD]]) {
    const { end, told, isLocked } = await importing(`new ReadableStream({ pull: (() => { const parts = [${parts.map(bytes)}]; return (c) => c.enqueue(parts.shift()); })(), cancel: tell }, { highWaterMark: 0 })`);
    assert.match(end, new RegExp(`^SteadfastError Codec: line ${parts.length - 1}: `));
    assert.deepEqual({ told, isLocked }, { told: 1, isLocked: false });
    const iterated = await importing(`({ parts: [${parts.map((part) => `'${part}'`)}], [Symbol.iterator]() { return this; }, next() { return { value: this.parts.shift(), done: false }; }, return() { tell(); return {}; } })`);
    assert.equal(iterated.told, 1);
  }
});

test("the source of an import that the store has no room for is told, and given back", async () => {
  const alone = await browser.page();
  const { end, told, isLocked } = await alone.evaluate(async () => {
    const db = await steadfast.open("no room for it");
    await db.put("a", 1);
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...given) {
      if (this.transaction.db.name.startsWith("steadfast:")) throw new DOMException("", "QuotaExceededError");
      return put.apply(this, given);
    };
    const line = new TextEncoder().encode(`{"key":"long","value":"${"x".repeat(1 << 20)}"}\n`);
    let told = 0;
    const source = new ReadableStream({ pull: (to) => to.enqueue(line.slice()), cancel: () => { told += 1; } }, { highWaterMark: 0 });
    const end = await db.import(source).then((count) => count, ({ kind }) => kind);
    return { end, told, isLocked: source.locked };
  });
  assert.deepEqual({ end, told, isLocked }, { end: "StorageFull", told: 1, isLocked: false });
  await alone.close();
});

test("nobody waits for a source that never says that it has ended", async () => {
  for (const end of ["new Promise(() => {})", "(() => { throw new Error('boom'); })()", "Promise.reject(new Error('boom'))"]) {
    const stream = await importing(`new ReadableStream({ start(c) { c.enqueue(${bytes(GOOD)}); c.enqueue(${bytes("no line\\n")}); }, cancel: () => ${end} })`);
    assert.match(stream.end, /^SteadfastError Codec: line 2: /);
    const iterator = await importing(`({ [Symbol.iterator]: () => ({ next: () => ({ value: 5, done: false }), return: () => ${end} }) })`);
    assert.match(iterator.end, /^SteadfastError InvalidValue: each part of what is imported must be /);
  }
});

test("what gives no iterator is refused in a sentence", async () => {
  for (const iterator of ["null", "5", "{}"]) {
    assert.match((await importing(`({ [Symbol.iterator]: () => (${iterator}) })`)).end, /^SteadfastError \w+: .*its iterator has no `next`/);
  }
});

test("a restore from a stream that fails says why the stream failed", async () => {
  const ends = await page.evaluate(async () => {
    const sources = {
      broken: new ReadableStream({ pull() { throw new Error("the network is gone"); } }),
      text: new ReadableStream({ pull(c) { c.enqueue("text"); } }),
    };
    const ends = {};
    for (const [what, source] of Object.entries(sources)) {
      await steadfast.restore("never", source, { storage: "memory" }).catch(({ name, kind, message }) => { ends[what] = `${name} ${kind}: ${message}`; });
    }
    return ends;
  });
  assert.match(ends.broken, /^SteadfastError Io: .*the network is gone/);
  assert.match(ends.text, /^SteadfastError InvalidValue: each part of the backup must be a Uint8Array, and is /);
});
