import { after, afterEach, test } from "node:test";
import assert from "node:assert/strict";
import { openPage, saved, startSite } from "./support/site.mjs";
import { store } from "./support/notes.mjs";

const browser = await startSite(after);
afterEach(() => browser.closeTabs());

const KEYS = 20;

/**
 * What a keystroke costs: functions of the page that are called, changes of the document, and the
 * time.
 */
async function cost(count) {
  const page = await openPage(browser);
  await store(page, Array.from({ length: count }, (_, n) => [`note/many-${n}`, { text: `Note ${n}\nIts text`, edited: n }]));
  await page.reload();
  await page.waitForFunction((count) => document.querySelectorAll("#notes li").length >= count, count);
  await page.waitForSelector("#badge[data-state=good]");
  await page.focus("#text");
  await page.keyboard.type("a");
  await saved(page);
  await page.evaluate(() => {
    window.changes = 0;
    const count = (records) => { for (const { addedNodes, removedNodes } of records) window.changes += 1 + addedNodes.length + removedNodes.length; };
    new MutationObserver(count).observe(document.querySelector("#notes"), { childList: true, subtree: true, attributes: true, characterData: true });
  });
  const session = await page.context().newCDPSession(page);
  await session.send("Profiler.enable");
  await session.send("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  const started = performance.now();
  for (let n = 0; n < KEYS; n += 1) {
    await page.keyboard.type("b");
    await saved(page);
  }
  const time = (performance.now() - started) / KEYS;
  const { result } = await session.send("Profiler.takePreciseCoverage");
  const own = result.filter(({ url }) => /\/src\/(list|notes|draft|strip|note|badge)\.js$/.test(url));
  const calls = own.flatMap(({ functions }) => functions.map(({ ranges }) => ranges[0].count)).reduce((a, b) => a + b, 0);
  const changes = await page.evaluate(() => window.changes);
  await page.close();
  return { calls: calls / KEYS, changes: changes / KEYS, time };
}

test("a keystroke costs the same with 10 notes and with 3,000", async () => {
  const few = await cost(10);
  const many = await cost(3000);
  console.log({ few, many });
  // Events of the database come in one message or in several: a few calls more or less.
  assert.ok(many.calls <= few.calls * 1.25 + 5, `${many.calls} calls a keystroke instead of ${few.calls}`);
  assert.ok(many.changes <= few.changes + 1, `${many.changes} changes of the list a keystroke instead of ${few.changes}`);
});
