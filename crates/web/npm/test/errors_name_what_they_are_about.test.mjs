// A sentence that names what it is about spares the reader a search: which key, which database,
// which option.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("a value that is refused in a batch is told with its key", async () => {
  const page = await browser.page();
  const { said, rest } = await page.evaluate(async () => {
    const db = await steadfast.open("batch", { storage: "memory" });
    const said = [];
    for (const value of [{ tags: [1, () => 1] }, /a/, new Uint8Array((64 << 20) + 1), { get a() { throw new Error("own"); } }]) {
      said.push(await db.batch([{ key: "fine", value: 1 }, { key: "note/7", value }]).then(() => "accepted", ({ kind, message }) => `${kind}: ${message}`));
    }
    const rest = await db.scan();
    await db.close();
    return { said, rest };
  });
  assert.deepEqual(said.map((sentence) => sentence.replace(/\d{8}/g, "N")), [
    "InvalidValue: the change of `note/7`: `value.tags[1]` is a function: leave it out",
    "InvalidValue: the change of `note/7`: the value is a RegExp: put its source and its flags",
    "TooLarge: the change of `note/7`: the value is at least N bytes long, the most is N",
    "InvalidValue: the change of `note/7`: the value could not be read (Error: own)",
  ]);
  assert.deepEqual(rest, []);
});

test("a bad `after` is told as that, and a bad prefix as that", async () => {
  const page = await browser.page();
  const said = await page.evaluate(async () => {
    const db = await steadfast.open("after", { storage: "memory" });
    const calls = [db.scan("", { after: 5 }), db.scan("", { after: "\ud800" }), db.entries("", { after: null }).next(), db.scan(5)];
    const said = await Promise.all(calls.map((call) => call.then(() => "accepted", ({ kind, message }) => `${kind}: ${message}`)));
    await db.close();
    return said;
  });
  assert.deepEqual(said, [
    "InvalidKey: `after` is a string, not 5",
    "InvalidKey: `after` holds half a character (a lone surrogate)",
    "InvalidKey: `after` is a string, not null",
    "InvalidKey: a prefix is a string, not 5",
  ]);
});

test("an `open` of what is gone, damaged or newer names the database, and what is gone the option that begins anew", async () => {
  const page = await browser.page();
  const said = await page.evaluate(async () => {
    const withStores = async (name, stores, change) => {
      const opened = indexedDB.open(`steadfast:${name}`);
      await new Promise((done) => { opened.onsuccess = done; });
      const transaction = opened.result.transaction(stores, "readwrite");
      await change(...stores.map((store) => transaction.objectStore(store)));
      await new Promise((done) => { transaction.oncomplete = done; });
      opened.result.close();
    };
    const said = {};
    const tell = async (name, options) => (said[`${name} ${options ? Object.values(options) : ""}`] = await steadfast.open(name, options).then(() => "works", ({ kind, message }) => `${kind}: ${message}`));
    for (const options of [undefined, { worker: true }]) {
      for (const name of ["gone", "newer", "damaged"]) {
        const db = await steadfast.open(name, { acceptLoss: true });
        await db.put("a", "x".repeat(1000));
        await db.close();
      }
      await new Promise((done) => { indexedDB.deleteDatabase("steadfast:gone").onsuccess = done; });
      await withStores("damaged", ["rows"], (rows) => rows.clear());
      const raised = indexedDB.open("steadfast:newer", 9);
      await new Promise((done) => { raised.onsuccess = done; });
      raised.result.close();
      for (const name of ["gone", "newer", "damaged"]) {
        await tell(name, options);
        await steadfast.destroy(name).catch(() => indexedDB.deleteDatabase(`steadfast:${name}`));
      }
    }
    await steadfast.open("private", { storage: "opfs" }).then((db) => db.close());
    await (await navigator.storage.getDirectory()).removeEntry("steadfast", { recursive: true });
    await tell("private", { storage: "opfs" });
    return said;
  });
  const gone = (name) => new RegExp(`^Evicted: all of \`${name}\` is gone: .* restore a backup, or open it with \`acceptLoss: true\` to begin anew$`);
  for (const how of ["", "true"]) {
    assert.match(said[`gone ${how}`], gone("gone"));
    assert.match(said[`newer ${how}`], /^NewerFormat: the database `newer`: /);
    assert.match(said[`damaged ${how}`], /^(Corrupt|Missing): the database `damaged`: /);
  }
  assert.match(said["private opfs"], gone("private"));
});

test("a function in the option `worker` that returns no worker is told so", async () => {
  const page = await browser.page();
  const said = await page.evaluate(async () => {
    const said = [];
    for (const worker of [() => {}, () => null, () => ({})]) {
      for (const call of [() => steadfast.open("none", { worker }), () => steadfast.destroy("none", { storage: "opfs", worker })]) {
        said.push(await call().then(() => "works", ({ kind, message }) => `${kind}: ${message}`));
      }
    }
    return said;
  });
  assert.deepEqual(said, Array(6).fill("Unsupported: the function in the option `worker` returned no worker: let it return new Worker(…) of the script steadfast/worker"));
});
