import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
// The browser's own tab stays: with the tab that asked for it a quota would go.
const session = await browser.context.newCDPSession(browser.context.pages()[0]);
const setQuota = (quotaSize) => session.send("Storage.overrideQuotaForOrigin", { origin: browser.address, quotaSize });

/** So often a save is tried that finds no room yet: the browser frees some of it late. */
const TRIES = 40;

async function tab(name, options) {
  const page = await browser.page();
  await page.evaluate(async ([name, options]) => {
    window.db = await steadfast.open(name, options);
    window.filled = (length) => {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
      return bytes;
    };
    /** So many values under keys that begin like this, all or none of them. */
    window.save = async (prefix, { count, length }) => {
      const changes = Array.from({ length: count }, (_, n) => ({ key: `${prefix}/${n}`, value: filled(length) }));
      return db.batch(changes).then(() => undefined, ({ kind }) => kind);
    };
  }, [name, options]);
  return page;
}

/**
 * Saves groups, at most so many, until there is no room; those that were acknowledged, and how the
 * others ended.
 */
const fill = (page, me, group, most) => page.evaluate(async ([me, group, most]) => {
  const [kept, ends] = [[], []];
  for (let n = 0; ends.length < 3 && n < most; n += 1) {
    const end = await save(`${me}/${n}`, group);
    if (end) ends.push(end);
    else kept.push(`${me}/${n}`);
  }
  return { kept, ends };
}, [me, group, most]);

const groups = (page) => page.evaluate(async () => [...new Set((await db.scan()).map(([key]) => key.slice(0, key.lastIndexOf("/"))))].sort());

/** Saves so many groups, each as soon as there is room; how many could be saved. */
const refill = (page, prefix, group, wanted) => page.evaluate(async ([prefix, group, wanted, tries]) => {
  const ends = [];
  let saved = 0;
  for (; saved < wanted && ends.length < tries;) {
    const end = await save(`${prefix}/${saved}`, group);
    if (end) ends.push(end);
    else saved += 1;
    // The browser frees what was deleted in its own time.
    if (end) await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return { saved, ends };
}, [prefix, group, wanted, TRIES]);

const large = { count: 1, length: 1_000_000 };
/**
 * Half of what is stored when the disk is full has to be deleted. What is deleted before is stored
 * until then, and what is saved meanwhile has to fit as well: so more has to go.
 */
const CASES = [
  { where: "in the page", options: {}, quota: 60_000_000, group: large, reloads: false },
  { where: "in the page, after a reload", options: {}, quota: 60_000_000, group: large, reloads: true },
  { where: "in the page, before it is used up", options: {}, quota: 60_000_000, group: large, reloads: false, most: 17, share: 2 / 3 },
  { where: "in the page, before it is used up, after a reload", options: {}, quota: 60_000_000, group: large, reloads: true, most: 17, share: 2 / 3 },
  { where: "in a worker, in values of 3 MB", options: { worker: true }, quota: 60_000_000, group: { count: 1, length: 3_000_000 }, reloads: false },
  { where: "in private files", options: { storage: "opfs" }, quota: 60_000_000, group: large, reloads: false },
  { where: "in private files, after a reload", options: { storage: "opfs" }, quota: 60_000_000, group: large, reloads: true },
];

for (const { where, options, quota, group, reloads, most = 1000, share = 1 / 2 } of CASES) {
  test(`two tabs use a quota up and delete ${share === 1 / 2 ? "half" : "two thirds"}: what that frees can be used, ${where}`, async () => {
    await setQuota(quota);
    try {
      const [first, second] = [await tab(where, options), await tab(where, options)];
      const filled = await Promise.all([fill(first, "a", group, most), fill(second, "b", group, most)]);
      // A commit that did not fit is known not to be there, the first one too.
      assert.deepEqual([...new Set(filled.flatMap(({ ends }) => ends))], most < 1000 ? [] : ["StorageFull"]);
      const kept = filled.flatMap(({ kept }) => kept).sort();
      assert.deepEqual(await groups(first), kept);
      const gone = kept.slice(0, Math.ceil(kept.length * share));
      await second.evaluate(async ([gone, { count }]) => {
        for (const group of gone) await db.batch(Array.from({ length: count }, (_, n) => ({ key: `${group}/${n}`, delete: true })));
      }, [gone, group]);
      let page = first;
      if (reloads) {
        await browser.closeTabs();
        page = await tab(where, options);
      }
      const wanted = Math.floor(gone.length * 0.7);
      const { saved, ends } = await refill(page, "new", group, wanted);
      assert.equal(saved, wanted, `${saved} of ${wanted} groups, ${gone.length} were deleted: ${ends}`);
      await browser.closeTabs();
      const again = await tab(where, options);
      const rest = kept.slice(gone.length);
      assert.deepEqual(await groups(again), [...rest, ...Array.from({ length: saved }, (_, n) => `new/${n}`)].sort());
      assert.equal(await again.evaluate(async () => (await db.verify()).sound), true);
    } finally {
      await browser.closeTabs();
      const cleaner = await browser.page();
      await cleaner.evaluate(([name, options]) => steadfast.destroy(name, options), [where, options]);
      await browser.closeTabs();
    }
  });
}
