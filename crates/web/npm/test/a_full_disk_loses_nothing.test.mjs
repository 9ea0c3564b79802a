import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("a save that finds no room is refused as not saved, and the next one works when there is room", async () => {
  const page = await browser.page();
  const session = await browser.context.newCDPSession(page);
  const quota = (quotaSize) => session.send("Storage.overrideQuotaForOrigin", { origin: browser.address, ...(quotaSize ? { quotaSize } : {}) });
  // Before the database is opened: Chromium asks for the room there is only now and again.
  await quota(3_000_000);
  await page.evaluate(async () => {
    window.db = await steadfast.open("full");
    await db.put("before", "kept");
  });
  const said = await page.evaluate(async () => {
    const said = [];
    for (let n = 0; n < 12; n += 1) {
      const value = crypto.getRandomValues(new Uint8Array(65536));
      const whole = new Uint8Array(8 * value.length);
      for (let at = 0; at < whole.length; at += value.length) whole.set(crypto.getRandomValues(value), at);
      said.push(await db.put(`big/${n}`, whole).then(() => "saved", ({ kind, remedy, message }) => `${kind} ${remedy}: ${message}`));
    }
    return said;
  });
  await quota();
  const refused = said.filter((word) => word !== "saved");
  assert.ok(refused.length > 0, "the quota was reached");
  for (const sentence of refused) assert.match(sentence, /^StorageFull free-space: no space left: the change was not saved/, sentence);
  const found = await page.evaluate(async () => {
    await db.put("after", "kept too");
    return { before: await db.get("before"), after: await db.get("after"), big: (await db.scan("big/")).length, sound: (await db.verify()).sound };
  });
  assert.deepEqual(found, { before: "kept", after: "kept too", big: said.length - refused.length, sound: true });
});
