import { after, afterEach, test } from "node:test";
import assert from "node:assert/strict";
import { openPage, saved, startSite } from "./support/site.mjs";
import { backupOf, store, stored, tar } from "./support/notes.mjs";

const browser = await startSite(after);
afterEach(() => browser.closeTabs());

const NOTE = { text: "from a backup", edited: 1 };
const said = (page) => page.waitForFunction(() => /^(Not restored|Restored)/.test(document.querySelector("#files").textContent)).then(() => page.textContent("#files"));

test("a backup that is not all notes is refused before anything changes", async () => {
  const page = await openPage(browser);
  await page.click("#new");
  await page.keyboard.type("Precious");
  await saved(page);
  const before = await stored(page);
  const whole = await backupOf(page, [["note/a", NOTE]]);
  const files = {
    "other values": await backupOf(page, [["note/1", { title: "another program's", done: false }]]),
    "texts": await backupOf(page, [["note/1", "text"]]),
    "a time that is none": await backupOf(page, [["note/1", { text: "x", edited: 1e300 }]]),
    "other keys": await backupOf(page, [["setting/colour", "red"]]),
    "other keys beside notes": await backupOf(page, [["note/a", NOTE], ["setting/colour", "red"]]),
    "other values beside notes": await backupOf(page, [["note/a", NOTE], ["note/b", 1]]),
    "nothing": await backupOf(page, []),
    "a picture": Buffer.alloc(2000, 7),
    "no bytes": Buffer.alloc(0),
    "half a backup": whole.subarray(0, whole.length / 2),
    "a changed byte": Buffer.from(whole).fill("F", whole.indexOf(NOTE.text), whole.indexOf(NOTE.text) + 1),
  };
  for (const [what, buffer] of Object.entries(files)) {
    await page.evaluate(() => document.querySelector("#files").replaceChildren());
    await page.setInputFiles("#file", tar("other.tar", buffer));
    assert.match(await said(page), /^Not restored, and nothing was changed/, what);
    assert.deepEqual(await stored(page), before, what);
  }
  await page.reload();
  await page.waitForSelector("#badge[data-state=good]");
  assert.equal(await page.inputValue("#text"), "Precious");
});

test("of a mixed backup the notes alone can be restored, and a restore can be undone", async () => {
  const page = await openPage(browser);
  await page.fill("#text", "Before");
  await saved(page);
  const before = await stored(page);
  await page.setInputFiles("#file", tar("mixed.tar", await backupOf(page, [["note/a", NOTE], ["setting/colour", "red"]])));
  await page.click("#files button:has-text('notes alone')");
  await page.waitForFunction(() => document.querySelector("#files").textContent.startsWith("Restored 1 note"));
  assert.deepEqual(await stored(page), [["note/a", NOTE]]);
  assert.equal(await page.inputValue("#text"), NOTE.text);
  await page.click("#files button:has-text('Undo')");
  await page.waitForFunction(() => /as they were/.test(document.querySelector("#files").textContent));
  assert.deepEqual(await stored(page), before);
});

test("what another program stored is passed over, said, and kept", async () => {
  const page = await openPage(browser);
  const foreign = [["note/foreign", { title: "no text" }], ["note/old", { text: "x", edited: 1e300 }], ["note/text", "text"]];
  await store(page, foreign);
  await page.reload();
  await page.waitForSelector("#badge[data-state=good]");
  assert.match(await page.textContent("#notice"), /3 things stored here by another program/);
  await page.click("#new");
  await page.keyboard.type("Written beside it");
  await saved(page);
  const now = new Map(await stored(page));
  for (const [key, value] of foreign) assert.deepEqual(now.get(key), value);
});

test("a note in whose place another program puts something is kept as another note", async () => {
  const page = await openPage(browser);
  await page.click("#new");
  await page.keyboard.type("Mine");
  await saved(page);
  const [[key]] = (await stored(page)).filter(([, { text }]) => text === "Mine");
  await store(page, [[key, { title: "theirs" }]]);
  await page.focus("#text");
  await page.keyboard.type("!");
  await saved(page);
  const now = new Map(await stored(page));
  assert.deepEqual(now.get(key), { title: "theirs" });
  assert.ok([...now.values()].some(({ text }) => text?.includes("Mine") && text.includes("!")));
});
