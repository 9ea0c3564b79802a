import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
/** More by hand. */
const ROUNDS = Number(process.env.STEADFAST_ROUNDS ?? 2);
const QUOTA = 5_000_000;
// The browser's own tab stays: with the tab that asked for it a quota would go.
const session = await browser.context.newCDPSession(browser.context.pages()[0]);
const setQuota = (quotaSize) => session.send("Storage.overrideQuotaForOrigin", { origin: browser.address, quotaSize });
await setQuota(QUOTA);

async function tab(name) {
  const page = await browser.page();
  await page.evaluate(async (name) => {
    window.db = await steadfast.open(name);
    window.filled = (length) => {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
      return bytes;
    };
    /** Saves until there is no room; the keys of what was acknowledged. */
    window.fill = async (me) => {
      const kept = [];
      for (let n = 0, refused = 0; refused < 3; n += 1) {
        try {
          await db.put(`${me}/${n}`, filled(100_000));
          kept.push(`${me}/${n}`);
        } catch (error) {
          if (error.kind !== "StorageFull") throw error;
          refused += 1;
        }
      }
      return kept;
    };
  }, name);
  return page;
}

test("with no room left, two tabs read on, also after a reload; they delete, and what they free can be used", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = `full ${round}`;
    const tabs = [await tab(name), await tab(name)];
    const kept = (await Promise.all(tabs.map((page, n) => page.evaluate((n) => fill(n), n)))).flat();
    assert.ok(kept.length > 5, "something was saved before the quota was reached");
    const read = (page) => page.evaluate(async () => {
      const keys = (await db.scan()).map(([key]) => key);
      const some = await db.get(keys[0]);
      return { keys, some: some.length, backup: (await db.backup()).size > 100_000, sound: (await db.verify()).sound };
    });
    for (const page of tabs) assert.deepEqual(await read(page), { keys: kept.toSorted(), some: 100_000, backup: true, sound: true });
    await browser.closeTabs();
    const again = await tab(name);
    assert.deepEqual(await read(again), { keys: kept.toSorted(), some: 100_000, backup: true, sound: true });
    // More than half, so that the rest fits beside what is stored.
    const [gone, rest] = [kept.slice(0, Math.ceil(kept.length * 0.6)), kept.slice(Math.ceil(kept.length * 0.6))];
    await again.evaluate(async (gone) => { for (const key of gone) await db.delete(key); }, gone);
    const saved = await again.evaluate(async () => {
      await db.put("new/0", filled(100_000));
      await db.put("new/1", filled(100_000));
      return (await db.scan()).map(([key]) => key);
    });
    assert.deepEqual(saved, [...rest, "new/0", "new/1"].toSorted());
    await browser.closeTabs();
    const last = await browser.page();
    const found = await last.evaluate(async (name) => {
      const db = await steadfast.open(name);
      const found = (await db.scan()).map(([key]) => key);
      await db.close();
      await steadfast.destroy(name);
      return found;
    }, name);
    assert.deepEqual(found, [...rest, "new/0", "new/1"].toSorted());
    await browser.closeTabs();
  }
});

test("a connection that breaks while the room is used up is opened again", async () => {
  const page = await tab("broken and full");
  const found = await page.evaluate(async () => {
    const kept = await fill(0);
    const { get } = IDBObjectStore.prototype;
    let isBroken = true;
    IDBObjectStore.prototype.get = function (...given) {
      if (!isBroken || !this.transaction.db.name.startsWith("steadfast:")) return get.apply(this, given);
      isBroken = false;
      throw new DOMException("", "UnknownError");
    };
    const deleted = await db.delete(kept[0]).then(() => "deleted", ({ kind }) => kind);
    return { isBroken, deleted, rest: kept.length - (await db.scan()).length, sound: (await db.verify()).sound };
  });
  assert.deepEqual(found, { isBroken: false, deleted: "deleted", rest: 1, sound: true });
  await browser.closeTabs();
});

