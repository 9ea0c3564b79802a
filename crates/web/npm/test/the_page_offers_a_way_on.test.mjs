import { after, afterEach, test } from "node:test";
import assert from "node:assert/strict";
import { openPage, saved, startSite } from "./support/site.mjs";
import { backupOf, ruin, stored, tar } from "./support/notes.mjs";

const browser = await startSite(after);
afterEach(() => browser.closeTabs());

const JARGON = /\b(log|wal|engine|segment|commit|LSN|checksum|byte|offset|manifest|snapshot)s?\b/i;

async function ruined() {
  const page = await openPage(browser);
  await page.click("#new");
  await page.keyboard.type("Precious");
  await saved(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#backup")]);
  await ruin(page);
  await page.reload();
  await page.waitForSelector("#trouble:not([hidden])");
  return { page, backup: await download.path() };
}

test("damage is told in plain words, with live buttons for what can work and for nothing else", async () => {
  const { page, backup } = await ruined();
  assert.match(await page.textContent("#badge"), /Not open/);
  assert.doesNotMatch(await page.innerText("#trouble"), JARGON);
  assert.ok(await page.locator("#trouble details:not([open])").count() > 0);
  assert.equal(await page.locator("main button:enabled").count(), 0);
  const [evidence] = await Promise.all([page.waitForEvent("download"), page.click("#trouble button:has-text('Save what is stored')")]);
  assert.equal(evidence.suggestedFilename(), "notes-evidence.tar");
  // A foreign backup changes nothing here either.
  await page.setInputFiles("#trouble-file", tar("other.tar", await backupOf(page, [["other", 1]])));
  await page.waitForFunction(() => /Not restored, and nothing was changed/.test(document.querySelector("#trouble-outcome").textContent));
  await page.setInputFiles("#trouble-file", backup);
  await page.waitForSelector("#trouble", { state: "hidden" });
  await page.waitForSelector("#badge[data-state=good]");
  assert.equal(await page.inputValue("#text"), "Precious");
});

test("without a backup it begins anew, when that is asked for twice", async () => {
  const { page } = await ruined();
  await page.click("#trouble button:has-text('Begin anew')");
  assert.match(await page.textContent("#trouble-outcome"), /for good/);
  await page.click("#trouble-outcome button:has-text('Delete it')");
  await page.waitForSelector("#trouble", { state: "hidden" });
  await page.fill("#text", "Anew");
  await saved(page);
  assert.ok((await stored(page)).some(([, { text }]) => text === "Anew"));
});

test("damage that a check finds is said by the badge, and mended from memory", async () => {
  const page = await openPage(browser);
  assert.match(await page.textContent("#badge"), /^Saved/);
  await page.click("#verify");
  await page.waitForSelector("#outcome[data-state=good]");
  assert.match(await page.textContent("#badge"), /Checked at .*, sound$/);
  await ruin(page);
  await page.click("#verify");
  await page.waitForSelector("#outcome[data-state=bad]");
  assert.match(await page.textContent("#badge"), /^Damage found at/);
  await page.click("#mend");
  await page.waitForSelector("#outcome[data-state=good]");
  await page.waitForSelector("#badge[data-state=good]");
});
