import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

/** Flips a bit in the middle of what a stream of the database is stored as, behind its back. */
const flip = (page, name, which) => page.evaluate(async ([name, which]) => {
  const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
  const raw = await done(indexedDB.open(`steadfast:${name}`));
  const transaction = raw.transaction(["heads", "rows"], "readwrite");
  const heads = transaction.objectStore("heads");
  const key = (await done(heads.getAllKeys())).find((key) => key.startsWith(which));
  const head = await done(heads.get(key));
  const [epoch, number, , tail] = head;
  const rows = transaction.objectStore("rows");
  const keys = await done(rows.getAllKeys(IDBKeyRange.bound([epoch, number], [epoch, number, []])));
  const row = keys[Math.floor(keys.length / 2)];
  const bytes = row ? await done(rows.get(row)) : tail;
  bytes[bytes.length >> 1] ^= 4;
  if (row) rows.put(bytes, row);
  else heads.put(head, key);
  await new Promise((resolve) => { transaction.oncomplete = resolve; });
  raw.close();
  return key;
}, [name, which]);

const fill = (page, name) => page.evaluate(async (name) => {
  window.db = await steadfast.open(name);
  for (let n = 0; n < 30; n += 1) await db.put(`key/${n}`, `value ${n}`);
  return (await db.scan()).length;
}, name);

test("a flipped bit is found by verify, with key and offset", async () => {
  const page = await browser.page();
  await fill(page, "flipped");
  const before = await page.evaluate(() => db.verify());
  assert.ok(before.sound && before.commits >= 30);
  const key = await flip(page, "flipped", "wal/");
  const report = await page.evaluate(() => db.verify());
  assert.equal(report.sound, false);
  assert.equal(report.damage[0].kind, "Corrupt");
  assert.equal(report.damage[0].key, key);
  assert.ok(report.damage[0].offset > 0);
  // What is in memory is whole, and is written anew.
  await page.evaluate(async () => {
    for (let n = 0; n < 2; n += 1) {
      await db.put("again", n);
      await db.snapshot();
    }
  });
  assert.ok(await page.evaluate(async () => (await db.verify()).sound));
  await page.close();
});

test("a damaged database does not open as an empty one, can be kept as evidence, and a backup opens it again", async () => {
  const page = await browser.page();
  await fill(page, "broken");
  await page.evaluate(async () => {
    window.backup = await db.backup();
    await db.close();
  });
  await flip(page, "broken", "wal/");
  const refused = await page.evaluate(() => steadfast.open("broken").then(() => "opened", ({ kind, remedy, message }) => ({ kind, remedy, message })));
  assert.equal(refused.kind, "Corrupt");
  assert.equal(refused.remedy, "restore");
  assert.match(refused.message, /^the database `broken`: `wal\/[0-9a-f]+` is damaged at byte \d+/);
  const found = await page.evaluate(async () => {
    const evidence = await steadfast.rescue("broken");
    window.db = await steadfast.restore("broken", backup);
    const { sound } = await db.verify();
    await db.put("more", 1);
    return { evidence: evidence.size, keys: (await db.scan("key/")).length, value: await db.get("key/7"), sound };
  });
  assert.ok(found.evidence > 1024);
  assert.deepEqual({ ...found, evidence: 0 }, { evidence: 0, keys: 30, value: "value 7", sound: true });
});

test("a tab that once restored a backup replaces nothing later", async () => {
  const [one, two] = [await browser.page(), await browser.page()];
  await fill(one, "later");
  const backup = await one.evaluate(async () => [...new Uint8Array(await (await db.backup()).arrayBuffer())]);
  await two.evaluate(async (bytes) => {
    window.db = await steadfast.restore("later", new Blob([new Uint8Array(bytes)]));
    window.ended = new Promise((resolve) => { db.onfailure = ({ kind }) => resolve(kind); });
  }, backup);
  await one.evaluate(() => db.put("put since", 1));
  await flip(one, "later", "wal/");
  // The other tab becomes the writer, and meets the damage.
  await one.evaluate(() => db.close());
  assert.equal(await two.evaluate(() => ended), "Corrupt");
  assert.equal(await two.evaluate(() => steadfast.open("later").then(() => "opened", ({ kind }) => kind)), "Corrupt");
  await one.close();
  await two.close();
});

