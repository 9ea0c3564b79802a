import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
/** How often each way is gone; more by hand. */
const ROUNDS = Number(process.env.STEADFAST_ROUNDS ?? 1);
/**
 * Every tab is told within this, in milliseconds: a look is made every two seconds, and a busy
 * machine is slow.
 */
const TOLD_WITHIN = 30_000;
const MODES = { page: {}, worker: { worker: true }, opfs: { storage: "opfs" } };

const WAYS = {
  "the site clears it": (tabs) => tabs[0].evaluate(() => fetch("/clear").then((answer) => answer.text())),
  "the person clears it": async (tabs) => {
    const session = await browser.context.newCDPSession(tabs[0]);
    await session.send("Storage.clearDataForOrigin", { origin: browser.address, storageTypes: "all" });
  },
  "a script of the site deletes it": (tabs) => tabs[0].evaluate(deleteAll),
};

/** Deletes all databases and private files of the site; the names of the errors. */
async function deleteAll() {
  for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
  const root = await navigator.storage.getDirectory();
  const refused = [];
  for await (const name of root.keys()) await root.removeEntry(name, { recursive: true }).catch((error) => refused.push(error.name));
  return refused;
}

/** Opens the database in a tab that saves and reads all the time, and notes what it hears. */
async function busyTab(name, options) {
  const page = await browser.page();
  await page.evaluate(async ([name, options]) => {
    window.told = [];
    window.acknowledged = [];
    window.db = await steadfast.open(name, options);
    db.onfailure = ({ kind }) => told.push(kind);
    db.subscribe(({ error }) => { if (error) told.push(`subscriber ${error.kind}`); });
    const me = Math.random().toString(36).slice(2);
    (async () => {
      for (let n = 0; ; n += 1) {
        try {
          await db.put(`${me}/${n}`, n);
          acknowledged.push(`${me}/${n}`);
          await new Promise((resolve) => setTimeout(resolve, 5));
        } catch (error) {
          return told.push(`put ${error.kind}`);
        }
      }
    })();
  }, [name, options]);
  return page;
}

for (const [mode, options] of Object.entries(MODES)) {
  for (const [way, clear] of Object.entries(WAYS)) {
    // A script cannot delete private files that are open: see below.
    if (mode === "opfs" && clear === WAYS["a script of the site deletes it"]) continue;
    test(`where ${way}, three busy tabs (${mode}) hear that everything is gone, and nothing is made in its place`, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const name = `cleared ${mode} ${way} ${round}`;
        const tabs = [];
        for (let n = 0; n < 3; n += 1) tabs.push(await busyTab(name, options));
        await clear(tabs);
        for (const tab of tabs) {
          await tab.waitForFunction(() => told.includes("Evicted") && told.includes("put Evicted") && told.includes("subscriber Evicted"), undefined, { timeout: TOLD_WITHIN });
          const later = await tab.evaluate(() => Promise.all([db.get("a"), db.put("a", 1), db.scan(), db.transact((tx) => tx.put("a", 1))].map((call) => call.then(() => "answered", ({ kind }) => kind))));
          assert.deepEqual(later, ["Evicted", "Evicted", "Evicted", "Evicted"]);
        }
        await browser.closeTabs();
        const page = await browser.page();
        const found = await page.evaluate(async ([name, options]) => {
          const db = await steadfast.open(name, { ...options, acceptLoss: true });
          const found = { keys: (await db.scan()).length, created: (await db.status()).recovery.created };
          await db.close();
          return found;
        }, [name, options]);
        assert.deepEqual(found, { keys: 0, created: true }, "none of the old tabs has begun another store");
        await browser.closeTabs();
      }
    });
  }
}

test("private files that are open cannot be deleted by a script, and all that was acknowledged is there later", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = `open files ${round}`;
    const tabs = [];
    for (let n = 0; n < 3; n += 1) tabs.push(await busyTab(name, MODES.opfs));
    assert.deepEqual(await tabs[0].evaluate(deleteAll), ["NoModificationAllowedError"]);
    const later = await tabs[1].evaluate(() => new Promise((resolve) => setTimeout(() => resolve(told), 5_000)));
    assert.deepEqual(later, []);
    const acknowledged = (await Promise.all(tabs.map((tab) => tab.evaluate(() => acknowledged)))).flat();
    await browser.closeTabs();
    const page = await browser.page();
    const found = await page.evaluate(async (name) => {
      const db = await steadfast.open(name, { storage: "opfs" });
      const keys = (await db.scan()).map(([key]) => key);
      await db.close();
      return keys;
    }, name);
    const missing = acknowledged.filter((key) => !found.includes(key));
    assert.deepEqual(missing, []);
    await browser.closeTabs();
  }
});

