// A browser is killed with SIGKILL in the middle of the restore of a large backup, again and again.
// At the next start the database has what it had before or all of the backup, every checksum is
// right, and the pieces of a restore that nobody will finish are deleted.
//
// STEADFAST_ROUNDS=20 does it so often and at full size: 300 MB in 300 records, and 400,000
// records.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "./support/browser.mjs";
import { listen, untilKilled } from "./support/killed.mjs";

const ROUNDS = Number(process.env.STEADFAST_ROUNDS ?? 2);
const isFull = process.env.STEADFAST_ROUNDS !== undefined;
/** Records and the length of each; 0: small objects. */
const BACKUPS = {
  bytes: isFull ? { count: 300, length: 1_000_000 } : { count: 40, length: 1_000_000 },
  records: isFull ? { count: 400_000, length: 0 } : { count: 150_000, length: 0 },
};
/** Where: all of it takes as many browsers again. */
const STORAGES = isFull ? { bytes: ["indexeddb", "opfs"], records: ["indexeddb", "opfs"] } : { bytes: ["indexeddb"], records: ["opfs"] };
/** A state without leftovers is no longer, in bytes. */
const SMALL = 100_000;

const folder = await mkdtemp(join(tmpdir(), "steadfast-large-"));
const support = fileURLToPath(new URL("support", import.meta.url));
const browser = await start(after, { folders: { backups: folder, support } });
const ear = await listen();
const profiles = [];
after(async () => {
  ear.end();
  for (const profile of [folder, ...profiles]) await rm(profile, { recursive: true, force: true, maxRetries: 10 });
});

/** Makes a backup of so many records, in a file; how long it is. */
async function make(name, { count, length }) {
  const page = await browser.page();
  const downloading = page.waitForEvent("download", { timeout: 0 });
  await page.evaluate(async ([count, length]) => {
    const { fill } = await import("/support/large.js");
    const db = await steadfast.open("large", { storage: "memory" });
    await fill(db, count, length);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await db.backup());
    link.download = "large.tar";
    link.click();
  }, [count, length]);
  await (await downloading).saveAs(join(folder, `${name}.tar`));
  await page.close();
  return (await stat(join(folder, `${name}.tar`))).size;
}

async function newProfile() {
  const profile = await mkdtemp(join(tmpdir(), "steadfast-restored-"));
  profiles.push(profile);
  return profile;
}

for (const [name, { count, length }] of Object.entries(BACKUPS)) {
  for (const storage of STORAGES[name]) {
    test(`${storage}, ${count} records of ${name}: ${ROUNDS} kills in the middle of a restore`, async () => {
      const size = await make(name, { count, length });
      /**
       * So many commits a restore has, about: its pieces, the first one, which is empty, and the
       * last, which makes them count.
       */
      const commits = Math.ceil(size / (8 << 20)) + 2;
      const address = `${browser.address}/pages/restored.html?${new URLSearchParams({ storage, length, file: `/backups/${name}.tar`, told: ear.address })}`;
      let profile = await newProfile();
      let [whole, nothing, began] = [0, 0, 0];
      /** What the start finds; whether it is the backup. */
      const look = async (when) => {
        const said = await ear.hear(({ found }) => found !== undefined, when);
        assert.ok(said.sound, `${when}: ${JSON.stringify(said.damage)}`);
        assert.deepEqual(said.wrong, [], when);
        assert.ok(said.found === 0 || said.found === count, `${when}: ${said.found} of ${count} records are there`);
        // What was there before goes with the same commit.
        if (began > 0) assert.deepEqual(said.others, said.found === count ? [] : ["old"], when);
        if (said.found === 0) assert.ok(said.stored < SMALL, `${when}: pieces of ${said.stored} bytes were left`);
        return said.found === count;
      };
      for (let round = 0; round < ROUNDS; round += 1) {
        // From the first piece to the last commit and what comes behind it.
        const stop = 1 + Math.round((round + 1) * commits / ROUNDS);
        await untilKilled(ear, profile, address, async () => {
          if (await look(`at the start of round ${round}`)) assert.fail("the profile should be as before");
          await ear.hear((message) => message.commits >= stop || message.restored, `before kill ${round}`);
          began += 1;
        });
        const isWhole = await untilKilled(ear, profile, address, () => look(`after kill ${round}, at commit ${stop} of about ${commits}`));
        if (isWhole) whole += 1;
        else nothing += 1;
        if (isWhole) {
          profile = await newProfile();
          began = 0;
        }
      }
      const last = await newProfile();
      began = 0;
      const { restored } = await untilKilled(ear, last, address, async () => {
        await look("in a new profile");
        return ear.hear((message) => message.restored, "without a kill");
      });
      began = 1;
      assert.ok(await untilKilled(ear, last, address, () => look("after a kill behind the restore")));
      console.log(`${storage}, ${name}: a backup of ${Math.round(size / 1e6)} MB; ${ROUNDS} kills, ${nothing} left what was there, ${whole} all of the backup; restored in ${restored} ms`);
    });
  }
}
