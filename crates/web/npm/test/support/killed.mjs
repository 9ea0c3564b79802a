// A browser that is killed with SIGKILL, all of its processes at once, when its page has said
// something.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { ARGUMENTS, EXECUTABLE } from "./browser.mjs";

const MINUTES_MAX = 2;

/** Hears what pages say, and keeps it until it is forgotten. */
export async function listen() {
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
export async function untilKilled(ear, profile, address, work) {
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
