import { after, afterEach, test } from "node:test";
import assert from "node:assert/strict";
import { openPage, saved, startSite } from "./support/site.mjs";
import { stored } from "./support/notes.mjs";

const browser = await startSite(after);
afterEach(() => browser.closeTabs());

const databases = (page) => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));

test("damage is let into a copy, found, mended and thrown away; a double click does it once", async () => {
  const page = await openPage(browser);
  await page.click("#new");
  await page.keyboard.type("Precious");
  await saved(page);
  const before = await stored(page);
  await page.dblclick("#damage");
  await page.waitForSelector("#outcome[data-state=good]");
  const said = await page.innerText("#outcome");
  assert.match(said, /The copy has 2 notes/);
  assert.match(said, /A check found it/);
  assert.match(said, /The backup brought every note back/);
  assert.deepEqual(await stored(page), before);
  assert.deepEqual(await databases(page), ["steadfast:notes"]);
  await page.click("#verify");
  await page.waitForFunction(() => /read and is sound/.test(document.querySelector("#outcome").textContent));
});

test("a tab closed in the midst of the trial leaves the notes whole, and its copy goes", async () => {
  for (const pause of [0, 20, 60, 150, 400]) {
    const page = await openPage(browser);
    const before = await stored(page);
    await page.click("#damage", { noWaitAfter: true });
    // Where in the trial this comes is left to chance: each place must do.
    await page.evaluate((pause) => new Promise((resolve) => setTimeout(resolve, pause)), pause);
    await page.close();
    const again = await openPage(browser);
    assert.deepEqual(await stored(again), before);
    await again.waitForFunction(async () => (await indexedDB.databases()).every(({ name }) => name === "steadfast:notes"));
    await again.close();
  }
});
