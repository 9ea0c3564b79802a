// IndexedDB deletes a database when the last tab that has it open lets go, which a suspended one
// does not, and a deletion cannot be taken back.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { processOf, start } from "./support/browser.mjs";

const browser = await start(after);

test("`destroy` while a replaced writer stands still says that the outcome is unknown; the writer finds nothing when it goes on, and makes nothing", async () => {
  const name = "deleted later";
  const writer = await browser.page();
  const number = await processOf(writer);
  await writer.evaluate(async (name) => {
    document.title = "the old writer";
    window.told = [];
    window.db = await steadfast.open(name);
    db.onfailure = ({ kind }) => told.push(kind);
    await db.put("a", 1);
  }, name);
  const page = await browser.page();
  const other = await browser.page();
  await page.evaluate(async (name) => { window.db = await steadfast.open(name); }, name);
  process.kill(number, "SIGSTOP");
  try {
    const destroyed = await page.evaluate(async (name) => {
      await db.put("b", 2);
      await db.close();
      const states = [];
      const end = await steadfast.destroy(name, { onstatus: ({ state }) => states.push(state) }).then(() => "done", ({ kind, message }) => `${kind}: ${message}`);
      return { end, states };
    }, name);
    assert.match(destroyed.end, /^OutcomeUnknown: .*deleted later.*call destroy again$/);
    assert.deepEqual(destroyed.states, ["waiting", "ready"]);
    // The browser keeps it waiting for the deletion.
    const opened = await other.evaluate(async (name) => {
      const states = [];
      const end = await steadfast.open(name, { onstatus: ({ state }) => states.push(state) }).then(() => "opened", ({ kind }) => kind);
      return { end, told: states.includes("waiting") };
    }, name);
    assert.deepEqual(opened, { end: "Io", told: true });
  } finally {
    process.kill(number, "SIGCONT");
  }
  await writer.waitForFunction(() => told.includes("Evicted"));
  assert.deepEqual(await writer.evaluate(() => Promise.all([db.put("a", 3), db.get("a"), db.status()].map((call) => call.then(() => "answered", ({ kind }) => kind)))), ["Evicted", "Evicted", "Evicted"]);
  const found = await page.evaluate(async (name) => {
    let db;
    // The tab that has asked for the deletion hears of it, and forgets that there was a database.
    for (let tries = 1; !db; tries += 1) {
      db = await steadfast.open(name).catch(async (error) => {
        if (error.kind !== "Evicted" || tries > 50) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      });
    }
    return { pairs: await db.scan(), created: (await db.status()).recovery.created };
  }, name);
  assert.deepEqual(found, { pairs: [], created: true });
  await browser.closeTabs();
});