test("a restore comes to its end where another tab saves all the time, and is all or nothing", async () => {
  const [one, two] = [await browser.page(), await browser.page()];
  await fill(one, "busy");
  await two.evaluate(async () => {
    window.db = await steadfast.open("busy");
    window.on = true;
    window.saving = (async () => { for (let n = 0; on; n += 1) await db.put("other", n); })();
  });
  const all = await one.evaluate(async () => {
    const backup = await db.backup();
    await db.batch([{ key: "key/0", value: "changed" }, { key: "new", value: 1 }]);
    await db.restore(backup);
    return (await db.scan()).filter(([key]) => key !== "other");
  });
  await two.evaluate(() => { on = false; return saving; });
  assert.equal(all.length, 30);
  assert.deepEqual(all[0], ["key/0", "value 0"]);
  await one.close();
  await two.close();
});

test("a restore into a living database is one commit that every tab hears of", async () => {
  const [one, two] = [await browser.page(), await browser.page()];
  await fill(one, "restored");
  await two.evaluate(async () => {
    window.db = await steadfast.open("restored");
    window.heard = [];
    db.subscribe(({ changes }) => heard.push(changes));
    await db.status();
  });
  const found = await one.evaluate(async () => {
    const backup = await db.backup();
    await db.batch([{ key: "key/0", value: "changed" }, { key: "key/1", delete: true }, { key: "new", value: new Uint8Array([1]) }]);
    const { commits } = await db.status();
    await db.restore(backup);
    const after = await db.status();
    return { commits: after.commits - commits, all: await db.scan() };
  });
  assert.equal(found.commits, 1);
  assert.equal(found.all.length, 30);
  assert.equal(found.all[0][1], "value 0");
  await two.waitForFunction(() => heard.length === 2);
  assert.deepEqual(await two.evaluate(() => heard[1].map(({ key, value }) => [key, value ?? null])), [["new", null], ["key/0", "value 0"], ["key/1", "value 1"]]);
});

test("what is no backup, or a damaged one, is refused and changes nothing", async () => {
  const page = await browser.page();
  await fill(page, "refusing");
  const said = await page.evaluate(async () => {
    const backup = new Uint8Array(await (await db.backup()).arrayBuffer());
    const flipped = backup.slice();
    flipped[1200] ^= 1;
    const said = [];
    for (const bytes of [new TextEncoder().encode("no archive".repeat(100)), backup.slice(0, 700), backup.slice(0, backup.length - 1024), flipped, new Uint8Array()]) {
      said.push(await db.restore(new Blob([bytes])).then(() => "restored", (error) => `${error.kind}: ${error.message}`));
    }
    return { said, keys: (await db.scan()).length };
  });
  for (const sentence of said.said) assert.match(sentence, /^(NotAStore|Corrupt|Missing|InvalidKey|NoStore): .{20,}/, sentence);
  assert.equal(said.keys, 30);
});

test("JSON Lines come back as they went out, and a bad line imports nothing", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("lines");
    await db.batch([{ key: "a", value: "te\"xt\n" }, { key: "b", value: { n: [1, null] } }, { key: "c", value: new Uint8Array([0, 200, 255]) }, { key: "d", value: null }]);
    const lines = await (await db.export()).text();
    const other = await steadfast.open("lines copied");
    const count = await other.import(lines);
    const again = await (await other.export()).text();
    const bad = [];
    for (const text of ['{"key":"x","value":1}\n{"key":"y"}', '{"key":"x","value":1}\nnonsense', '{"key":7,"value":1}', '{"key":"x","valeu":1}', '["x"]']) {
      bad.push(await other.import(text).catch((error) => error.message));
    }
    return { lines, same: lines === again, count, bad, x: (await other.get("x")) ?? null };
  });
  assert.equal(found.lines, '{"key":"a","value":"te\\"xt\\n"}\n{"key":"b","value":{"n":[1,null]}}\n{"key":"c","value_base64":"AMj/"}\n{"key":"d","value":null}\n');
  assert.ok(found.same);
  assert.equal(found.count, 4);
  assert.match(found.bad[0], /^line 2: /);
  for (const sentence of found.bad) assert.match(sentence, /^line \d: .*; nothing was imported$/);
  assert.equal(found.x, null);
});

test("a database that is gone is not shown as an empty one, unless that is asked for", async () => {
  const page = await browser.page();
  await fill(page, "evicted");
  const found = await page.evaluate(async () => {
    await db.close();
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase("steadfast:evicted");
      request.onsuccess = resolve;
      request.onerror = reject;
    });
    const refused = await steadfast.open("evicted").then(() => "opened", ({ kind }) => kind);
    const anew = await steadfast.open("evicted", { acceptLoss: true });
    const keys = (await anew.scan()).length;
    await anew.close();
    await steadfast.destroy("evicted");
    const after = await steadfast.open("evicted").then(() => "opened", ({ kind }) => kind);
    return { refused, keys, after };
  });
  assert.deepEqual(found, { refused: "Evicted", keys: 0, after: "opened" });
});
