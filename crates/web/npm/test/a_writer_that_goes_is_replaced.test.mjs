import { after, test } from "node:test";
import assert from "node:assert/strict";
import { crash, start } from "./support/browser.mjs";

const browser = await start(after);

/**
 * Opens the database in a tab and has it write numbered keys, many in flight, noting what was
 * acknowledged.
 */
function write(page, name, who, options) {
  return page.evaluate(async ([name, who, options]) => {
    window.db = await steadfast.open(name, options);
    window.acknowledged = 0;
    window.failed = [];
    window.stopped = false;
    let next = 0;
    const one = async () => {
      while (!stopped) {
        const n = next++;
        try {
          await db.batch([{ key: `${who}/${n}`, value: n }, { key: `${who}/last`, value: n }]);
          acknowledged += 1;
        } catch (error) {
          failed.push(`${n}: ${error.kind}: ${error.message}`);
        }
      }
    };
    window.writing = Promise.all(Array.from({ length: 20 }, one)).then(() => next);
  }, [name, who, options]);
}

/** Stops the tab's writing: how many commits it made, all of them answered. */
const stop = (page) => page.evaluate(() => { stopped = true; return writing; });

test("a writer that is closed hands over, and nobody notices", async () => {
  const [one, two] = [await browser.page(), await browser.page()];
  await write(one, "closed", "one");
  await write(two, "closed", "two");
  assert.equal(await two.evaluate(async () => (await db.status()).writer), "another tab");
  const written = await one.evaluate(async () => {
    stopped = true;
    const count = await writing;
    await db.close();
    return count;
  });
  await two.waitForFunction(async () => (await db.status()).writer === "this tab");
  const count = await stop(two);
  assert.deepEqual(await two.evaluate(() => failed), []);
  const keys = await two.evaluate(async () => (await db.scan()).length);
  assert.equal(keys, written + count + 2);
  assert.equal(await two.evaluate(async () => (await db.verify()).sound), true);
});

for (const [how, end] of [
  ["whose tab is closed", async (page) => page.close()],
  ["whose process is killed", crash],
  ["that loads another page", async (page) => { await page.goto("about:blank"); }],
]) {
  test(`a writer ${how} in the middle of saves loses nothing that was acknowledged`, async () => {
    for (let round = 0; round < 4; round += 1) {
      const name = `ended ${how} ${round}`;
      const [one, two, three] = [await browser.page(), await browser.page(), await browser.page()];
      await write(one, name, "one");
      await write(two, name, "two");
      await write(three, name, "three");
      // Nobody sees an older value after a newer one: no commit was applied twice.
      await three.evaluate(() => {
        window.backwards = 0;
        const last = {};
        db.subscribe(({ changes, missed }) => {
          for (const { key, value } of changes) {
            if (!key.endsWith("/last")) continue;
            if (value < (last[key] ?? 0)) backwards += 1;
            last[key] = value;
          }
        });
      });
      await one.waitForFunction(() => acknowledged > 100);
      const before = await two.evaluate(() => acknowledged);
      const ofOne = await one.evaluate(() => acknowledged);
      await end(one);
      for (const page of [two, three]) await page.waitForFunction((n) => acknowledged > n, before + 100);
      const counts = { two: await stop(two), three: await stop(three) };
      for (const page of [two, three]) {
        assert.deepEqual(await page.evaluate(() => failed), [], "what the writer had not answered was sent to the next one");
      }
      const found = await two.evaluate(async () => {
        const count = async (who) => (await db.scan(`${who}/`)).length - 1;
        return { one: await count("one"), two: await count("two"), three: await count("three"), sound: (await db.verify()).sound };
      });
      assert.ok(found.one >= ofOne, `${ofOne} acknowledged by the writer itself, ${found.one} found`);
      assert.equal(found.two, counts.two);
      assert.equal(found.three, counts.three);
      assert.ok(found.sound);
      assert.equal(await three.evaluate(() => backwards), 0);
      await Promise.all([two.close(), three.close()]);
      if (!one.isClosed()) await one.close().catch(() => {});
    }
  });
}

for (const options of [{ storage: "memory" }, { storage: "memory", worker: true }]) {
  test(`in memory the first handle of a page may be closed while another is open (${JSON.stringify(options)})`, async () => {
    const page = await browser.page();
    const found = await page.evaluate(async (options) => {
      const open = () => steadfast.open("two handles", options);
      const first = await open();
      await first.put("a", 1);
      const second = await open();
      await first.close();
      await second.put("b", 2);
      const third = await open();
      await second.close();
      const both = await third.scan();
      const { tabs } = await third.status();
      await third.close();
      const anew = await open();
      const nothing = await anew.scan();
      await anew.close();
      return [both, tabs, nothing];
    }, options);
    assert.deepEqual(found, [[["a", 1], ["b", 2]], 1, []]);
    await page.close();
  });
}
