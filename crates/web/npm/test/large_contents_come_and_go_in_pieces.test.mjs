// Exports, backups, imports and scans of more than fits into one answer or one commit: they are of
// one moment, all or nothing, and stop when nobody reads them any more.

import { after, beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { start } from "./support/browser.mjs";

/** More than what is read and committed at a time. */
const COUNT = 40;
const LENGTH = 1_000_000;
/** So long a tab does not answer that the writer takes it for gone, in milliseconds. */
const SUSPENDED = 6000;

const browser = await start(after, { folders: { support: fileURLToPath(new URL("support", import.meta.url)) } });
beforeEach(() => browser.closeTabs());

/** Opens a database, with the large contents if that is asked for, as `db`. */
const open = (page, name, isFilled = true) => page.evaluate(async ([name, isFilled, count, length]) => {
  window.large = await import("/support/large.js");
  window.db = await steadfast.open(name);
  if (isFilled) await large.fill(db, count, length);
}, [name, isFilled, COUNT, LENGTH]);

const WHOLE = { found: COUNT, wrong: [], others: [] };

test("what streams out is of one moment, and comes back by streams", async () => {
  const page = await browser.page();
  await open(page, "source");
  const found = await page.evaluate(async (length) => {
    /** All of a stream, while somebody changes and deletes what it has not given out yet. */
    const read = async (stream) => {
      const reader = stream.getReader();
      const parts = [];
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        parts.push(next.value);
        if (parts.length === 1) await db.batch([{ key: "record/00000039", delete: true }, { key: "new", value: 1 }]);
      }
      await db.batch([{ key: "new", delete: true }]);
      await large.fill(db, 40, length);
      return parts;
    };
    const lines = await read(db.exportStream());
    const backup = await read(db.backupStream());
    const longest = Math.max(...lines.map((part) => part.length));
    const other = await steadfast.open("target");
    await other.put("old", 1);
    // Parts that end anywhere.
    const count = await other.import((async function* () { for (const part of lines) for (let at = 0; at < part.length; at += 333_333) yield part.subarray(at, at + 333_333); })());
    const imported = await large.look(other, length);
    await other.put("older", 1);
    await other.restore(new Blob(backup).stream());
    const restored = await large.look(other, length);
    await other.import(new Blob(lines).stream());
    await other.close();
    return { parts: [lines.length, backup.length], longest, count, imported, restored };
  }, LENGTH);
  assert.ok(found.parts[0] > 10 && found.parts[1] > 3, `in ${found.parts} parts`);
  assert.ok(found.longest < 4 * LENGTH);
  assert.equal(found.count, COUNT);
  assert.deepEqual(found.imported, { ...WHOLE, others: ["old"] });
  assert.deepEqual(found.restored, WHOLE);
});

test("an import that ends in the middle, by a bad line or a stream that fails, leaves nothing", async () => {
  const page = await browser.page();
  await open(page, "half", false);
  const found = await page.evaluate(async () => {
    await db.put("old", 1);
    const said = [];
    const lines = async function* (end) {
      for (let number = 0; number < 30; number += 1) yield `{"key":"${number}","value":"${"x".repeat(1e6)}"}\n`;
      yield* end();
    };
    for (const end of [function* () { yield "no line"; }, function* () { throw new Error("the network is gone"); }, function* () { yield new Uint8Array(1); }]) {
      said.push(await db.import(lines(end)).then(() => "imported", ({ name, message }) => `${name}: ${message}`));
    }
    const failing = new ReadableStream({ pull(controller) { controller.error(new TypeError("network error")); } });
    said.push(await db.import(failing).then(() => "imported", ({ name, message }) => `${name}: ${message}`));
    said.push(await db.restore(new ReadableStream({ pull(controller) { controller.error(new TypeError("network error")); } })).then(() => "restored", ({ name, message }) => `${name}: ${message}`));
    // Whatever was put for it is deleted.
    const { length } = await db.snapshot();
    return { said, all: await db.scan(), length };
  });
  assert.match(found.said[0], /^SteadfastError: line 31: .*; nothing was imported$/);
  for (const sentence of found.said) assert.match(sentence, /^SteadfastError: .{20,}/, sentence);
  assert.deepEqual(found.all, [["old", 1]]);
  assert.ok(found.length < 10_000, `a state of ${found.length} bytes`);
});

