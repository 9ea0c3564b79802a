import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("where `onstatus` throws, every answer comes, and the page hears of the error", async () => {
  const writer = await browser.page();
  await writer.evaluate(async () => { window.db = await steadfast.open("throws"); await db.put("a", 1); });
  const page = await browser.page();
  await page.evaluate(async () => {
    window.thrown = [];
    window.addEventListener("error", (event) => { event.preventDefault(); thrown.push(event.error.message); });
    window.db = await steadfast.open("throws");
    db.onstatus = ({ state }) => { throw new Error(`of the program: ${state}`); };
  });
  // Silent for longer than it takes to be told.
  const busy = writer.evaluate(() => { for (const end = performance.now() + 5000; performance.now() < end;); });
  const answers = await page.evaluate(() => Promise.all([db.status(), db.get("a"), db.put("b", 2)].map((call) => call.then(() => "answered", ({ kind }) => kind))));
  await busy;
  assert.deepEqual(answers, ["answered", "answered", "answered"]);
  assert.deepEqual(await page.evaluate(() => thrown), ["of the program: waiting", "of the program: ready"]);
  await browser.closeTabs();
});

test("a restore that is refused leaves nothing open, and makes no database", async () => {
  const page = await browser.page();
  const ends = await page.evaluate(async () => {
    const db = await steadfast.open("source");
    for (let n = 0; n < 20; n += 1) await db.put(`n/${n}`, "x".repeat(100));
    const bytes = new Uint8Array(await (await db.backup()).arrayBuffer());
    await db.close();
    // In the middle of a value: the archive itself is sound.
    const text = new TextDecoder("latin1").decode(bytes);
    bytes[text.indexOf("x".repeat(50)) + 10] ^= 1;
    const restored = await steadfast.restore("target", new Blob([bytes])).then(() => "restored", ({ kind }) => kind);
    const made = (await indexedDB.databases()).some(({ name }) => name === "steadfast:target");
    const destroyed = await steadfast.destroy("target").then(() => "destroyed", ({ kind }) => kind);
    return { restored, made, destroyed };
  });
  assert.deepEqual(ends, { restored: "Corrupt", made: false, destroyed: "destroyed" });
});
