import { after, afterEach, test } from "node:test";
import assert from "node:assert/strict";
import { openPage, startSite } from "./support/site.mjs";

const browser = await startSite(after);
afterEach(() => browser.closeTabs());

test("a database that is too damaged to open is told, and a backup opens it again", async () => {
  const page = await openPage(browser);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#backup")]);
  const file = await download.path();
  await page.click("#damage");
  await page.waitForFunction(() => document.querySelector("#outcome").textContent.includes("One bit"));
  await page.reload();
  await page.waitForSelector("#trouble:not([hidden])");
  assert.match(await page.textContent("#trouble-text"), /is damaged at byte/);
  assert.match(await page.textContent("#badge"), /Not open/);
  const [evidence] = await Promise.all([page.waitForEvent("download"), page.click("#trouble button:has-text('Keep what is stored')")]);
  assert.equal(evidence.suggestedFilename(), "notes-evidence.tar");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.click("#trouble button:has-text('Restore a backup')")]);
  await chooser.setFiles(file);
  await page.waitForSelector("#badge[data-state=good]");
  assert.ok((await page.locator("#notes li").count()) === 1);
  await page.close();
});
