import { after, test } from "node:test";
import assert from "node:assert/strict";
import { processOf, start } from "./support/browser.mjs";

const browser = await start(after);
/** More by hand. */
const ROUNDS = Number(process.env.STEADFAST_ROUNDS ?? 1);
/** How long the writer stands still, in milliseconds. */
const SUSPENDED = Number(process.env.STEADFAST_SUSPENDED ?? 12_000);

const MODES = { page: {}, worker: { worker: true } };
/**
 * Between two commits another tab takes over at once. In the midst of one, Chromium lets nobody
 * write before the writer's transaction ends, and ends it itself after a minute or more: until then
 * the tabs are told that they wait.
 */
const MOMENTS = ["between two commits", "at work"];

for (const [mode, options, moment] of Object.entries(MODES).flatMap(([mode, options]) => MOMENTS.map((moment) => [mode, options, moment]))) {
  test(`the writer's process stands still, ${moment} (${mode}): two tabs are told and go on, nothing is lost, nothing is there twice`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = `suspended ${mode} ${moment} ${round}`;
      const writer = await browser.page();
      const number = await processOf(writer);
      await writer.evaluate(async ([name, options]) => {
        window.db = await steadfast.open(name, options);
        await db.put("count", 0);
      }, [name, options]);
      const others = [];
      for (let n = 0; n < 2; n += 1) {
        const page = await browser.page();
        assert.notEqual(await processOf(page), number, "each tab has a process of its own");
        await page.evaluate(async ([name, options, n]) => {
          window.states = [];
          window.silences = [];
          window.last = performance.now();
          const heard = () => { silences.push(performance.now() - last); last = performance.now(); };
          window.db = await steadfast.open(name, options);
          db.onstatus = ({ state }) => { states.push(state); heard(); };
          window.added = 0;
          window.kept = [];
          window.ends = false;
          window.work = async () => {
            for (let m = 0; !ends; m += 1) {
              last = performance.now();
              await db.put(`${n}/${m}`, m);
              heard();
              kept.push(`${n}/${m}`);
              await db.transact(async (tx) => tx.put("count", await tx.get("count") + 1));
              heard();
              added += 1;
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
          };
        }, [name, options, n]);
        others.push(page);
      }
      const begin = () => Promise.all(others.map((page) => page.evaluate(() => { window.done = work(); })));
      if (moment === "at work") await begin();
      process.kill(number, "SIGSTOP");
      try {
        if (moment === "at work") await new Promise((resolve) => setTimeout(resolve, SUSPENDED));
        else {
          await begin();
          // While the writer still stands still.
          for (const page of others) await page.waitForFunction(() => added > 2);
        }
        for (const page of others) assert.ok((await page.evaluate(() => states)).includes("waiting"), "the tabs were told");
      } finally {
        process.kill(number, "SIGCONT");
      }
      await writer.evaluate(() => db.put("back", true));
      let added = 0;
      const kept = [];
      for (const page of others) {
        const found = await page.evaluate(async () => { ends = true; await done; return { added, kept, states, longest: Math.max(...silences) }; });
        added += found.added;
        kept.push(...found.kept);
        assert.equal(found.states.at(-1), "ready");
        console.log(`${mode}, ${moment}: longest silence ${Math.round(found.longest)} ms`);
      }
      const there = await writer.evaluate(async () => ({ count: await db.get("count"), keys: (await db.scan()).map(([key]) => key) }));
      assert.equal(there.count, added, "each addition was made once");
      assert.deepEqual(kept.filter((key) => !there.keys.includes(key)), [], "nothing that was acknowledged is missing");
      await browser.closeTabs();
    }
  });
}
