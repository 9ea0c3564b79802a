// Walks over what a database and a transaction can do, so that a new method is not forgotten.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

/** The error of each call: of its answer, or of the first read of a stream. In the page. */
const REFUSALS = `window.refusals = async (object, methods) => {
  const ended = async (call) => {
    const answer = await call();
    if (answer instanceof ReadableStream) await answer.getReader().read();
    return "answered";
  };
  const refusals = {};
  for (const method of methods) {
    for (const [how, values] of Object.entries({ [method]: parameters[method], [method + " without anything"]: [] })) {
      if (values) refusals[how] = await ended(() => object[method](...values)).catch(({ kind, remedy, message }) => [kind, remedy, message].join(": "));
    }
  }
  return refusals;
};
/** What would be answered without asking anybody. */
window.parameters = { batch: [[]], import: [""], subscribe: [() => {}], put: ["a", 1], delete: ["a"], get: ["a"], scan: [""], entries: [""], transact: [() => 1], restore: [new Blob([])] };
window.methodsOf = (object) => Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter((name) => name !== "constructor" && typeof object[name] === "function");`;

for (const [storage, worker] of [["indexeddb", false], ["opfs", true], ["memory", false]]) {
  test(`a closed database (${storage}) refuses every call of its own and of its transactions with the same error`, async () => {
    const page = await browser.page();
    await page.evaluate(REFUSALS);
    const found = await page.evaluate(async ([storage, worker]) => {
      const db = await steadfast.open("closed", { storage, worker });
      let tx;
      let end;
      const running = db.transact((transaction) => { tx = transaction; return new Promise((resolve) => (end = resolve)); }).catch(() => {});
      while (!tx) await new Promise((resolve) => setTimeout(resolve));
      const over = await db.transact((transaction) => transaction);
      const closing = db.close();
      const methods = methodsOf(db).filter((name) => name !== "close");
      const before = await refusals(db, methods);
      const inside = await refusals(tx, methodsOf(tx));
      end();
      await running;
      await closing;
      return { count: methods.length, all: { before, inside, after: await refusals(db, methods), later: await refusals(tx, methodsOf(tx)), over: await refusals(over, methodsOf(over)) }, again: await db.close().then(() => "closed") };
    }, [storage, worker]);
    assert.ok(found.count > 15, "the walk finds the methods");
    for (const [when, refused] of Object.entries(found.all)) {
      assert.ok(Object.keys(refused).length >= 4, when);
      for (const [call, error] of Object.entries(refused)) assert.equal(error, "Closed: reopen: the database is closed: open it again", `${call}, ${when}`);
    }
    assert.equal(found.again, "closed", "closing is no change");
    await page.close();
  });
}

test("whoever closes a second time waits for the first as well", async () => {
  const page = await browser.page();
  const order = await page.evaluate(async () => {
    const db = await steadfast.open("twice");
    const order = [];
    const saving = db.put("a", 1).then(() => order.push("saved"));
    await Promise.all([db.close().then(() => order.push("closed")), db.close().then(() => order.push("closed again"))]);
    await saving;
    return order;
  });
  assert.deepEqual(order, ["saved", "closed", "closed again"]);
  await page.close();
});
