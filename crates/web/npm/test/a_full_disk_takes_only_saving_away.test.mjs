import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
/** More by hand. */
const ROUNDS = Number(process.env.STEADFAST_ROUNDS ?? 2);
const QUOTA = 5_000_000;
// The browser's own tab stays: with the tab that asked for it a quota would go.
const session = await browser.context.newCDPSession(browser.context.pages()[0]);
await session.send("Storage.overrideQuotaForOrigin", { origin: browser.address, quotaSize: QUOTA });

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
