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

test("what one subscriber does to a change, no other sees, and no later read", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("own");
    const heard = [];
    const spoil = ({ changes }) => {
      for (const { value } of changes) {
        value.list.push("spoilt");
        value.map.clear();
        value.bytes.fill(9);
        value.when.setTime(9);
      }
      changes.length = 0;
    };
    const told = new Promise((resolve) => {
      for (let n = 0; n < 3; n += 1) db.subscribe((event) => { heard.push(structuredClone(event.changes)); spoil(event); if (heard.length === 3) resolve(); });
    });
    await db.status();
    await db.put("a", { list: [1], map: new Map([[1, 2]]), bytes: new Uint8Array([1]), when: new Date(1) });
    await told;
    const all = [...heard.map(([{ value }]) => value), await db.get("a"), (await db.scan())[0][1]];
    await db.close();
    return all.map(({ list, map, bytes, when }) => [list.length, map.size, bytes[0], when.getTime()].join());
  });
  assert.deepEqual(found, Array(5).fill("1,1,1,1"));
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
