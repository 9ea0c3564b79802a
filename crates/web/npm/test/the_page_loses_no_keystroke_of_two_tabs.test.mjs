import { after, afterEach, test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openPage, saved, site, startSite } from "./support/site.mjs";

const browser = await startSite(after);
afterEach(() => browser.closeTabs());
const { merge } = await import(pathToFileURL(join(site, "src/merge.js")).href);

const seed = Number(process.env.SEED ?? Date.now() % 1e9);
console.log(`seed ${seed}`);

test("what either side typed is in the merged text, and what either deleted is not", () => {
  let state = seed;
  const below = (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * limit);
  };
  for (let round = 0; round < 3000; round += 1) {
    // Each letter once, so that every one of them can be found.
    const base = Array.from({ length: below(12) }, (_, n) => String.fromCodePoint(0x1f600 + n));
    const side = (letter) => {
      const text = [...base];
      for (let n = below(5); n > 0; n -= 1) {
        if (below(3) === 0) text.splice(below(text.length + 1), below(3));
        else text.splice(below(text.length + 1), 0, String.fromCharCode(letter + n));
      }
      return text;
    };
    const [mine, theirs] = [side(65), side(97)];
    const { text, place } = merge(base.join(""), mine.join(""), theirs.join(""));
    const isKept = (one) => !base.includes(one) || (mine.includes(one) && theirs.includes(one));
    const expected = [...new Set([...base, ...mine, ...theirs])].filter(isKept).sort();
    assert.deepEqual([...text].sort(), expected, `round ${round} of seed ${seed}`);
    assert.ok(text.isWellFormed());
    for (const [index, one] of mine.entries()) {
      if (!isKept(one)) continue;
      const at = place(mine.slice(0, index + 1).join("").length);
      assert.ok(text.slice(0, at).endsWith(one), `the caret stays behind ${one}, round ${round}, seed ${seed}`);
    }
  }
});

test("two who typed the same in one place have both", () => {
  assert.equal(merge("a", "ax", "ax").text, "axx");
});

/** One note, open in two tabs. */
async function both() {
  const one = await openPage(browser);
  await one.click("#new");
  await one.keyboard.type("start ");
  await saved(one);
  const two = await openPage(browser);
  assert.equal(await two.inputValue("#text"), "start ");
  for (const tab of [one, two]) {
    await tab.focus("#text");
    await tab.keyboard.press("Control+End");
  }
  return [one, two];
}

const settled = (tab, check, argument) => tab.waitForFunction(check, argument);

test("two tabs that type into one note at once both keep every letter, and say so", async () => {
  const [one, two] = await both();
  await Promise.all([one.keyboard.type("x".repeat(60), { delay: 7 }), two.keyboard.type("y".repeat(60), { delay: 9 })]);
  for (const tab of [one, two]) {
    await settled(tab, () => {
      const { value } = document.querySelector("#text");
      return value.split("x").length === 61 && value.split("y").length === 61;
    });
    assert.match(await tab.textContent("#notice"), /also being changed in another tab/);
  }
  assert.equal(await one.inputValue("#text"), await two.inputValue("#text"));
  await one.reload();
  await one.waitForSelector("#badge[data-state=good]");
  assert.equal(await one.inputValue("#text"), await two.inputValue("#text"));
});

test("the caret stays at its word while another tab writes before it", async () => {
  const [one, two] = await both();
  await two.keyboard.press("Control+Home");
  await two.keyboard.type("before ");
  await settled(one, () => document.querySelector("#text").value === "before start ");
  await one.keyboard.type("after");
  await settled(two, () => document.querySelector("#text").value === "before start after");
  await two.keyboard.type("it ");
  await settled(one, () => document.querySelector("#text").value === "before it start after");
});

test("a note that another tab deletes is kept by whoever writes on in it", async () => {
  const [one, two] = await both();
  await two.click("#delete");
  await settled(one, () => /deleted in another tab/.test(document.querySelector("#notice").textContent));
  assert.equal(await one.inputValue("#text"), "start ");
  await one.keyboard.type("and on");
  await saved(one);
  await settled(two, () => [...document.querySelectorAll("#notes strong")].some(({ textContent }) => textContent === "start and on"));
});
