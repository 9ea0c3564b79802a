import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

for (const options of [{}, { worker: true }, { storage: "opfs" }]) {
  test(`a hundred puts asked for in one go are one commit, in order (${JSON.stringify(options)})`, async () => {
    const page = await browser.page();
    const found = await page.evaluate(async (options) => {
      const db = await steadfast.open(`group ${JSON.stringify(options)}`, options);
      await db.put("first", 0);
      const { commits } = await db.status();
      const told = [];
      const asked = Array.from({ length: 100 }, (_, n) => db.put("last", n).then(() => told.push(n)));
      asked.push(db.delete("first"));
      await Promise.all(asked);
      const after = await db.status();
      const refused = await Promise.allSettled([db.put("good", 1), db.put("bad", () => 1), db.put("good too", 2)]);
      const all = await db.scan();
      await db.close();
      return { commits: after.commits - commits, told, refused: refused.map(({ status }) => status), all };
    }, options);
    assert.equal(found.commits, 1);
    assert.deepEqual(found.told, Array.from({ length: 100 }, (_, n) => n));
    assert.deepEqual(found.refused, ["fulfilled", "rejected", "fulfilled"], "what is refused takes nothing with it");
    assert.deepEqual(found.all, [["good", 1], ["good too", 2], ["last", 99]]);
    await page.close();
  });
}

test("saves that are long go each on their own", async () => {
  const page = await browser.page();
  const commits = await page.evaluate(async () => {
    const db = await steadfast.open("long");
    const before = await db.status();
    await Promise.all(Array.from({ length: 4 }, (_, n) => db.put(`long/${n}`, new Uint8Array(50_000))));
    return (await db.status()).commits - before.commits;
  });
  assert.equal(commits, 4);
});

test("a put that nobody waited for is saved by a close", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("closed in between");
    const put = db.put("key", "value");
    await db.close();
    await put;
    const again = await steadfast.open("closed in between");
    return again.get("key");
  });
  assert.equal(found, "value");
});
