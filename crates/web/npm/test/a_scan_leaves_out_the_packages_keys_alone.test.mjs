import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("keys around the package's own are scanned, transacted, exported and paged as all others", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("keys");
    const keys = ["\0", "\0a", "\0steadfast", "\0steadfast.", "\0steadfast0", "\0z", "a", "a/1", "a/2", "a/3", "b", "\u{1f30d}"];
    await Promise.all(keys.map((key) => db.put(key, key)));
    const names = (pairs) => pairs.map(([key]) => key);
    const wrong = [];
    const same = (found, expected, what) => { if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push(`${what}: ${JSON.stringify(found)}`); };
    same(names(await db.scan()), keys, "all");
    same(names(await db.transact((tx) => tx.scan())), keys, "in a transaction");
    same((await (await db.export()).text()).trim().split("\n").map((line) => JSON.parse(line).key), keys, "exported");
    for (const prefix of ["", "\0", "\0s", "\0steadfast", "a", "a/", "c"]) {
      for (const after of ["", ...keys, "\0steadfast/", "\0b", "a/15", "zz"]) {
        for (const limit of [0, 1, 2, 3, 100]) {
          const expected = keys.filter((key) => key.startsWith(prefix) && (after === "" || keys.includes(after) ? keys.indexOf(key) > keys.indexOf(after) : key > after)).slice(0, limit);
          same(names(await db.scan(prefix, { after, limit })), expected, JSON.stringify({ prefix, after, limit }));
        }
      }
    }
    same((await db.status()).keys, keys.length, "status");
    await db.close();
    return wrong;
  });
  assert.deepEqual(found, []);
});
