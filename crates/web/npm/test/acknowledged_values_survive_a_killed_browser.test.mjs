// A browser is killed with SIGKILL in the middle of saves, again and again, on a kept profile. What was acknowledged is there at the next start.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "./support/server.mjs";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-breakpad"];
const KILLS = { indexeddb: 50, opfs: 20 };
// So many saves are acknowledged before the kill, another number each time.
const saves = (kill) => (kill * 13) % 29;
const SECONDS_MAX = 60;

const server = await serve();
const messages = [];
let acknowledgedSoFar = "";
let wake = () => {};
const told = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  messages.push(JSON.parse(body));
  wake();
  response.end();
});
await new Promise((resolve) => told.listen(0, "127.0.0.1", resolve));
const profiles = [];
after(async () => {
  await server.end();
  told.close();
  told.closeAllConnections();
  for (const profile of profiles) await rm(profile, { recursive: true, force: true, maxRetries: 10 });
});

/** Waits until a message is as wanted. */
async function heard(wanted) {
  const end = Date.now() + SECONDS_MAX * 1000;
  for (;;) {
    const failed = messages.find(({ error }) => error);
    assert.equal(failed, undefined, `${failed?.error}, after ${acknowledgedSoFar} acknowledged`);
    const found = messages.find(wanted);
    if (found) return found;
    assert.ok(Date.now() < end, `nothing was heard for ${SECONDS_MAX} seconds`);
    await new Promise((resolve) => { wake = resolve; setTimeout(resolve, 1000); });
  }
}

for (const [storage, kills] of Object.entries(KILLS)) {
  test(`${storage}: ${kills} kills`, async () => {
    const profile = await mkdtemp(join(tmpdir(), "steadfast-killed-"));
    profiles.push(profile);
    const address = `${server.address}/pages/killed.html?${new URLSearchParams({ storage, told: `http://localhost:${told.address().port}/` })}`;
    let acknowledged = 0;
    for (let kill = 0; kill <= kills; kill += 1) {
      messages.length = 0;
      acknowledgedSoFar = `${acknowledged} (kill ${kill})`;
      const browser = spawn(EXECUTABLE, [...ARGUMENTS, `--user-data-dir=${profile}`, address], { detached: true, stdio: "ignore" });
      const gone = once(browser, "exit");
      try {
        const { found, sound, damage, wrong } = await heard((message) => message.found !== undefined);
        assert.ok(sound, `after kill ${kill}: ${JSON.stringify(damage)}`);
        assert.deepEqual(wrong, [], `after kill ${kill}`);
        assert.ok(found >= acknowledged, `after kill ${kill}: ${found} of ${acknowledged} acknowledged values are there`);
        await heard((message) => message.acknowledged >= found + saves(kill));
      } finally {
        process.kill(-browser.pid, "SIGKILL");
        await gone;
      }
      acknowledged = Math.max(acknowledged, ...messages.map((message) => message.acknowledged ?? 0));
    }
    console.log(`${storage}: ${kills} kills, ${acknowledged} values acknowledged, none lost`);
    assert.ok(acknowledged > kills * 5);
  });
}
