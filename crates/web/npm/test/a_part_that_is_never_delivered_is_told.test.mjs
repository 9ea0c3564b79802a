// What is seldom called is loaded when it is. Where the network never delivers it, the call fails
// in the end, nothing was changed, and all else goes on.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("a call whose part never comes fails, and the others go on", async () => {
  const page = await browser.page();
  await page.evaluate(async () => {
    // A limit of minutes passes within a second.
    const { setTimeout: wait } = window;
    window.setTimeout = (call, ms, ...values) => wait(call, ms >= 60_000 ? 1000 : ms, ...values);
    window.db = await steadfast.open("never delivered");
    await db.put("a", 1);
  });
  // Neither answered nor refused.
  await page.route("**/steadfast/**", () => {});
  const ends = await page.evaluate(async () => {
    const calls = {
      transact: () => db.transact((tx) => tx.put("a", 2)),
      backup: () => db.backup(),
      export: () => db.export(),
      import: () => db.import([{ key: "a", json: 3 }]),
    };
    const waits = new Promise((resolve) => setTimeout(resolve, 20_000, "waits"));
    const ends = {};
    for (const [name, call] of Object.entries(calls)) {
      ends[name] = await Promise.race([call().then(() => "done", ({ kind, remedy, message }) => `${kind} ${remedy} ${/no answer in 100 s/.test(message)}`), waits]);
    }
    return ends;
  });
  for (const [name, end] of Object.entries(ends)) assert.equal(end, "Unsupported retry true", name);
  assert.deepEqual(await page.evaluate(async () => {
    await db.put("b", 2);
    return db.scan();
  }), [["a", 1], ["b", 2]]);
  await page.close();
});
