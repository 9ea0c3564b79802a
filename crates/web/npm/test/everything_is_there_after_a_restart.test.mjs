import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

test("puts, batches and deletions are there when the browser starts again", async () => {
  const first = await browser.page();
  await first.evaluate(async () => {
    const db = await steadfast.open("kept");
    await db.put("a/1", "one");
    await db.batch([{ key: "a/2", value: "two" }, { key: "b/1", value: { n: 1 } }, { key: "a/1", delete: true }]);
    await db.put("c", "gone soon");
    await db.delete("c");
    // Not closed: the browser ends under it.
  });
  await browser.restart();
  const second = await browser.page();
  const found = await second.evaluate(async () => {
    const db = await steadfast.open("kept");
    const { recovery, survives, storage, writer, keys } = await db.status();
    return { all: await db.scan(), recovery: recovery.replayed, survives, storage, writer, keys };
  });
  assert.deepEqual(found.all, [["a/2", "two"], ["b/1", { n: 1 }]]);
  assert.equal(found.survives, "power-loss");
  assert.equal(found.storage, "indexeddb");
  assert.equal(found.writer, "this tab");
  assert.ok(found.recovery >= 4, "the log was replayed");
});

test("a scan gives the keys under a prefix in order, from where it is told and as many", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("scanned");
    await db.batch(["b", "a", "ä", "a/2", "a/1", "\u{1F30D}", "\uFFFD"].map((key) => ({ key, value: key })));
    const keys = async (...args) => (await db.scan(...args)).map(([key]) => key);
    return {
      all: await keys(), under: await keys("a"), behind: await keys("a", { after: "a" }),
      two: await keys("", { limit: 2 }), none: await keys("", { limit: 0 }), last: await keys("", { after: "b" }),
    };
  });
  // In the order of UTF-8, where U+FFFD comes before what needs four bytes.
  assert.deepEqual(found.all, ["a", "a/1", "a/2", "b", "ä", "\uFFFD", "\u{1F30D}"]);
  assert.deepEqual(found.under, ["a", "a/1", "a/2"]);
  assert.deepEqual(found.behind, ["a/1", "a/2"]);
  assert.deepEqual(found.two, ["a", "a/1"]);
  assert.deepEqual(found.none, []);
  assert.deepEqual(found.last, ["ä", "\uFFFD", "\u{1F30D}"]);
});

test("a closed database answers with one sentence, and opens again", async () => {
  const page = await browser.page();
  const said = await page.evaluate(async () => {
    const db = await steadfast.open("closed");
    const last = db.put("last", "words");
    await db.close();
    await last;
    const refused = await db.put("too", "late").catch((error) => `${error.kind}: ${error.message}`);
    await db.close();
    const again = await steadfast.open("closed");
    const found = await again.get("last");
    await again.close();
    const bad = [];
    for (const call of [() => steadfast.open(""), () => steadfast.open("x", { storage: "floppy" }), () => steadfast.open("x", { snapshotAfter: -1 })]) {
      bad.push(await call().catch((error) => error.message));
    }
    return { refused, found, bad };
  });
  assert.equal(said.refused, "Closed: the database is closed: open it again");
  assert.equal(said.found, "words");
  assert.match(said.bad[0], /name of a database/);
  assert.match(said.bad[1], /no storage `floppy`/);
  assert.match(said.bad[2], /snapshotAfter/);
});
