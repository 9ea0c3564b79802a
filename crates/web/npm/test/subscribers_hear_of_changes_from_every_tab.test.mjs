import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("changes of both tabs are told in both, in order, under the prefix", async () => {
  const [one, two] = [await browser.page(), await browser.page()];
  for (const page of [one, two]) {
    await page.evaluate(async () => {
      window.db = await steadfast.open("told");
      window.heard = [];
      window.stop = db.subscribe(({ changes }) => window.heard.push(...changes.map(({ key, value }) => [key, value ?? null])), "note/");
      await db.status();
    });
  }
  await one.evaluate(() => db.batch([{ key: "note/1", value: "first" }, { key: "other", value: 1 }]));
  await two.evaluate(() => db.put("note/1", "second"));
  await one.evaluate(() => db.delete("note/1"));
  const expected = [["note/1", "first"], ["note/1", "second"], ["note/1", null]];
  for (const page of [one, two]) {
    await page.waitForFunction(() => heard.length >= 3);
    assert.deepEqual(await page.evaluate(() => heard), expected);
  }
  await two.evaluate(() => stop());
  await one.evaluate(() => db.put("note/2", "alone"));
  await one.waitForFunction(() => heard.length === 4);
  assert.equal(await two.evaluate(() => heard.length), 3);
});

test("a value that two tabs write is told last as it is", async () => {
  const [one, two] = [await browser.page(), await browser.page()];
  const write = (page, who) => page.evaluate(async (who) => {
    window.db = await steadfast.open("last");
    db.subscribe(({ changes }) => { for (const { value } of changes) window.last = value; });
    await db.status();
    for (let n = 0; n < 50; n += 1) void db.transact((tx) => tx.put("x", `${who}${n}`));
    await Promise.all(Array.from({ length: 50 }, (_, n) => db.put("x", `${who}-${n}`)));
  }, who);
  await Promise.all([write(one, "a"), write(two, "b")]);
  await one.evaluate(() => db.put("end", 1));
  for (const page of [one, two]) {
    await page.waitForFunction(async () => last === 1);
    await page.evaluate(() => { last = undefined; });
  }
});
