// A browser that is killed sometimes leaves half a record at the end of its own log: the header
// without the bytes. Chromium goes on writing behind it. At the start after the next, it takes the
// log for damaged and deletes the database. An open makes it begin a new log. Chromium treats the
// list of its files in the same way (google/leveldb#1287), and a page cannot make it begin a new
// list. That loss is reported.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, appendFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { start } from "./support/browser.mjs";

const browser = await start(after);
const SAVES = 20;
/** The file that was torn last. */
let torn;

/**
 * Tears the newest such file of the browser's own database under IndexedDB, as a kill between two
 * of its writes does.
 */
const tear = (isTorn) => async (profile) => {
  const places = join(profile, "Default", "IndexedDB");
  const folder = (await readdir(places)).find((name) => name.endsWith(".leveldb"));
  assert.ok(folder, "this browser keeps IndexedDB as it did");
  const files = (await readdir(join(places, folder))).filter(isTorn).sort();
  assert.ok(files.length > 0, "this browser keeps IndexedDB in such files");
  // The checksum, length and type of a record of 4,096 bytes, of which no byte was written.
  torn = join(places, folder, files.at(-1));
  await appendFile(torn, new Uint8Array([1, 2, 3, 4, 0x00, 0x10, 1]));
};

/**
 * Waits until the browser has begun a new log, some milliseconds after an open. A browser that ends
 * before that keeps the old one: see `docs/crash-model-browsers.md`.
 */
async function hasNewLog() {
  for (let tries = 0; existsSync(torn); tries += 1) {
    assert.ok(tries < 1000, "the browser goes on with the torn log");
    await pause(10);
  }
}

/** Opens the database, says how much is there, and saves more. */
async function go(round) {
  const page = await browser.page();
  return page.evaluate(async ([round, saves]) => {
    const db = await steadfast.open("torn");
    const found = (await db.scan()).length;
    const { sound } = await db.verify();
    for (let n = 0; n < saves; n += 1) await db.put(`${round}/${n}`, "x".repeat(500));
    return { found, sound };
  }, [round, SAVES]);
}

test("half a record at the end of the browser's log takes nothing with it, at the next start or the one after", async () => {
  await go(0);
  for (let round = 1; round < 5; round += 1) {
    await browser.restart(tear((name) => name.endsWith(".log")));
    assert.deepEqual(await go(round), { found: round * SAVES, sound: true });
    await hasNewLog();
  }
});

test("half a record in the browser's list of its files is no empty database: all is there, or the loss is told", async () => {
  await browser.restart(tear((name) => name.startsWith("MANIFEST-")));
  const before = await go(5);
  assert.deepEqual(before, { found: 5 * SAVES, sound: true });
  await browser.restart();
  const after = await go(6).catch((error) => error);
  // Usually everything is gone. Sometimes only what was written since the list that the browser
  // goes back to is gone.
  if (after instanceof Error) assert.match(after.message, /was here, and all of it is gone|all of `torn` is gone|is missing: it holds the commits from \d+ on/);
  else assert.deepEqual(after, { found: 6 * SAVES, sound: true });
});
