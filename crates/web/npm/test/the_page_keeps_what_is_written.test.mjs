import { after, afterEach, test } from "node:test";
import assert from "node:assert/strict";
import { crash } from "./support/browser.mjs";
import { openPage, saved, startSite } from "./support/site.mjs";

const browser = await startSite(after);
afterEach(() => browser.closeTabs());

test("every keystroke is shown as durable, and is there after a reload and after a crash", async () => {
  const page = await openPage(browser);
  await page.click("#new");
  // The new note is a save itself, and only when it is durable is its number shown first.
  await saved(page);
  const before = Number(/^([\d,]+)/.exec(await page.textContent("#saved"))[1]);
  await page.keyboard.type("To be kept");
  await saved(page);
  assert.match(await page.textContent("#saved"), new RegExp(`^${before + 10} changes durable`));
  assert.equal(await page.locator("#strip i:not(.durable)").count(), 0);
  await page.reload();
  await page.waitForSelector("#badge[data-state=good]");
  assert.equal(await page.inputValue("#text"), "To be kept");
  await page.focus("#text");
  await page.keyboard.press("Control+End");
  await page.keyboard.type(", also through a crash");
  await saved(page);
  await crash(page);
  await page.close();
  const again = await openPage(browser);
  assert.equal(await again.inputValue("#text"), "To be kept, also through a crash");
  await again.close();
});

test("two tabs show each other's changes, and the second goes on when the first is closed", async () => {
  const [one, two] = [await openPage(browser), await openPage(browser)];
  await one.click("#new");
  await one.keyboard.type("seen in both");
  await two.waitForFunction(() => [...document.querySelectorAll("#notes strong")].some((title) => title.textContent === "seen in both"));
  await two.click("#notes button:has-text('seen in both')");
  await two.fill("#text", "seen in both, written in the other");
  await one.waitForFunction(() => document.querySelector("#text").value === "seen in both, written in the other");
  await one.close();
  await two.focus("#text");
  await two.keyboard.press("Control+End");
  await two.keyboard.type("!");
  await saved(two);
  await two.waitForFunction(() => document.querySelector("#health").textContent.includes("Writerthis tab"));
  await two.close();
});

test("the writer ended in the middle of saves loses nothing, and the page says so", async () => {
  const page = await openPage(browser);
  const text = await page.inputValue("#text");
  await page.click("#terminate");
  await page.waitForSelector("#outcome[data-state=good]");
  const said = await page.innerText("#outcome");
  assert.match(said, /ended with \d+ saves? on the way. Nothing that was acknowledged is lost/);
  assert.match(said, /of these lost\s+0\b/);
  assert.match(said, /321 of 321/);
  assert.equal(await page.inputValue("#text"), text);
  await page.close();
});

test("a backup brings back what was deleted and changed", async () => {
  const page = await openPage(browser);
  await page.click("#new");
  await page.keyboard.type("Worth a backup");
  await saved(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#backup")]);
  assert.match(download.suggestedFilename(), /^notes-\d{4}-\d\d-\d\d\.tar$/);
  const file = await download.path();
  await page.fill("#text", "Overwritten by mistake");
  await saved(page);
  await page.setInputFiles("#file", file);
  await page.waitForFunction(() => document.querySelector("#text").value === "Worth a backup");
  await page.waitForFunction(() => /^Restored \d+ notes? from/.test(document.querySelector("#files").textContent));
  await page.setInputFiles("#file", { name: "holiday.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(2000, 7) });
  await page.waitForFunction(() => document.querySelector("#files").textContent.startsWith("Not restored, and nothing was changed"));
  await page.close();
});
