import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

for (const storage of ["indexeddb", "opfs"]) {
  test(`saves to ${storage} go on through ten terminated workers, and each is there once`, async () => {
    const page = await browser.page();
    const found = await page.evaluate(async (storage) => {
      let worker;
      const make = () => (worker = new Worker("/steadfast/worker.js", { type: "module" }));
      const db = await steadfast.open(`killed ${storage}`, { storage, worker: make });
      let answered = 0;
      let kills = 0;
      const failed = [];
      const lane = async (number) => {
        for (let n = 0; n < 60; n += 1) {
          await db.transact(async (tx) => tx.put("count", (await tx.get("count") ?? 0) + 1)).catch((error) => failed.push(error.message));
          await db.put(`${number}/${n}`, n).catch((error) => failed.push(error.message));
          answered += 1;
          if (answered % 20 === 0 && kills < 10) {
            kills += 1;
            worker.terminate();
          }
        }
      };
      await Promise.all([0, 1, 2, 3].map(lane));
      const { survives, recovery } = await db.status();
      const all = await db.scan();
      const { sound } = await db.verify();
      await db.close();
      const again = await steadfast.open(`killed ${storage}`, { storage });
      const reopened = (await again.scan()).length;
      await again.close();
      return { failed, kills, keys: all.length, count: new Map(all).get("count"), survives, sound, replayed: recovery.replayed, reopened };
    }, storage);
    assert.deepEqual(found.failed, []);
    assert.equal(found.kills, 10);
    assert.equal(found.keys, 241);
    assert.equal(found.count, 240, "no transaction was lost, none happened twice");
    assert.equal(found.survives, storage === "opfs" ? "process-crash" : "power-loss");
    assert.ok(found.sound && found.reopened === 241);
    await page.close();
  });
}

test("a worker whose script is not there is told in one sentence", async () => {
  const page = await browser.page();
  const said = await page.evaluate(() => steadfast.open("no worker", { worker: "/nowhere.js" }).catch((error) => `${error.kind}: ${error.message}`));
  assert.match(said, /^Unsupported: the worker's script could not be loaded .* `worker`$/);
});

test("WebAssembly that is not there is told in one sentence", async () => {
  const page = await browser.page();
  const said = await page.evaluate(() => steadfast.open("no wasm", { wasm: "/nowhere.wasm" }).catch((error) => `${error.kind}: ${error.message}`));
  assert.match(said, /^Unsupported: the WebAssembly of steadfast could not be loaded/);
});
