// A tab that is to take a suspended writer's place moves the fence, and on a full disk it cannot.
// In a file of its own: Chromium remembers for half a minute how much room there was.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { processOf, start } from "./support/browser.mjs";

const browser = await start(after);
// The browser's own tab stays: with the tab that asked for it a quota would go.
const session = await browser.context.newCDPSession(browser.context.pages()[0]);
const setQuota = (quotaSize) => session.send("Storage.overrideQuotaForOrigin", { origin: browser.address, quotaSize });
await setQuota(5_000_000);

test("on a full disk nobody can take the writer's place: what it may still commit is unknown, and not refused", async () => {
  const writer = await browser.page();
  const other = await browser.page();
  await writer.evaluate(async () => {
    window.db = await steadfast.open("full and suspended");
    await db.put("a", new Uint8Array(200_000));
  });
  await other.evaluate(async () => {
    window.db = await steadfast.open("full and suspended");
    await db.get("a");
    const opening = indexedDB.open("other data");
    opening.onupgradeneeded = () => opening.result.createObjectStore("rows");
    await new Promise((resolve) => { opening.onsuccess = resolve; });
    // Chromium remembers how much room there was until something needs more.
    window.lookForRoom = () => new Promise((resolve) => {
      const transaction = opening.result.transaction("rows", "readwrite");
      const drawn = () => crypto.getRandomValues(new Uint8Array(65536));
      transaction.objectStore("rows").put(Array.from({ length: 100 }, drawn), 1);
      transaction.oncomplete = () => resolve("there is room");
      transaction.onabort = () => resolve(transaction.error.name);
    });
  });
  const number = await processOf(writer);
  process.kill(number, "SIGSTOP");
  try {
    await setQuota(1000);
    assert.equal(await other.evaluate(() => lookForRoom()), "QuotaExceededError");
    const said = await other.evaluate(() => db.put("b", 1).then(() => "saved", ({ kind, message }) => `${kind}: ${message}`));
    assert.match(said, /^OutcomeUnknown: /);
    assert.deepEqual(await other.evaluate(() => db.scan().then((pairs) => pairs.map(([key]) => key))), ["a"]);
  } finally {
    await setQuota();
    process.kill(number, "SIGCONT");
  }
  await other.evaluate(() => db.put("c", 2));
  assert.ok((await writer.evaluate(() => db.scan())).some(([key]) => key === "c"));
  await browser.closeTabs();
});