test("a tab that is closed in the middle of a restore leaves what was there, and nothing else", async () => {
  const [one, two] = [await browser.page(), await browser.page()];
  await open(one, "shared", false);
  await open(two, "shared", false);
  await open(two, "its source");
  await two.evaluate(async () => {
    window.backup = await db.backup();
    await db.close();
    window.db = await steadfast.open("shared");
  });
  await one.evaluate(() => {
    window.heard = [];
    db.subscribe(({ changes, missed }) => heard.push({ keys: changes.map(({ key }) => key), missed }));
    return db.put("old", 1);
  });
  const before = await one.evaluate(async () => (await db.status()).commits);
  // The restore waits for nobody; it is in its pieces when a few commits of it are there.
  await two.evaluate(() => { void db.restore(backup); });
  await one.evaluate(async (before) => {
    while ((await db.status()).commits < before + 3) await new Promise((resolve) => setTimeout(resolve, 1));
  }, before);
  await two.close();
  const left = await one.evaluate(async () => {
    // The tab is forgotten when its lock is free.
    for (;;) {
      const { tabs } = await db.status();
      if (tabs === 1) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { length } = await db.snapshot();
    return { length, all: await db.scan(), heard };
  });
  if (left.all.length === 1) {
    assert.deepEqual(left.all, [["old", 1]]);
    assert.ok(left.length < 10_000, `a state of ${left.length} bytes`);
    assert.deepEqual(left.heard, [{ keys: ["old"], missed: false }]);
  } else {
    // It was faster than the closing of its tab.
    assert.equal(left.all.length, COUNT);
    assert.ok(left.heard.at(-1).missed);
  }
});

test("a tab that was taken for gone in the middle of an import does not make a part of it count", async () => {
  const one = await browser.page();
  await open(one, "suspended", false);
  await one.evaluate(() => db.put("old", 1));
  // In a worker, so that the writer is not suspended with it.
  const said = await one.evaluate(async (ms) => {
    const script = `
      onmessage = async ({ data: { address, ms } }) => {
        const { open } = await import(address);
        const db = await open("suspended");
        const lines = async function* () {
          for (let number = 0; number < 40; number += 1) {
            if (number === 30) {
              // The lock by which the writer knows that it lives is taken away; then it does not
              // answer.
              const { held } = await navigator.locks.query();
              await Promise.all(held.filter(({ name }) => name.includes("/suspended/client/")).map(({ name }) => navigator.locks.request(name, { steal: true }, () => {})));
              for (const end = performance.now() + ms; performance.now() < end;);
            }
            yield JSON.stringify({ key: "record/" + number, value: "x".repeat(1e6) }) + "\\n";
          }
        };
        postMessage(await db.import(lines()).then(() => "imported", ({ kind, remedy }) => kind + " " + remedy));
      };`;
    const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), { type: "module" });
    worker.postMessage({ address: new URL("/steadfast/index.js", location.href).href, ms });
    return new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });
  }, SUSPENDED);
  assert.equal(said, "Conflict retry");
  const left = await one.evaluate(async () => ({ all: await db.scan(), stored: (await db.snapshot()).length }));
  assert.deepEqual(left.all, [["old", 1]]);
  assert.ok(left.stored < 10_000, `a state of ${left.stored} bytes`);
});

test("a scan gives all of one moment, however much, and entries page by page", async () => {
  const page = await browser.page();
  await open(page, "scanned");
  const found = await page.evaluate(async () => {
    const all = await db.scan("record/");
    const behind = await db.scan("record/", { after: "record/00000009", limit: 25 });
    const transacted = await db.transact(async (tx) => (await tx.scan("record/")).length);
    const some = [];
    for await (const [key] of db.entries("record/", { after: "record/00000004" })) {
      some.push(key);
      if (some.length === 3) break;
    }
    let limited = 0;
    for await (const _ of db.entries("", { limit: 7 })) limited += 1;
    const refused = await db.entries("", { limit: -1 }).next().catch(({ kind }) => kind);
    const stream = db.backupStream().getReader();
    await stream.read();
    await stream.cancel();
    return { all: all.length, behind: [behind.length, behind[0][0], behind.at(-1)[0]], transacted, some, limited, refused };
  });
  assert.deepEqual(found, {
    all: COUNT, behind: [25, "record/00000010", "record/00000034"], transacted: COUNT,
    some: ["record/00000005", "record/00000006", "record/00000007"], limited: 7, refused: "InvalidValue",
  });
});
