import { after, test } from "node:test";
import assert from "node:assert/strict";
import { drive } from "./support/webdriver.mjs";

// WebKitGTK has no private files that a worker can flush.
const STORAGES = { firefox: ["indexeddb", "opfs"], webkit: ["indexeddb"] };

for (const engine of Object.keys(STORAGES)) {
  test(engine, async (group) => {
    const browser = await drive(after, engine);
    for (const storage of STORAGES[engine]) {
      await group.test(`values come back after a reload as they went in (${storage})`, async () => {
        await browser.run(async (storage) => {
          const db = await steadfast.open("values", { storage });
          await db.batch([{ key: "text", value: "é" }, { key: "zero", value: -0 }, { key: "bytes", value: new Uint8Array([0, 255]) }]);
          await db.put("deep", { when: new Date(86_400_000), big: 10n ** 30n, list: [undefined, NaN], map: new Map([["a", new Set([1])]]) });
          await db.close();
        }, storage);
        await browser.visit();
        const found = await browser.run(async (storage) => {
          const db = await steadfast.open("values", { storage });
          const deep = await db.get("deep");
          const found = {
            text: await db.get("text"), zero: Object.is(await db.get("zero"), -0), bytes: [...await db.get("bytes")],
            when: deep.when.getTime(), big: String(deep.big), list: deep.list.map(String), set: [...deep.map.get("a")],
            keys: (await db.scan()).map(([key]) => key), sound: (await db.verify()).sound,
          };
          await db.close();
          return found;
        }, storage);
        assert.deepEqual(found, {
          text: "é", zero: true, bytes: [0, 255], when: 86_400_000, big: `1${"0".repeat(30)}`, list: ["undefined", "NaN"], set: [1],
          keys: ["bytes", "deep", "text", "zero"], sound: true,
        });
      });

      await group.test(`a backup brings everything back (${storage})`, async () => {
        const found = await browser.run(async (storage) => {
          const db = await steadfast.open("kept", { storage });
          for (let n = 0; n < 50; n += 1) await db.put(`n/${n}`, n);
          const backup = await db.backup();
          await db.put("later", true);
          await db.close();
          await steadfast.restore("again", backup, { storage });
          const again = await steadfast.open("again", { storage });
          const keys = (await again.scan()).length;
          const later = await again.get("later");
          await again.close();
          return { keys, later: later === undefined };
        }, storage);
        assert.deepEqual(found, { keys: 50, later: true });
      });

      await group.test(`two tabs that count together count every time once, and one goes on when the other closes (${storage})`, async () => {
        const count = async (name, storage, times) => {
          window.db ??= await steadfast.open(name, { storage });
          for (let n = 0; n < times; n += 1) await db.transact(async (tx) => tx.put("count", ((await tx.get("count")) ?? 0) + 1));
          return await db.get("count");
        };
        const first = await browser.current();
        assert.equal(await browser.run(count, "shared", storage, 20), 20);
        const second = await browser.openTab();
        assert.equal(await browser.run(count, "shared", storage, 20), 40);
        await browser.front(first);
        assert.equal(await browser.run(count, "shared", storage, 5), 45);
        // The writer goes.
        await browser.closeTab();
        await browser.front(second);
        assert.equal(await browser.run(count, "shared", storage, 20), 65);
        await browser.run(async () => { await window.db.close(); });
        await browser.visit();
      });

      await group.test(`what is deleted under an open tab is told, and not made anew (${storage})`, async () => {
        const told = await browser.run(async (storage) => {
          const told = [];
          const db = await steadfast.open("cleared", { storage });
          db.onfailure = ({ kind }) => told.push(kind);
          await db.put("a", 1);
          for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
          if (storage === "opfs") {
            const root = await navigator.storage.getDirectory();
            for await (const name of root.keys()) await root.removeEntry(name, { recursive: true }).catch((error) => told.push(error.name));
          }
          for (let n = 0; n < 200 && told.length === 0; n += 1) {
            await db.put("b", n).catch(({ kind }) => told.push(kind));
            await new Promise((next) => setTimeout(next, 50));
          }
          return told[0];
        }, storage);
        assert.match(told, storage === "opfs" ? /^(Evicted|NoModificationAllowedError)$/ : /^Evicted$/);
      });
    }
  });
}
