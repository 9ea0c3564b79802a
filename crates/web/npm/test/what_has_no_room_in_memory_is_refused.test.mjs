// All contents are in memory, and memory ends. The change that does not fit is refused and
// everything else goes on; where memory ends in the middle of something all the same, everybody who
// waits is told.

import { after, beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "./support/browser.mjs";
import { limitMemory } from "./support/less-memory.mjs";

const MB = 1 << 20;
const folder = await mkdtemp(join(tmpdir(), "steadfast-memory-"));
await limitMemory("steadfast_bg.wasm", 128 * MB, join(folder, "small.wasm"));
await limitMemory("steadfast_bg.wasm", 24 * MB, join(folder, "tiny.wasm"));
await limitMemory("steadfast_opfs_bg.wasm", 24 * MB, join(folder, "tiny-opfs.wasm"));
await limitMemory("steadfast_whole_bg.wasm", 24 * MB, join(folder, "tiny-whole.wasm"));
after(() => rm(folder, { recursive: true, force: true }));
const browser = await start(after, { folders: { less: folder } });
beforeEach(() => browser.closeTabs());

for (const worker of [false, true]) {
  test(`a put that does not fit is refused, and reading, deleting, small puts and a restart go on${worker ? ", in a worker" : ""}`, async () => {
    const page = await browser.page();
    const found = await page.evaluate(async ([worker, MB]) => {
      const options = { wasm: "/less/small.wasm", worker };
      const name = `full ${worker}`;
      let db = await steadfast.open(name, options);
      const value = (number) => new Uint8Array(4 * MB).fill(number);
      let count = 0;
      let refused;
      while (!refused && count < 100) {
        await db.put(`value/${count}`, value(count)).then(() => { count += 1; }, ({ name, kind, remedy, message }) => { refused = { name, kind, remedy, message }; });
      }
      const again = await db.put("again", value(1)).then(() => "saved", ({ kind }) => kind);
      const transacted = await db.transact((tx) => tx.put("transacted", value(1))).then(() => "saved", ({ kind }) => kind);
      const read = async () => {
        for (let number = 0; number < count; number += 1) {
          const found = await db.get(`value/${number}`);
          if (found.length !== 4 * MB || found[7] !== number) return `value/${number} is wrong`;
        }
        return (await db.scan()).length;
      };
      const all = await read();
      const { keys, memory } = await db.status();
      const backup = (await db.backup()).size;
      for (let number = 0; number < 6; number += 1) await db.delete(`value/${number}`);
      await db.put("room", new Uint8Array(2 * MB));
      await db.close();
      db = await steadfast.open(name, options);
      return { refused, again, transacted, all, count, keys, memory, backup, after: (await db.status()).keys };
    }, [worker, MB]);
    assert.equal(found.refused.name, "SteadfastError");
    assert.equal(found.refused.kind, "OutOfMemory");
    assert.equal(found.refused.remedy, "free-space");
    assert.match(found.refused.message, /memory/);
    assert.ok(found.count >= 8, `${found.count} values had room`);
    assert.deepEqual([found.again, found.transacted], ["OutOfMemory", "OutOfMemory"]);
    assert.equal(found.all, found.count);
    assert.equal(found.keys, found.count);
    assert.ok(found.memory.used > found.count * 4 * MB && found.memory.used <= 128 * MB && !found.memory.isNear);
    assert.ok(found.backup > found.count * 4 * MB);
    assert.equal(found.after, found.count - 6 + 1);
  });
}

/** A database that a small memory cannot hold. */
const fill = (page, name, storage) => page.evaluate(async ([name, storage, MB]) => {
  const db = await steadfast.open(name, { storage });
  for (let number = 0; number < 8; number += 1) await db.put(`value/${number}`, new Uint8Array(6 * MB).fill(number));
  const backup = await db.backup();
  await db.close();
  window.backup = backup;
}, [name, storage, MB]);

const told = ({ name, kind, remedy, message }) => ({ name, kind, remedy, message });

for (const [storage, worker, wasm] of [["indexeddb", false, "tiny"], ["indexeddb", true, "tiny"], ["opfs", true, "tiny-opfs"]]) {
  test(`${storage}${worker ? " in a worker" : ""}: a database that memory cannot hold does not open, and says so, again and again`, async () => {
    const page = await browser.page();
    const name = `too large ${storage} ${worker}`;
    await fill(page, name, storage);
    await page.reload();
    const said = await page.evaluate(async ([name, storage, worker, wasm, told]) => {
      const tell = new Function(`return ${told}`)();
      const said = [];
      for (let tries = 0; tries < 2; tries += 1) said.push(await steadfast.open(name, { storage, worker, wasm: `/less/${wasm}.wasm` }).then(() => "opened", tell));
      return said;
    }, [name, storage, worker, wasm, told.toString()]);
    for (const error of said) {
      assert.equal(error.name, "SteadfastError", JSON.stringify(error));
      assert.equal(error.kind, "Poisoned");
      assert.match(error.message, /memory/);
    }
    // With enough of it all is there.
    await page.reload();
    const found = await page.evaluate(async ([name, storage]) => (await (await steadfast.open(name, { storage })).scan()).length, [name, storage]);
    assert.equal(found, 8);
  });
}

test("a transaction beside a put that is refused is committed once", async () => {
  const writer = await browser.page();
  await writer.evaluate(async () => { window.db = await steadfast.open("once", { wasm: "/less/small.wasm" }); await db.put("begin", 1); });
  const page = await browser.page();
  const rounds = 16;
  const commits = await page.evaluate(async ([rounds, MB]) => {
    const db = await steadfast.open("once", { wasm: "/less/small.wasm" });
    const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
    const large = new Uint8Array(60 * MB);
    const before = (await db.status()).commits;
    for (let round = 0; round < rounds; round += 1) {
      const transacted = db.transact((tx) => tx.put("t", round));
      // The news that it was refused makes the tab send again whatever is unanswered.
      await pause(round % 8);
      const refused = await db.put("large", large).then(() => "saved", ({ kind }) => kind);
      if (refused !== "OutOfMemory") throw new Error(refused);
      await transacted;
    }
    return (await db.status()).commits - before;
  }, [rounds, MB]);
  assert.equal(commits, rounds);
});

test("a backup that memory cannot hold is refused, and the database is as before and goes on", async () => {
  const page = await browser.page();
  await fill(page, "of a large one");
  const found = await page.evaluate(async (told) => {
    const tell = new Function(`return ${told}`)();
    const db = await steadfast.open("restored into", { wholeWasm: "/less/tiny-whole.wasm" });
    await db.put("old", 1);
    // The whole engine of this page is loaded already.
    return { db: await db.get("old") };
  }, told.toString());
  assert.equal(found.db, 1);
  const [blob] = await Promise.all([page.evaluate(async () => { const cache = await caches.open("backup"); await cache.put("/backup", new Response(backup)); return backup.size; })]);
  assert.ok(blob > 48 * MB);
  await page.reload();
  const after = await page.evaluate(async (told) => {
    const tell = new Function(`return ${told}`)();
    const backup = await (await (await caches.open("backup")).match("/backup")).blob();
    const db = await steadfast.open("restored into", { wholeWasm: "/less/tiny-whole.wasm" });
    const said = [];
    for (let tries = 0; tries < 2; tries += 1) said.push(await db.restore(backup).then(() => "restored", tell));
    await db.put("new", 2);
    return { said, all: await db.scan() };
  }, told.toString());
  for (const error of after.said) {
    assert.equal(error.name, "SteadfastError", JSON.stringify(error));
    assert.match(error.message, /memory/);
  }
  assert.deepEqual(after.all, [["new", 2], ["old", 1]]);
});

for (const worker of [false, true]) {
  test(`where memory ends in the middle of something, reads and later calls say so, and only what is under way is unknown${worker ? ", in a worker" : ""}`, async () => {
    const page = await browser.page();
    const name = `breaks ${worker}`;
    await page.evaluate(async (name) => { const db = await steadfast.open(name); await db.put("kept", 1); await db.close(); }, name);
    await page.reload();
    const found = await page.evaluate(async ([name, worker]) => {
      const db = await steadfast.open(name, { wasm: "/less/tiny.wasm", worker });
      const told = new Promise((resolve) => (db.onfailure = ({ kind }) => resolve(kind)));
      const end = (promise) => promise.then(() => "done", ({ kind }) => kind);
      // Deletions are never refused for want of memory; these are 30 MB long.
      const many = Array.from({ length: 30_000 }, (_, n) => ({ key: `${n}/`.padEnd(1000, "x"), delete: true }));
      const under = await end(db.batch(many));
      return { under, told: await told, later: await Promise.all([end(db.get("kept")), end(db.put("later", 1))]) };
    }, [name, worker]);
    assert.deepEqual(found, { under: "OutcomeUnknown", told: "Poisoned", later: ["Poisoned", "Poisoned"] });
    await page.reload();
    assert.equal(await page.evaluate(async (name) => (await steadfast.open(name)).get("kept"), name), 1);
  });
}
