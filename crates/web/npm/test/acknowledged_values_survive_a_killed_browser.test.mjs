// A browser is killed with SIGKILL in the middle of saves, all of its processes at once, again and again on one profile. At each next start everything
// that was acknowledged is there, no save is there by half, and every checksum is right.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ARGUMENTS, EXECUTABLE } from "./support/browser.mjs";
import { serve } from "./support/server.mjs";

/** So many kills in the middle of saves, and so many of them again while the database is being opened. */
const KILLS = { indexeddb: { saving: 50, opening: 5 }, opfs: { saving: 20, opening: 2 } };
const SURVIVES = { indexeddb: "power-loss", opfs: "process-crash" };
/** So many saves are acknowledged before the kill, another number each time. */
const saves = (kill) => (kill * 13) % 29;
const MINUTES_MAX = 2;

const server = await serve();
const ear = await listen();
const profiles = [];
after(async () => {
  await server.end();
  ear.end();
  for (const profile of profiles) await rm(profile, { recursive: true, force: true, maxRetries: 10 });
});

/** Hears what pages say, and keeps it until it is forgotten. */
async function listen() {
  const messages = [];
  let wake = () => {};
  const server = createServer(async (request, response) => {
    let body = "";
    // A page that is killed while it speaks has said nothing.
    try {
      for await (const part of request) body += part;
      messages.push(JSON.parse(body));
    } catch { /* as said */ }
    wake();
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://localhost:${server.address().port}/`,
    messages,
    /** Waits for a message that is as wanted. */
    async hear(wanted, when) {
      const signal = AbortSignal.timeout(MINUTES_MAX * 60_000);
      signal.addEventListener("abort", () => wake());
      for (;;) {
        const failed = messages.find(({ error }) => error);
        assert.equal(failed, undefined, `${failed?.error}, ${when}`);
        const found = messages.find(wanted);
        if (found) return found;
        assert.ok(!signal.aborted, `nothing was heard for ${MINUTES_MAX} minutes, ${when}`);
        await new Promise((resolve) => { wake = resolve; });
      }
    },
    end() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Starts a browser on the profile, runs `work`, and kills all of its processes at once. */
async function untilKilled(profile, address, work) {
  ear.messages.length = 0;
  // The leader of a group of its own: one signal reaches every process of it.
  const browser = spawn(EXECUTABLE, ["--headless", "--disable-breakpad", ...ARGUMENTS, `--user-data-dir=${profile}`, address], { detached: true, stdio: "ignore" });
  const gone = once(browser, "exit");
  try {
    return await work();
  } finally {
    process.kill(-browser.pid, "SIGKILL");
    await gone;
  }
}

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
        await untilKilled(profile, address, () => ear.hear(({ opening }) => opening, "while it opens"));
      }
      await untilKilled(profile, address, async () => {
        const found = await look(kill);
        await ear.hear((message) => message.acknowledged > found + saves(kill), `before kill ${kill}`);
      });
      acknowledged = Math.max(acknowledged, heard());
    }
    const found = await untilKilled(profile, address, () => look(saving));
    console.log(`${storage}: ${saving + opening} kills; ${acknowledged} saves acknowledged, none lost; ${found} there; a torn tail after ${torn} of the kills`);
    assert.ok(acknowledged > saving * 5);
  });
}
