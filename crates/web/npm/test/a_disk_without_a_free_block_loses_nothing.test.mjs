// Other programs fill the disk to its last block while a database is open. Chromium notices in the
// midst of a record and ends its connections; what writes on behind that half record costs all of
// the site's data at a later start. The disk is a small tmpfs, which root can mount.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "./support/browser.mjs";

/** More by hand. */
const ROUNDS = Number(process.env.STEADFAST_ROUNDS ?? 1);
const MODES = { page: {}, worker: { worker: true }, opfs: { storage: "opfs" } };
const disk = mkdtempSync(join(tmpdir(), "steadfast-disk-"));
const isMounted = (() => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=300m", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
after(() => {
  if (isMounted) execFileSync("umount", ["-l", disk]);
  rmSync(disk, { recursive: true, force: true });
});

const ballast = join(disk, "ballast");
/** Writes until not one more byte is taken. */
function fill() {
  const file = openSync(ballast, "a");
  for (let length = 1 << 20; length > 0; length >>= 1) {
    const bytes = Buffer.alloc(length);
    try {
      for (;;) writeSync(file, bytes);
    } catch (error) {
      assert.equal(error.code, "ENOSPC");
    }
  }
  closeSync(file);
}

/** The logs of Chromium's IndexedDB. */
const logs = () => readdirSync(disk, { recursive: true }).filter((name) => /indexeddb\.leveldb\/.*\.log$/.test(name));

for (const [mode, options] of Object.entries(MODES)) {
  test(`what was acknowledged is there when the disk has room again, and after a restart (${mode})`, { skip: !isMounted && "only root can mount a small disk" }, async () => {
    // A new profile: where LevelDB has much to compact, Chromium deletes its store by itself.
    const browser = await start(after, { disk });
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = `without a block ${mode} ${round}`;
      const page = await browser.page();
      await page.evaluate(async ([name, options]) => {
        window.db = await steadfast.open(name, options);
        window.drawn = (length) => {
          const bytes = new Uint8Array(length);
          for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
          return bytes;
        };
        window.kept = [];
        window.keep = (key, value) => db.put(key, value).then(() => { kept.push(key); }, ({ kind, message }) => `${kind}: ${message}`);
        for (let n = 0; n < 20; n += 1) await keep(`long/${n}`, drawn(100_000));
        for (let n = 0; n < 100; n += 1) await keep(`short/${n}`, n);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }, [name, options]);
      fill();
      const ends = await page.evaluate(async () => {
        const ends = [];
        for (let n = 0; n < 40; n += 1) ends.push(await keep(`full/${n}`, n % 2 === 0 ? n : drawn(50_000)));
        return ends.filter((end) => end !== undefined);
      });
      // A save that is made where nobody has the database is known not to be stored.
      assert.ok(ends.filter((end) => end.startsWith("OutcomeUnknown")).length <= 1, `${ends}`);
      for (const end of ends) assert.match(end, /^(StorageFull|OutcomeUnknown|Io): /);
      const torn = logs();
      rmSync(ballast);
      const kept = await page.evaluate(async () => {
        for (const until = performance.now() + 20_000; await keep("after", 1) && performance.now() < until;) await new Promise((resolve) => setTimeout(resolve, 300));
        return kept;
      });
      assert.ok(kept.includes("after"), `nothing is saved though there is room: ${ends.at(-1)}`);
      // What is saved behind half a record is not there after a restart, or costs everything.
      if (mode !== "opfs") assert.deepEqual(logs().filter((log) => torn.includes(log)), [], "the logs that the full disk has torn are of no use any more");
      for (let restarts = 0; restarts < 3; restarts += 1) {
        await browser.restart();
        const again = await browser.page();
        const found = await again.evaluate(async ([name, options]) => {
          const db = await steadfast.open(name, options);
          const found = { keys: (await db.scan()).map(([key]) => key), sound: (await db.verify()).sound };
          await db.put("once more", 1);
          await db.close();
          return found;
        }, [name, options]);
        assert.deepEqual(kept.filter((key) => !found.keys.includes(key)), []);
        assert.ok(found.sound);
      }
    }
  });
}
