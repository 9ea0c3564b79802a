import { after, test } from "node:test";
import assert from "node:assert/strict";
import { processOf, start } from "./support/browser.mjs";

const browser = await start(after);
await browser.context.route("**/never.wasm", () => {});

for (const storage of ["indexeddb", "opfs"]) {
  test(`a tab whose WebAssembly does not come (${storage}) waits, is told so, and keeps no other from writing`, async () => {
    const [first, second] = [await browser.page(), await browser.page()];
    const name = `no engine ${storage}`;
    await first.evaluate(async ([name, storage]) => {
      window.states = [];
      window.opening = steadfast.open(name, { storage, wasm: "/never.wasm", onstatus: ({ state }) => states.push(state) });
    }, [name, storage]);
    await first.waitForFunction(() => states.includes("waiting"));
    await second.evaluate(async ([name, storage]) => {
      window.db = await steadfast.open(name, { storage });
      await db.put("a", 1);
    }, [name, storage]);
    // It needs no engine where another tab writes.
    assert.equal(await first.evaluate(async () => (await opening).get("a")), 1);
    await browser.closeTabs();
  });
}

test("a tab that is suspended while it opens the database, and replaced, waits in line when it goes on", async () => {
  const name = "replaced while it opens";
  const [holder, first, second] = [await browser.page(), await browser.page(), await browser.page()];
  const number = await processOf(first);
  // Keeps the first tab in the middle of opening: the lock is the backend's.
  await holder.evaluate((name) => new Promise((held) => {
    navigator.locks.request(`steadfast:${name}`, () => new Promise(() => held())).catch(() => {});
  }), name);
  await first.evaluate((name) => {
    window.failed = [];
    window.opening = steadfast.open(name).then((db) => {
      db.onfailure = ({ kind }) => failed.push(kind);
      return db;
    });
    opening.catch(({ kind }) => failed.push(kind));
  }, name);
  const hasLock = (which) => holder.evaluate(async ([which, lock]) => (await navigator.locks.query())[which].some(({ name }) => name === lock), [which, `steadfast/1/indexeddb/${name}/writer`]);
  while (!await hasLock("held"));
  process.kill(number, "SIGSTOP");
  try {
    await second.evaluate(async (name) => {
      window.db = await steadfast.open(name);
      await db.put("a", 1);
    }, name);
  } finally {
    process.kill(number, "SIGCONT");
  }
  assert.equal(await first.evaluate(async () => (await opening).get("a")), 1);
  // It waits for the second tab's end, and then it writes.
  while (!await hasLock("pending") && await first.evaluate(() => failed.length === 0));
  await second.close();
  const found = await first.evaluate(async () => {
    const db = await opening;
    await db.put("b", 2);
    return [failed, (await db.status()).writer];
  });
  assert.deepEqual(found, [[], "this tab"]);
  await browser.closeTabs();
});
