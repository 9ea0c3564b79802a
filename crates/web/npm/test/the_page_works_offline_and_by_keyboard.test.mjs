import { after, afterEach, test } from "node:test";
import assert from "node:assert/strict";
import { openPage, saved, startSite } from "./support/site.mjs";

const browser = await startSite(after);
afterEach(() => browser.closeTabs());

test("by keyboard alone: a note is made, written, deleted, brought back, and everything is reached", async () => {
  const page = await openPage(browser);
  await page.keyboard.press("Alt+n");
  await page.keyboard.type("First by keyboard");
  await page.keyboard.press("Alt+n");
  await page.keyboard.type("Second by keyboard");
  await saved(page);
  // Up to the list, and down in it.
  await page.focus("#notes button");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await page.inputValue("#text"), "First by keyboard");
  const reached = [];
  await page.focus("#text");
  for (let n = 0; n < 12; n += 1) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement.id));
  }
  for (const id of ["delete", "terminate", "damage", "verify", "backup", "restore", "export"]) assert.ok(reached.includes(id), `${id} is reached with Tab: ${reached}`);
  await page.focus("#delete");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "undo");
  assert.notEqual(await page.inputValue("#text"), "First by keyboard");
  await page.keyboard.press("Enter");
  assert.equal(await page.inputValue("#text"), "First by keyboard");
  assert.equal(await page.evaluate(() => document.activeElement.id), "text");
  await saved(page);
  await page.close();
});

test("what has the focus is seen, and every control has a name", async () => {
  const page = await openPage(browser);
  const bare = await page.evaluate(() => [...document.querySelectorAll("button, textarea, input:not([hidden])")].filter((control) => !(control.textContent.trim() || control.getAttribute("aria-label"))).length);
  assert.equal(bare, 0);
  await page.focus("#verify");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
  await page.close();
});

for (const [width, colorScheme] of [[360, "light"], [360, "dark"], [820, "dark"], [1440, "light"]]) {
  test(`nothing runs over at ${width} pixels, and text stands out in ${colorScheme}`, async () => {
    const page = await openPage(browser);
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.click("#verify");
    await page.waitForSelector("#outcome[data-state=good]");
    const found = await page.evaluate(() => {
      const parse = (color) => color.match(/[\d.]+/g).map(Number);
      const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
      const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
          const color = parse(getComputedStyle(at).backgroundColor);
          if (color.length < 4 || color[3] > 0) return color;
        }
        return [255, 255, 255];
      };
      const contrasts = [...document.querySelectorAll("h1, h2, dt, dd, button, output, #badge, #outcome p, #notes small")].filter((element) => element.offsetParent && !element.disabled).map((element) => {
        const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
        return [(a + 0.05) / (b + 0.05), element.id || element.textContent.slice(0, 20)];
      });
      return { over: document.documentElement.scrollWidth - innerWidth, least: contrasts.sort(([x], [y]) => x - y)[0] };
    });
    assert.ok(found.over <= 0, `${found.over} pixels too wide`);
    assert.ok(found.least[0] >= 4.5, `contrast ${found.least[0].toFixed(2)} of ${found.least[1]}`);
    await page.close();
  });
}

// The last: it ends the server.
test("offline it loads, opens, saves, and survives the end of its writer", async () => {
  const page = await openPage(browser);
  await page.evaluate(async () => { await navigator.serviceWorker.ready; });
  await page.fill("#text", "before the network went");
  await saved(page);
  await browser.server.end();
  await page.reload();
  await page.waitForSelector("#badge[data-state=good]");
  assert.equal(await page.inputValue("#text"), "before the network went");
  await page.fill("#text", "and after it");
  await saved(page);
  await page.click("#terminate");
  await page.waitForSelector("#outcome[data-state=good]").catch(async () => assert.fail(await page.innerText("body")));
  await page.reload();
  await page.waitForSelector("#badge[data-state=good]");
  assert.equal(await page.inputValue("#text"), "and after it");
});
