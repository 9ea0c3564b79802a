// A worker whose script is not the package's says nothing, for ever. The calls that wait for it end
// with its name and what to do; one that only loads slowly is waited for, and that is told.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { start } from "./support/browser.mjs";

const browser = await start(after);
/** How long the script of the slow worker is on its way, in milliseconds. */
const SLOW = 20_000;
const script = (body) => ({ contentType: "text/javascript", body });
const real = await readFile(new URL("../dist/worker.js", import.meta.url), "utf8");

await browser.context.route("**/foreign.js", (route) => route.fulfill(script("self.onmessage = () => {};")));
await browser.context.route("**/slow.js", async (route) => {
  await new Promise((resolve) => setTimeout(resolve, SLOW));
  await route.fulfill(script(real));
});

/** What every call with a worker comes to, and what was told meanwhile. */
async function endsWith(source) {
  const page = await browser.page();
  const ends = await page.evaluate(async (source) => {
    const worker = source ?? (() => new Worker("/foreign.js", { type: "module" }));
    const memory = await steadfast.open("source", { storage: "memory" });
    const backup = await memory.backup();
    const calls = {
      open: (options) => steadfast.open("in a page", options),
      "open of private files": (options) => steadfast.open("open", { ...options, storage: "opfs" }),
      restore: (options) => steadfast.restore("restore", backup, { ...options, storage: "opfs" }),
      rescue: (options) => steadfast.rescue("rescue", { ...options, storage: "opfs" }),
      destroy: (options) => steadfast.destroy("destroy", { ...options, storage: "opfs" }),
    };
    const ends = {};
    await Promise.all(Object.entries(calls).map(async ([name, call]) => {
      const states = [];
      const end = await call({ worker, onstatus: ({ state }) => states.push(state) }).then(() => ({ kind: "done" }), ({ kind, message }) => ({ kind, message }));
      ends[name] = { ...end, told: states.includes("waiting") };
    }));
    return ends;
  }, source);
  await page.close();
  return ends;
}

for (const [what, source, named] of [["an address", "/foreign.js", "/foreign.js"], ["a function", undefined, "the function"]]) {
  test(`${what} of another script as the worker: every call ends, and says which worker and what to do`, async () => {
    for (const [call, { kind, message, told }] of Object.entries(await endsWith(source))) {
      assert.equal(kind, "Unsupported", call);
      assert.ok(told, `${call} is told of meanwhile`);
      assert.match(message, /steadfast\/worker.*option `worker`/, call);
      assert.ok(message.includes(named), `${call}: ${message}`);
    }
  });
}

test("the package's worker under the address of another one's script is made of the copy", async () => {
  const page = await browser.page();
  await page.route("**/steadfast/worker.js", (route) => route.fulfill(script("")));
  const value = await page.evaluate(async () => {
    const db = await steadfast.open("copied", { storage: "opfs" });
    await db.put("a", 1);
    return db.get("a");
  });
  assert.equal(value, 1);
  await page.close();
});

test("a script that is long on its way is waited for, and that is told", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const states = [];
    const db = await steadfast.open("slow", { storage: "opfs", worker: "/slow.js", onstatus: ({ state }) => states.push(state) });
    await db.put("a", 1);
    await db.close();
    return states;
  });
  assert.deepEqual(found, ["waiting", "ready"]);
  await page.close();
});

test("a worker that dies before it has answered is told", async () => {
  const page = await browser.page();
  const ends = await page.evaluate(async () => {
    const db = await steadfast.open("dies", { storage: "opfs" });
    await db.put("a", 1);
    // They wait for the database to be closed.
    const call = async (task) => {
      let made;
      const end = task("dies", { storage: "opfs", worker: () => (made = new Worker("/steadfast/worker.js", { type: "module" })) }).then(() => "done", ({ kind }) => kind);
      const lives = async () => (await navigator.locks.query()).held.filter(({ name }) => name.includes("/worker/")).length > 1;
      while (!await lives()) await new Promise((resolve) => setTimeout(resolve, 10));
      made.terminate();
      return end;
    };
    return [await call(steadfast.rescue), await call(steadfast.destroy), await db.get("a")];
  });
  // On a busy machine its word that it is the package's ends with it, before the page has it.
  assert.match(`${ends}`, /^(Io|Unsupported),(OutcomeUnknown|Unsupported),1$/);
  await page.close();
});