test("a tab of a cleared store does not go on in the one that another tab has made since", async () => {
  const old = await busyTab("made anew", {});
  await old.evaluate(() => fetch("/clear").then((answer) => answer.text()));
  const next = await browser.page();
  await next.evaluate(async () => {
    // As long as the old writer does not know, it is the one that answers; then the open says that
    // all is gone.
    for (;;) {
      try {
        window.db = await steadfast.open("made anew", { acceptLoss: true });
        break;
      } catch (error) {
        if (error.kind !== "Evicted") throw error;
      }
    }
    await db.put("mine", "kept");
  });
  await old.waitForFunction(() => told.includes("Evicted"), undefined, { timeout: TOLD_WITHIN });
  const found = await next.evaluate(async () => {
    await db.put("more", "kept too");
    return Object.fromEntries(await db.scan());
  });
  assert.deepEqual(found, { mine: "kept", more: "kept too" });
});

for (const [mode, options] of Object.entries(MODES)) {
  test(`tabs that only read (${mode}) hear of it too`, async () => {
    const name = `read only ${mode}`;
    const tabs = [await browser.page(), await browser.page()];
    for (const tab of tabs) {
      await tab.evaluate(async ([name, options]) => {
        window.told = [];
        window.db = await steadfast.open(name, options);
        db.onfailure = ({ kind }) => told.push(kind);
        await db.get("a");
      }, [name, options]);
    }
    await tabs[0].evaluate(() => fetch("/clear").then((answer) => answer.text()));
    for (const tab of tabs) await tab.waitForFunction(() => told.includes("Evicted"), undefined, { timeout: TOLD_WITHIN });
    await browser.closeTabs();
  });
}

test("a tab whose writer is gone does not go on in another store under the same name", async () => {
  const [writer, tab, other] = [await browser.page(), await browser.page(), await browser.page()];
  await writer.evaluate(async () => { await (await steadfast.open("mine")).put("a", "mine"); });
  await tab.evaluate(async () => {
    window.told = [];
    window.db = await steadfast.open("mine");
    db.onfailure = ({ kind }) => told.push(kind);
  });
  // Keeps the next writer waiting, until the store is another one.
  await other.evaluate(async () => {
    const db = await steadfast.open("theirs");
    await db.put("a", "theirs");
    await db.close();
    await new Promise((held) => navigator.locks.request("steadfast:mine", { steal: true }, () => new Promise((release) => {
      window.release = release;
      held();
    })));
  });
  await writer.close();
  await other.evaluate(async () => {
    const settled = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    await settled(indexedDB.deleteDatabase("steadfast:mine"));
    const from = await settled(indexedDB.open("steadfast:theirs"));
    const names = [...from.objectStoreNames];
    const opening = indexedDB.open("steadfast:mine", from.version);
    opening.onupgradeneeded = () => { for (const name of names) opening.result.createObjectStore(name); };
    const to = await settled(opening);
    for (const name of names) {
      const store = from.transaction(name).objectStore(name);
      const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
      const transaction = to.transaction(name, "readwrite");
      keys.forEach((key, n) => transaction.objectStore(name).put(values[n], key));
      await new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onabort = () => reject(transaction.error); });
    }
    from.close();
    to.close();
    release();
  });
  await tab.waitForFunction(() => told.includes("Evicted"), undefined, { timeout: TOLD_WITHIN });
  assert.equal(await tab.evaluate(() => db.put("a", "mine").then(() => "saved", ({ kind }) => kind)), "Evicted");
  const found = await other.evaluate(async () => (await steadfast.open("mine")).get("a"));
  assert.equal(found, "theirs", "nothing was written there");
});

test("a page that opens the database right after it was cleared has a new one, and is not told of the old one's end", async () => {
  for (const [mode, options] of Object.entries(MODES)) {
    for (let round = 0; round < 6; round += 1) {
      const name = `opened right after ${mode} ${round}`;
      const [old, next] = [await browser.page(), await browser.page()];
      await old.evaluate(async ([name, options]) => {
        window.db = await steadfast.open(name, options);
        await db.put("old", 1);
      }, [name, options]);
      await next.evaluate(() => fetch("/clear").then((answer) => answer.text()));
      const found = await next.evaluate(async ([name, options]) => {
        const db = await steadfast.open(name, options);
        await db.put("new", 2);
        return db.scan();
      }, [name, options]);
      assert.deepEqual(found, [["new", 2]]);
      await browser.closeTabs();
    }
  }
});
