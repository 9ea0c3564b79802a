// Where the database can neither be written nor read, nobody can look what became of a save. One
// that was under way is unknown then. One that was made later never was anybody's, and is told so.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("a save made while nothing can be opened is known not to be stored, and goes on when it can", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("unreadable");
    await db.put("before", 1);
    const { open } = IDBFactory.prototype;
    const { put } = IDBObjectStore.prototype;
    const isOurs = (name) => name.startsWith("steadfast:");
    IDBFactory.prototype.open = function (name, ...given) {
      if (isOurs(name)) throw new DOMException("", "UnknownError");
      return open.call(this, name, ...given);
    };
    IDBObjectStore.prototype.put = function (...given) {
      if (isOurs(this.transaction.db.name)) throw new DOMException("", "UnknownError");
      return put.apply(this, given);
    };
    const end = (promise) => promise.then(() => "saved", ({ kind, remedy }) => `${kind} ${remedy}`);
    const ends = { under: await end(db.put("under", 1)), later: await end(db.put("later", 1)) };
    // Two at once: what stands behind a refused one is sent again, and stays nobody's.
    const both = await Promise.all([end(db.put("first", 1)), end(new Promise((done) => setTimeout(done)).then(() => db.put("second", 1)))]);
    IDBFactory.prototype.open = open;
    IDBObjectStore.prototype.put = put;
    const then = await end(db.put("then", 1));
    return { ...ends, both, then, keys: (await db.scan()).map(([key]) => key).filter((key) => key !== "under") };
  });
  assert.deepEqual(found, { under: "OutcomeUnknown reopen", later: "Io retry", both: ["Io retry", "Io retry"], then: "saved", keys: ["before", "then"] });
});
