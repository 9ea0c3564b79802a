// A browser is killed with SIGKILL in the middle of saves, all of its processes at once, again and
// again on one profile. At each next start everything that was acknowledged is there, no save is
// there by half, and every checksum is right.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen, untilKilled } from "./support/killed.mjs";
import { serve } from "./support/server.mjs";

/**
 * So many kills in the middle of saves, and so many of them again while the database is being
 * opened.
 */
const KILLS = { indexeddb: { saving: 50, opening: 5 }, opfs: { saving: 20, opening: 2 } };
const SURVIVES = { indexeddb: "power-loss", opfs: "process-crash" };
/** So many saves are acknowledged before the kill, another number each time. */
const saves = (kill) => (kill * 13) % 29;

const server = await serve();
const ear = await listen();
const profiles = [];
after(async () => {
  await server.end();
  ear.end();
  for (const profile of profiles) await rm(profile, { recursive: true, force: true, maxRetries: 10 });
});

for (const [storage, { saving, opening }] of Object.entries(KILLS)) {
  test(`${storage}: ${saving} kills in the middle of saves and ${opening} while it opens lose nothing that was acknowledged`, async () => {
    const profile = await mkdtemp(join(tmpdir(), "steadfast-killed-"));
    profiles.push(profile);
    const address = `${server.address}/pages/killed.html?${new URLSearchParams({ storage, told: ear.address })}`;
    const heard = () => Math.max(...ear.messages.map((message) => message.acknowledged ?? 0));
    let acknowledged = 0;
    let torn = 0;
    /** Opens the database and looks at everything; what was found. */
    const look = async (kill) => {
      const when = `at the start after kill ${kill}, with ${acknowledged} acknowledged`;
      const said = await ear.hear(({ found }) => found !== undefined, when);
      assert.ok(said.sound, `${when}: ${JSON.stringify(said.damage)}`);
      assert.deepEqual(said.wrong, [], when);
      assert.equal(said.survives, SURVIVES[storage]);
      assert.ok(said.found >= acknowledged, `${when}: ${said.found} are there`);
      torn += said.torn ? 1 : 0;
      return said.found;
    };
    for (let kill = 0; kill < saving; kill += 1) {
      if (kill % Math.floor(saving / opening) === 1) {
        await untilKilled(ear, profile, address, () => ear.hear(({ opening }) => opening, "while it opens"));
      }
      await untilKilled(ear, profile, address, async () => {
        const found = await look(kill);
        await ear.hear((message) => message.acknowledged > found + saves(kill), `before kill ${kill}`);
      });
      acknowledged = Math.max(acknowledged, heard());
    }
    const found = await untilKilled(ear, profile, address, () => look(saving));
    console.log(`${storage}: ${saving + opening} kills; ${acknowledged} saves acknowledged, none lost; ${found} there; a torn tail after ${torn} of the kills`);
    assert.ok(acknowledged > saving * 5);
  });
}
