import { after, afterEach, test } from "node:test";
import assert from "node:assert/strict";
import { openPage, saved, startSite } from "./support/site.mjs";

const browser = await startSite(after);
afterEach(() => browser.closeTabs());

test("every button is large enough for a finger, at any width", async () => {
  const page = await openPage(browser);
  await page.click("#verify");
  await page.waitForSelector("#outcome[data-state=good]");
  for (const width of [360, 390, 1280]) {
    await page.setViewportSize({ width, height: 740 });
    const small = await page.evaluate(() => [...document.querySelectorAll("button, summary")].filter((control) => control.offsetParent).map((control) => [control.textContent, control.getBoundingClientRect()]).filter(([, { width, height }]) => width < 44 || height < 44).map(([text]) => text));
    assert.deepEqual(small, [], `at ${width}`);
    assert.ok(await page.evaluate(() => { const [a, b] = [document.querySelector("#delete"), document.querySelector("article")].map((it) => it.getBoundingClientRect().right); return a <= b; }));
  }
});

test("what changes with every keystroke is not read out, and messages are", async () => {
  const page = await openPage(browser);
  const live = (id) => page.evaluate((id) => document.getElementById(id).closest("output, [role=status], [role=alert], [aria-live]") !== null, id);
  for (const id of ["saved", "badge", "strip"]) assert.equal(await live(id), false, id);
  for (const id of ["notice", "outcome", "files", "trouble"]) assert.equal(await live(id), true, id);
});

test("in forced colours the open note is seen", async () => {
  const page = await openPage(browser);
  await page.click("#new");
  await page.emulateMedia({ forcedColors: "active" });
  const border = (selector) => page.locator(selector).first().evaluate((button) => {
    const { borderTopWidth, borderTopColor } = getComputedStyle(button);
    return `${borderTopWidth} ${borderTopColor}`;
  });
  assert.notEqual(await border("#notes button[aria-current=true]"), await border("#notes button:not([aria-current])"));
});

test("after a deletion the focus is on Undo, after an undo in the text; no note is left out by Tab", async () => {
  const page = await openPage(browser);
  for (const text of ["One", "Two"]) {
    await page.click("#new");
    await page.keyboard.type(text);
    await saved(page);
  }
  await page.focus("#new");
  const reached = [];
  for (let n = 0; n < 3; n += 1) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement.querySelector("strong")?.textContent));
  }
  assert.deepEqual(reached.slice(0, 2), ["Two", "One"]);
  await page.focus("#delete");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "undo");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "text");
  assert.equal(await page.inputValue("#text"), "Two");
});
