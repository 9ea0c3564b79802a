import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("a database of the first layout, whose heads have no tails, is read and written", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const STORES = ["heads", "rows", "staged", "about"];
    const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
    const ended = (transaction) => new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onabort = () => reject(transaction.error); });
    let db = await steadfast.open("old");
    for (let n = 0; n < 100; n += 1) await db.put(`key ${n}`, new Uint8Array(100).fill(n));
    await db.snapshot();
    await db.put("last", "is short");
    await db.close();

    const name = "steadfast:old";
    const now = await done(indexedDB.open(name));
    const reading = now.transaction(STORES);
    const all = {};
    for (const store of STORES) {
      const [keys, values] = await Promise.all([done(reading.objectStore(store).getAllKeys()), done(reading.objectStore(store).getAll())]);
      all[store] = keys.map((key, at) => [key, values[at]]);
    }
    const { version } = now;
    now.close();
    await done(indexedDB.deleteDatabase(name));
    let tails = 0;
    all.heads = all.heads.map(([key, [epoch, number, length, tail]]) => {
      if (tail.length > 0) all.rows.push([[epoch, number, length - tail.length], tail]);
      tails += tail.length;
      return [key, [epoch, number, length]];
    });
    const making = indexedDB.open(name, 1);
    making.onupgradeneeded = () => { for (const store of STORES) making.result.createObjectStore(store); };
    const old = await done(making);
    const writing = old.transaction(STORES, "readwrite");
    for (const store of STORES) for (const [key, value] of all[store]) writing.objectStore(store).put(value, key);
    await ended(writing);
    old.close();

    db = await steadfast.open("old");
    const before = await db.scan();
    await db.put("more", 1);
    await db.close();
    db = await steadfast.open("old");
    const after = await db.scan();
    const { sound } = await db.verify();
    await db.close();
    return { version, tails, before: before.map(([key]) => key), seventh: [...before.find(([key]) => key === "key 7")[1]], after: after.length, sound };
  });
  assert.equal(found.version, 2);
  assert.ok(found.tails > 0);
  assert.equal(found.before.length, 101);
  assert.deepEqual(found.seventh, Array(100).fill(7));
  assert.equal(found.after, 102);
  assert.ok(found.sound);
});