test("deletions go on where one of them finds the room used up", async () => {
  const name = "the last room";
  const page = await tab(name);
  await page.evaluate(async () => {
    await db.batch(Array.from({ length: 150 }, (_, n) => ({ key: `small/${n}`, value: filled(1000) })));
    await fill(0);
  });
  await browser.closeTabs();
  // Enough to open it and for some of the deletions: each is a record of some kilobytes.
  await setQuota(QUOTA + 400_000);
  const again = await tab(name);
  const ends = await again.evaluate(async () => {
    const { failure } = await db.status();
    const ends = [];
    for (let n = 0; n < 150; n += 1) ends.push(await db.delete(`small/${n}`).then(() => "deleted", ({ kind }) => kind));
    return { failure, refused: ends.filter((end) => end !== "deleted"), rest: (await db.scan("small/")).length };
  });
  assert.deepEqual(ends, { failure: null, refused: [], rest: 0 });
  await setQuota(QUOTA);
  await browser.closeTabs();
});

test("while saves are refused, the status says so, and no longer", async () => {
  await setQuota(100_000_000);
  const page = await tab("refused");
  const found = await page.evaluate(async () => {
    let isTight = true;
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...given) {
      if (isTight && this.transaction.db.name.startsWith("steadfast-reserve:")) throw new DOMException("", "QuotaExceededError");
      return put.apply(this, given);
    };
    const save = (n) => db.put(`long/${n}`, filled(200_000)).then(() => "saved", ({ kind }) => kind);
    const failure = async () => (await db.status()).failure?.kind;
    const found = [await failure()];
    let end = "saved";
    for (let n = 0; end === "saved" && n < 100; n += 1) end = await save(n);
    found.push(end, await failure());
    isTight = false;
    for (const until = performance.now() + 10_000; end !== "saved" && performance.now() < until;) end = await save("again");
    return [...found, end, await failure()];
  });
  assert.deepEqual(found, [undefined, "StorageFull", "StorageFull", "saved", undefined]);
  await setQuota(QUOTA);
  await browser.closeTabs();
});

for (const [what, isOpening] of [["the store cannot be opened", true], ["the deletion itself finds none", false]]) {
  test(`a deletion waits for room that the browser counts late, while ${what}`, async () => {
    await setQuota(100_000_000);
    const page = await tab(`late ${what}`);
    const ends = await page.evaluate(async (isOpening) => {
      await db.batch([{ key: "long", value: filled(200_000) }, { key: "short", value: 1 }]);
      const holds = (value, text) => (value instanceof Uint8Array ? new TextDecoder("latin1").decode(value).includes(text) : value instanceof Object && Object.values(value).some((part) => holds(part, text)));
      let isTight = true;
      const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function (...given) {
        const isRefused = this.transaction.db.name.startsWith("steadfast:") && (holds(given[0], "deleted-key") || isOpening && given[1] === "writer");
        if (isTight && isRefused) throw new DOMException("", "QuotaExceededError");
        return put.apply(this, given);
      };
      const { deleteDatabase } = IDBFactory.prototype;
      IDBFactory.prototype.deleteDatabase = function (name) {
        if (name.startsWith("steadfast-reserve:")) setTimeout(() => (isTight = false), 800);
        return deleteDatabase.call(this, name);
      };
      const ends = [await db.delete("deleted-key").then(() => "deleted", ({ kind }) => kind)];
      return [...ends, isTight, (await db.scan()).map(([key]) => key).join()];
    }, isOpening);
    assert.deepEqual(ends, ["deleted", false, "long,short"]);
    await setQuota(QUOTA);
    await browser.closeTabs();
  });
}

test("saves wait for a reserve that is slow, so that there is one when the quota is reached", async () => {
  await setQuota(100_000_000);
  const page = await browser.page();
  const rows = await page.evaluate(async () => {
    // As a busy browser does.
    const open = indexedDB.open.bind(indexedDB);
    indexedDB.open = (name, version) => {
      if (!name.startsWith("steadfast-reserve:")) return open(name, version);
      const later = {};
      setTimeout(() => {
        const request = open(name, version);
        for (const event of ["onupgradeneeded", "onsuccess", "onerror"]) {
          request[event] = () => { later.result = request.result; later[event]?.(); };
        }
      }, 500);
      return later;
    };
    const db = await steadfast.open("slow reserve");
    for (let n = 0; n < 12; n += 1) await db.put(`${n}`, "x".repeat(200_000));
    const [reserve] = (await indexedDB.databases()).filter(({ name }) => name.startsWith("steadfast-reserve:") && name.includes("slow reserve"));
    await db.close();
    return reserve !== undefined;
  });
  assert.ok(rows, "2.4 MB were saved, and the reserve has begun");
  await setQuota(QUOTA);
  await browser.closeTabs();
});
