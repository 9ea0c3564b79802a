// While the site's data is being cleared the browser fails in many ways: connections are closed,
// files are gone, what was read is half there. Whatever a call meets, it is answered or `Evicted`.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
const ROUNDS = Number(process.env.STEADFAST_ROUNDS ?? 2);
const MODES = { page: {}, worker: { worker: true }, opfs: { storage: "opfs" } };

const WAYS = {
  "the site clears everything": (tab) => tab.evaluate(() => fetch("/clear").then((answer) => answer.text())),
  "the person clears databases and files": async (tab) => {
    const session = await browser.context.newCDPSession(tab);
    await session.send("Storage.clearDataForOrigin", { origin: browser.address, storageTypes: "indexeddb,file_systems" });
  },
};

/** A tab in which each call is made again and again until it fails. */
async function busyTab(name, options) {
  const page = await browser.page();
  await page.evaluate(async ([name, options]) => {
    window.db = await steadfast.open(name, options);
    await db.batch(Array.from({ length: 500 }, (_, n) => ({ key: `k/${n}`, value: "x".repeat(1000) })));
    const calls = {
      put: () => db.put("a", 1),
      get: () => db.get("k/1"),
      scan: () => db.scan("k/1"),
      transact: () => db.transact(async (tx) => { await tx.get("a"); tx.put("t", 1); }),
      snapshot: () => db.snapshot(),
      verify: async () => { if (!(await db.verify()).sound) throw { kind: "not sound" }; },
      status: () => db.status(),
      backup: () => db.backup(),
      export: () => db.export(),
    };
    window.ends = {};
    window.done = Promise.all(Object.entries(calls).map(async ([name, call]) => {
      for (;;) {
        try {
          await call();
          await new Promise((resolve) => setTimeout(resolve, 5));
        } catch (error) {
          // The state of a transaction or export went with a writer: begun anew.
          if (error.kind === "Conflict") continue;
          ends[name] = `${error.kind}${error.kind === "Evicted" ? "" : `: ${error.message}`}`;
          return;
        }
      }
    }));
  }, [name, options]);
  return page;
}

for (const [mode, options] of Object.entries(MODES)) {
  for (const [way, clear] of Object.entries(WAYS)) {
    test(`where ${way}, no call of two busy tabs (${mode}) fails but as \`Evicted\``, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const name = `every call ${mode} ${way} ${round}`;
        const tabs = [await busyTab(name, options), await busyTab(name, options)];
        await clear(tabs[round % 2]);
        for (const tab of tabs) {
          const ends = await tab.evaluate(async () => { await done; return ends; });
          for (const [call, end] of Object.entries(ends)) assert.equal(end, "Evicted", call);
        }
        await browser.closeTabs();
      }
    });
  }
}

/** Opens a database again and again while something takes it away; what it came to. */
async function opened(options, takeAway) {
  const page = await browser.page();
  const ends = await page.evaluate(async ([options, takeAway]) => {
    const away = new Function("name", `return (${takeAway})(name)`);
    const ends = [];
    for (let n = 0; n < 20; n += 1) {
      const name = `taken away ${options.storage} ${n}`;
      const first = await steadfast.open(name, options);
      await first.put("k", n);
      await first.close();
      const opening = steadfast.open(name, options).then(async (db) => {
        const pairs = await db.scan().catch(({ kind }) => kind);
        await db.close();
        return JSON.stringify(pairs) === JSON.stringify([["k", n]]) ? "whole" : String(pairs);
      }, ({ kind, message }) => `${kind}${kind === "Evicted" ? "" : `: ${message}`}`);
      await new Promise((resolve) => setTimeout(resolve, n * 4));
      await away(name);
      ends.push(await opening);
      await steadfast.destroy(name, options);
    }
    return ends;
  }, [options, String(takeAway)]);
  await page.close();
  return ends;
}

test("a database that a script deletes while it is opened is whole or `Evicted`", async () => {
  const ends = await opened({ storage: "indexeddb" }, (name) => new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(`steadfast:${name}`);
    request.onsuccess = request.onerror = request.onblocked = resolve;
  }));
  assert.deepEqual(ends.filter((end) => end !== "whole" && end !== "Evicted"), []);
});

test("private files that a script removes while they are opened are whole or `Evicted`", async () => {
  const ends = await opened({ storage: "opfs" }, async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry("steadfast", { recursive: true }).catch(() => {});
  });
  assert.deepEqual(ends.filter((end) => end !== "whole" && end !== "Evicted"), []);
});

/** The next calls of `indexedDB.open` fail as Chromium's do while it clears. In the page. */
const FAILING = `window.fails = (calls) => {
  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (...values) {
    if (calls === 0) return open.apply(this, values);
    calls -= 1;
    throw new DOMException("The connection was closed.", "AbortError");
  };
};`;

test("a call that fails before the end is there to be seen is `Evicted`", async () => {
  const page = await browser.page();
  await page.evaluate(FAILING);
  const end = await page.evaluate(async () => {
    const db = await steadfast.open("seen late");
    await db.put("a", 1);
    await new Promise((resolve) => { indexedDB.deleteDatabase("steadfast:seen late").onsuccess = resolve; });
    fails(3);
    return db.snapshot().then(() => "taken", ({ kind }) => kind);
  });
  assert.equal(end, "Evicted");
  await page.close();
});

test("where what remembers the store went with it, a check of it is `Evicted` all the same", async () => {
  const page = await browser.page();
  const end = await page.evaluate(async () => {
    const db = await steadfast.open("forgotten");
    await db.put("a", 1);
    localStorage.clear();
    await caches.delete("steadfast");
    await new Promise((resolve) => { indexedDB.deleteDatabase("steadfast:forgotten").onsuccess = resolve; });
    return db.verify().then(() => "sound", ({ kind }) => kind);
  });
  assert.equal(end, "Evicted");
  await page.close();
});

test("an open that fails while the data is being cleared is made again", async () => {
  const page = await browser.page();
  await page.evaluate(FAILING);
  const value = await page.evaluate(async () => {
    const db = await steadfast.open("opened again");
    await db.put("a", 1);
    await db.close();
    fails(2);
    const again = await steadfast.open("opened again");
    return again.get("a");
  });
  assert.equal(value, 1);
  await page.close();
});

test("a writer that has come to its end does not open the database again: it could fence off its successor", async () => {
  const page = await browser.page();
  const [end, opened] = await page.evaluate(async () => {
    const db = await steadfast.open("at its end");
    await db.put("a", 1);
    await new Promise((resolve) => { indexedDB.deleteDatabase("steadfast:at its end").onsuccess = resolve; });
    const opened = [];
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name, ...values) {
      opened.push(name);
      return open.call(this, name, ...values);
    };
    const end = await db.put("b", 2).then(() => "taken", ({ kind }) => kind);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return [end, opened];
  });
  assert.equal(end, "Evicted");
  // By the commit, and by the look why it failed.
  assert.ok(opened.length <= 2, `${opened}`);
  await page.close();
});
