import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("three tabs that count together count every time once", async () => {
  const pages = await Promise.all([browser.page(), browser.page(), browser.page()]);
  await Promise.all(pages.map((page) => page.evaluate(async () => {
    const db = await steadfast.open("counter");
    const count = () => db.transact(async (tx) => tx.put("count", (await tx.get("count") ?? 0) + 1));
    await Promise.all(Array.from({ length: 30 }, count));
  })));
  const [total] = await Promise.all(pages.map((page) => page.evaluate(async () => (await steadfast.open("counter")).get("count"))));
  assert.equal(total, 90);
});

test("a transaction that throws changes nothing, and reads one moment", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("moments");
    // Another part of the program, which is not called by the transaction.
    const elsewhere = (work) => new Promise((resolve, reject) => setTimeout(() => work().then(resolve, reject)));
    await db.batch([{ key: "a", value: 1 }, { key: "b", value: 1 }]);
    const refused = await db.transact((tx) => { tx.put("a", 2); throw new Error("no"); }).catch((error) => error.message);
    let runs = 0;
    const seen = await db.transact(async (tx) => {
      runs += 1;
      const a = await tx.get("a");
      if (runs === 1) await elsewhere(() => db.batch([{ key: "a", value: 7 }, { key: "b", value: 7 }]));
      const b = await tx.get("b");
      tx.put("sum", a + b);
      tx.put("c", "mine");
      tx.delete("b");
      return { a, b, own: await tx.get("c"), gone: await tx.get("b"), keys: (await tx.scan()).map(([key]) => key) };
    });
    return { refused, runs, seen, after: await db.scan() };
  });
  assert.equal(found.refused, "no");
  assert.equal(found.runs, 2, "what it had read was changed, so it ran again");
  assert.deepEqual(found.seen, { a: 7, b: 7, own: "mine", gone: undefined, keys: ["a", "c", "sum"] });
  assert.deepEqual(found.after, [["a", 7], ["c", "mine"], ["sum", 14]]);
});

test("a new key under a prefix that was read makes the transaction run again", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("phantoms");
    // Another part of the program, which is not called by the transaction.
    const elsewhere = (work) => new Promise((resolve, reject) => setTimeout(() => work().then(resolve, reject)));
    await db.put("seat/1", "Ada");
    let runs = 0;
    await db.transact(async (tx) => {
      runs += 1;
      const taken = (await tx.scan("seat/")).length;
      if (runs === 1) await elsewhere(() => db.put("seat/2", "Grace"));
      tx.put("taken", taken);
    });
    return { runs, taken: await db.get("taken") };
  });
  assert.deepEqual(found, { runs: 2, taken: 2 });
});

test("a conflict that the function itself throws comes back at once, as it is", async () => {
  const page = await browser.page();
  const { runs, isSame } = await page.evaluate(async () => {
    const db = await steadfast.open("own conflicts", { storage: "memory" });
    const own = new steadfast.SteadfastError({ kind: "Conflict", remedy: "retry", message: "of another database", cause: "" });
    let runs = 0;
    const thrown = await db.transact(() => { runs += 1; throw own; }).catch((error) => error);
    await db.close();
    return { runs, isSame: thrown === own };
  });
  assert.deepEqual({ runs, isSame }, { runs: 1, isSame: true });
  await page.close();
});
