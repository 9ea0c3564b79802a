import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("what commits by itself is refused within a transaction, at once and without an effect", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("inside");
    await db.put("count", 0);
    const add = () => db.transact(async (tx) => tx.put("count", await tx.get("count") + 1));
    const calls = {
      transact: add,
      put: () => db.put("count", 5),
      delete: () => db.delete("count"),
      batch: () => db.batch([{ key: "count", value: 5 }]),
      import: () => db.import('{"key":"count","value":5}'),
      restore: async () => db.restore(new Blob([])),
    };
    const said = {};
    for (const [name, call] of Object.entries(calls)) {
      let runs = 0;
      const atFirst = db.transact(async () => { runs += 1; await call(); });
      said[`${name} at first`] = await atFirst.then(() => "done", ({ kind }) => kind);
      const behindARead = db.transact(async (tx) => { runs += 1; await tx.get("count"); await tx.scan(); await call(); });
      said[`${name} behind a read`] = await behindARead.then(() => "done", ({ kind }) => kind);
      said[`${name} runs`] = runs;
    }
    // Who is not called by it is not concerned, whatever the transaction does meanwhile.
    let goes = true;
    const beside = (async () => { for (let n = 0; goes; n += 1) { await db.put(`beside/${n}`, n); await null; } })();
    for (let n = 0; n < 20; n += 1) await add();
    goes = false;
    await beside;
    return { said, count: await db.get("count") };
  });
  for (const [name, word] of Object.entries(found.said)) {
    assert.equal(word, name.endsWith("runs") ? 2 : "Reentrant", name);
  }
  assert.equal(found.count, 20);
});
