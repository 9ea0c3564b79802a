// Chromium drops what other tabs say to a page that stands at a breakpoint. Whatever is lost: every
// call is answered, what was acknowledged is there, and a subscriber hears of the change or that it
// missed some.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

/** What either side says that gets lost; `hello` and `welcome` are said while the tab opens. */
const LOST = { tab: ["hello", "commit", "ask"], writer: ["welcome", "done", "answer", "changes"] };
/** In milliseconds. A tab says hello after 3 s of silence, and takes over after 8. */
const ANSWER_MAX = 6000;

/** In a page: loses the next message of this type that it sends to other tabs. */
const lose = (page, type) => page.evaluate((type) => {
  window.lost = 0;
  const { postMessage } = BroadcastChannel.prototype;
  BroadcastChannel.prototype.postMessage = function (message) {
    if (message.type === type && lost === 0) lost += 1;
    else postMessage.call(this, message);
  };
}, type);

const open = (page, name) => page.evaluate(async (name) => {
  window.db = await steadfast.open(name);
  window.heard = [];
  db.subscribe(({ changes, missed }) => heard.push(missed ? "missed" : changes.map(({ key }) => key).join()));
  await db.get("nothing");
}, name);

for (const [side, types] of Object.entries(LOST)) {
  for (const type of types) {
    test(`a ${type} of the ${side} that gets lost keeps no call waiting and takes no change away`, async () => {
      const name = `lost ${type}`;
      const [writer, tab] = [await browser.page(), await browser.page()];
      await open(writer, name);
      const isAtOpen = type === "hello" || type === "welcome";
      if (!isAtOpen) await open(tab, name);
      const loser = side === "tab" ? tab : writer;
      await lose(loser, type);
      if (isAtOpen) await open(tab, name);
      const ends = await tab.evaluate(async (limit) => {
        const turn = () => new Promise((resolve) => setTimeout(resolve));
        // Commits of their own, the second behind the first.
        const calls = { first: db.put("first", 1) };
        await turn();
        calls.second = db.put("second", 2);
        await turn();
        calls.get = db.get("second");
        calls.transact = db.transact(async (tx) => tx.put("count", (await tx.get("count") ?? 0) + 1));
        const waits = new Promise((resolve) => setTimeout(resolve, limit, "waits"));
        const ends = {};
        for (const [name, call] of Object.entries(calls)) ends[name] = await Promise.race([call.then(() => "done", ({ kind }) => kind), waits]);
        return ends;
      }, ANSWER_MAX);
      assert.deepEqual(ends, { first: "done", second: "done", get: "done", transact: "done" });
      await writer.evaluate(() => db.put("of the writer", 3));
      assert.equal(await loser.evaluate(() => lost), 1, "a message was lost");
      const there = await writer.evaluate(() => db.scan());
      assert.deepEqual(there, [["count", 1], ["first", 1], ["of the writer", 3], ["second", 2]]);
      for (const page of [writer, tab]) await page.waitForFunction(() => heard.includes("missed") || ["first", "second", "count", "of the writer"].every((key) => heard.some((keys) => keys.split(",").includes(key))));
      await browser.closeTabs();
    });
  }
}

/** How a put of the tab ends, as the tab sees it. */
const put = (tab) => tab.evaluate((limit) => Promise.race([db.put("k", 1).then(() => "done"), new Promise((resolve) => setTimeout(resolve, limit, "waits"))]), ANSWER_MAX);

test("a commit that gets lost, and the word that it did, keep no call waiting", async () => {
  const [writer, tab] = [await browser.page(), await browser.page()];
  await open(writer, "lost twice");
  await open(tab, "lost twice");
  await lose(tab, "commit");
  await lose(writer, "moved");
  await tab.evaluate(() => { db.put("first", 1); return new Promise((resolve) => setTimeout(resolve)); });
  assert.equal(await put(tab), "done");
  assert.equal(await writer.evaluate(() => lost), 1);
  assert.deepEqual(await writer.evaluate(() => db.scan()), [["first", 1], ["k", 1]]);
  await browser.closeTabs();
});

test("the announcement of a new writer that gets lost keeps no call waiting", async () => {
  const [first, next, tab] = [await browser.page(), await browser.page(), await browser.page()];
  for (const [index, page] of [first, next, tab].entries()) {
    await open(page, "a new writer");
    // The second is the next in line before the third comes.
    await page.waitForFunction(async (index) => {
      const { held, pending } = await navigator.locks.query();
      return [...held, ...pending].filter(({ name }) => name.endsWith("/a new writer/writer")).length > index;
    }, index);
  }
  await lose(next, "writer");
  await first.evaluate(() => db.close());
  assert.equal(await put(tab), "done");
  assert.equal(await next.evaluate(() => lost), 1);
  await browser.closeTabs();
});

test("a page that stands at a breakpoint while others save hears that it missed changes, though nobody calls any more", async () => {
  const [writer, tab] = [await browser.page(), await browser.page()];
  await open(writer, "at a breakpoint");
  await open(tab, "at a breakpoint");
  const session = await browser.context.newCDPSession(tab);
  await session.send("Debugger.enable");
  await session.send("Debugger.pause");
  const waits = tab.evaluate(() => {});
  await new Promise((resolve) => setTimeout(resolve, 300));
  await writer.evaluate(async () => { for (let n = 0; n < 10; n += 1) await db.put(`k/${n}`, n); });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await session.send("Debugger.resume");
  await waits;
  // It makes no call of which the answer would tell.
  await tab.waitForFunction(() => heard.includes("missed") || heard.flatMap((keys) => keys.split(",")).length === 10);
  await browser.closeTabs();
});
