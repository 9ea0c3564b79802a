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
    // Another database is none of its concern.
    const other = await steadfast.open("inside another one");
    await db.transact(async (tx) => { await other.put("a", await tx.get("count")); });
    const elsewhere = await other.get("a");
    // Who is not called by it is not concerned, whatever the transaction does meanwhile.
    let goes = true;
    const beside = (async () => { for (let n = 0; goes; n += 1) { await db.put(`beside/${n}`, n); await null; } })();
    for (let n = 0; n < 20; n += 1) await add();
    goes = false;
    await beside;
    return { said, elsewhere, count: await db.get("count") };
  });
  for (const [name, word] of Object.entries(found.said)) {
    assert.equal(word, name.endsWith("runs") ? 2 : "Reentrant", name);
  }
  assert.equal(found.elsewhere, 0);
  assert.equal(found.count, 20);
});

test("what commits by itself behind something else that a transaction waits for is committed apart, and nothing hangs", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("behind");
    await db.put("count", 0);
    const { port1, port2 } = new MessageChannel();
    /** Waits for what is no answer of the database. */
    const pause = () => new Promise((resolve) => { port2.onmessage = resolve; port1.postMessage(0); });
    const calls = {
      transact: () => db.transact(async (tx) => tx.put("count", await tx.get("count") + 1)),
      put: () => db.put("count", Math.random()),
      import: () => db.import(`{"key":"count","value":${Math.random()}}`),
    };
    const said = {};
    for (const [name, call] of Object.entries(calls)) {
      // What it has not read is none of its concern.
      said[`${name} of what it has not read`] = await db.transact(async (tx) => { await pause(); await call(); tx.put("other", name); }).then(() => "done", ({ kind }) => kind);
      let runs = 0;
      const own = db.transact(async (tx) => {
        runs += 1;
        await tx.get("count");
        await pause();
        if (runs < 4) await call();
        tx.put("other", runs);
      });
      said[`${name} of what it has read`] = await own.then(() => `done in ${runs} runs`, ({ kind }) => kind);
      const always = db.transact(async (tx) => { await tx.get("count"); await pause(); await call(); tx.put("other", 0); });
      said[`${name} each time`] = await always.then(() => "done", ({ kind, remedy, message }) => `${kind} ${remedy}: ${message}`);
    }
    await db.close();
    return said;
  });
  for (const [name, said] of Object.entries(found)) {
    assert.match(said, name.endsWith("each time") ? /^Conflict retry: the transaction ran 100 times.*change the database by its argument alone$/ : name.endsWith("not read") ? /^done$/ : /^done in 4 runs$/, `${name}: ${said}`);
  }
});
