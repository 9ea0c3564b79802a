import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

for (const options of [{}, { storage: "opfs" }]) {
  test(`an eighth of the log that forces a snapshot is enough when the saving pauses (${JSON.stringify(options)})`, async () => {
    const page = await browser.page();
    await page.evaluate(async (options) => {
      window.db = await steadfast.open("pause", { ...options, snapshotAfter: 800_000 });
      await db.put("key", new Uint8Array(200_000));
    }, options);
    assert.deepEqual((await page.evaluate(() => db.status())).snapshots, [], "not in the midst of the work");
    const { logLength } = await page.evaluate(async () => {
      for (;;) {
        const status = await db.status();
        if (status.snapshots.length > 0) return status;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    assert.ok(logLength < 100_000, `the snapshot has what the log had: ${logLength} bytes are behind it`);
    const length = await page.evaluate(async (options) => {
      await db.close();
      const again = await steadfast.open("pause", options);
      const { length } = await again.get("key");
      await again.close();
      return length;
    }, options);
    assert.equal(length, 200_000);
    await page.close();
  });
}
