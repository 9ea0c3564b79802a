// Private files are open to their writer alone: nobody can take its place while it lives. So the
// others wait, are told for whom and since when, and go on when it does or when it ends.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { processOf, start } from "./support/browser.mjs";

const browser = await start(after);
const OPFS = { storage: "opfs" };
/** How long the writer stands still at least, in milliseconds; more by hand. */
const SUSPENDED = Number(process.env.STEADFAST_SUSPENDED ?? 14_000);

/** A writer that stands still, and what wakes it. */
async function suspendedWriter(name) {
  const page = await browser.page();
  const number = await processOf(page);
  await page.evaluate(async ([name, options]) => {
    document.title = "the writer";
    window.told = [];
    window.db = await steadfast.open(name, options);
    db.onfailure = ({ kind }) => told.push(kind);
    await db.put("count", 0);
  }, [name, OPFS]);
  return { page, number, suspend: () => process.kill(number, "SIGSTOP"), wake: () => process.kill(number, "SIGCONT"), kill: () => process.kill(number, "SIGKILL") };
}

/** A tab that saves and adds all the time. */
async function busyTab(name, n) {
  const page = await browser.page();
  await page.evaluate(async ([name, options, n]) => {
    Object.assign(window, { states: [], failed: [], kept: [], added: 0, ends: false });
    window.db = await steadfast.open(name, options);
    db.onstatus = (state) => states.push(state);
    db.onfailure = ({ kind }) => failed.push(`onfailure ${kind}`);
    window.done = (async () => {
      for (let m = 0; !ends; m += 1) {
        await db.put(`${n}/${m}`, m).then(() => kept.push(`${n}/${m}`), ({ kind }) => failed.push(`put ${kind}`));
        await db.transact(async (tx) => tx.put("count", await tx.get("count") + 1)).then(() => (added += 1), ({ kind }) => failed.push(`transact ${kind}`));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
  }, [name, OPFS, n]);
  return page;
}

for (const end of ["goes on", "is killed"]) {
  test(`the writer's process stands still and then ${end}: two busy tabs and one that opens are told and go on, nothing is lost, nothing is there twice`, async () => {
    const name = `stands still and ${end}`;
    const writer = await suspendedWriter(name);
    const others = [await busyTab(name, 0), await busyTab(name, 1)];
    const third = await browser.page();
    writer.suspend();
    try {
      await third.evaluate(([name, options]) => {
        window.states = [];
        window.opening = steadfast.open(name, { ...options, onstatus: (state) => states.push(state) });
      }, [name, OPFS]);
      for (const page of [...others, third]) await page.waitForFunction(() => states.length > 0);
      // Longer than it takes to take over elsewhere.
      await new Promise((resolve) => setTimeout(resolve, SUSPENDED));
      for (const page of [...others, third]) {
        const states = await page.evaluate(() => states);
        assert.deepEqual(states.map(({ state, writer }) => ({ state, writer })), [{ state: "waiting", writer: "the writer" }]);
        assert.ok(Math.abs(states[0].since - Date.now()) > SUSPENDED, "told since when");
      }
      const closed = await others[0].evaluate(() => Promise.all([steadfast.destroy, steadfast.rescue].map((call) => {
        const told = [];
        return call(db.name, { storage: "opfs", onstatus: ({ state, writer }) => told.push(`${state} ${writer}`) }).then(() => "done", ({ kind }) => [kind, ...told]);
      })));
      for (const answer of closed) assert.deepEqual(answer, ["Locked", "waiting the writer", "ready the writer"]);
    } finally {
      writer[end === "goes on" ? "wake" : "kill"]();
    }
    await third.evaluate(async () => { window.db = await opening; await db.put("third", true); });
    for (const page of others) await page.waitForFunction((before) => added > before, await page.evaluate(() => added));
    if (end === "goes on") assert.deepEqual(await writer.page.evaluate(async () => { await db.put("back", true); return told; }), []);
    let added = 0;
    const kept = [];
    for (const page of others) {
      const found = await page.evaluate(async () => { ends = true; await done; return { added, kept, states, failed }; });
      assert.deepEqual(found.failed, [], "no call failed");
      assert.equal(found.states.at(-1).state, "ready");
      added += found.added;
      kept.push(...found.kept);
    }
    const there = await third.evaluate(async () => ({ count: await db.get("count"), keys: (await db.scan()).map(([key]) => key) }));
    assert.equal(there.count, added, "each addition was made once");
    assert.deepEqual(kept.filter((key) => !there.keys.includes(key)), [], "nothing that was acknowledged is missing");
    await browser.closeTabs();
  });
}

test("a tab that waits for a suspended writer can be closed, and its last save is made when the writer goes on", async () => {
  const name = "closed meanwhile";
  const writer = await suspendedWriter(name);
  const page = await browser.page();
  await page.evaluate(async ([name, options]) => {
    window.states = [];
    window.db = await steadfast.open(name, options);
    db.onstatus = ({ state }) => states.push(state);
  }, [name, OPFS]);
  writer.suspend();
  try {
    // Nothing is under way: nobody is waited for.
    await page.evaluate(async ([name, options]) => {
      await db.close();
      window.opening = steadfast.open(name, { ...options, onstatus: ({ state }) => states.push(state) });
    }, [name, OPFS]);
    await page.waitForFunction(() => states.includes("waiting"));
  } finally {
    writer.wake();
  }
  await page.evaluate(async () => { window.db = await opening; });
  writer.suspend();
  try {
    await page.evaluate(() => {
      states.length = 0;
      db.onstatus = ({ state }) => states.push(state);
      window.ends = Promise.all([db.put("last", 1), db.close()].map((call) => call.then(() => "done", ({ kind }) => kind)));
    });
    await page.waitForFunction(() => states.includes("waiting"));
  } finally {
    writer.wake();
  }
  assert.deepEqual(await page.evaluate(() => ends), ["done", "done"]);
  assert.equal(await writer.page.evaluate(() => db.get("last")), 1);
  await browser.closeTabs();
});

test("files that something else holds open, without a lock of the package, are `Locked` after a limit, and the tabs are told meanwhile", async () => {
  const name = "held by others";
  const holder = await browser.page();
  await holder.evaluate(async ([name, options]) => {
    const db = await steadfast.open(name, options);
    await db.put("a", 1);
    await db.close();
    // A worker that knows nothing of the package.
    const script = `onmessage = async ({ data }) => {
      let folder = await navigator.storage.getDirectory();
      for (const part of ["steadfast", data]) folder = await folder.getDirectoryHandle(part);
      const files = [];
      for await (const file of folder.values()) if (/^[0-9a-f]{8}$/.test(file.name)) files.push(file);
      for (const file of files) self[file.name] = await file.createSyncAccessHandle();
      postMessage("held");
    }`;
    window.worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
    await new Promise((resolve) => { worker.onmessage = resolve; worker.postMessage(encodeURIComponent(name)); });
  }, [name, OPFS]);
  const pages = [await browser.page(), await browser.page()];
  const ends = await Promise.all(pages.map((page) => page.evaluate(async ([name, options]) => {
    const states = [];
    const end = await steadfast.open(name, { ...options, onstatus: ({ state }) => states.push(state) }).then(() => "opened", ({ kind, remedy }) => `${kind} ${remedy}`);
    return { end, told: states.includes("waiting") };
  }, [name, OPFS])));
  for (const { end, told } of ends) assert.deepEqual({ end, told }, { end: "Locked retry", told: true });
  await holder.evaluate(() => worker.terminate());
  const value = await pages[0].evaluate(async ([name, options]) => (await steadfast.open(name, options)).get("a"), [name, OPFS]);
  assert.equal(value, 1);
  await browser.closeTabs();
});
