// A browser that is killed leaves half a record at the end of its own log now and again: its header without its bytes. Chromium goes on writing behind it
// and, at the start after the next, takes the log for damaged and deletes the database. An open makes it begin a new log.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { readdir, appendFile } from "node:fs/promises";
import { join } from "node:path";
import { start } from "./support/browser.mjs";

const browser = await start(after);
const SAVES = 20;

/** Tears the log of the browser's own database under IndexedDB, as a kill between two of its writes does. */
async function tear(profile) {
  const places = join(profile, "Default", "IndexedDB");
  const folder = (await readdir(places)).find((name) => name.endsWith(".leveldb"));
  assert.ok(folder, "this browser keeps IndexedDB as it did");
  const logs = (await readdir(join(places, folder))).filter((name) => name.endsWith(".log")).sort();
  // Checksum, length and type of a record of 4,096 bytes of which none were written.
  await appendFile(join(places, folder, logs.at(-1)), new Uint8Array([1, 2, 3, 4, 0x00, 0x10, 1]));
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
    await browser.restart(tear);
    assert.deepEqual(await go(round), { found: round * SAVES, sound: true });
  }
});
