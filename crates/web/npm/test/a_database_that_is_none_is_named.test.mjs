import { after, beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
beforeEach(() => browser.closeTabs());

test("to rescue what never was is said as what it is, in every storage, and makes nothing", async () => {
  const page = await browser.page();
  const { said, names } = await page.evaluate(async () => {
    const said = [];
    for (const options of [{}, { worker: true }, { storage: "opfs" }, { storage: "memory" }]) {
      said.push(await steadfast.rescue("never", options).catch(({ kind, remedy, message }) => `${kind} ${remedy}: ${message}`));
    }
    return { said, names: (await indexedDB.databases()).map(({ name }) => name) };
  });
  for (const sentence of said) assert.match(sentence, /^NoStore change-the-call: there is no database `never`: look at its name and at the option `storage`/);
  assert.deepEqual(names, []);
});

test("what was there and was taken away is told as that, and not as what never was", async () => {
  const page = await browser.page();
  const said = await page.evaluate(async () => {
    const said = [];
    for (const options of [{}, { storage: "opfs" }]) {
      const db = await steadfast.open("taken", options);
      await db.put("a", 1);
      await db.close();
      if (options.storage) await (await navigator.storage.getDirectory()).removeEntry("steadfast", { recursive: true });
      else await new Promise((done) => { indexedDB.deleteDatabase("steadfast:taken").onsuccess = done; });
      for (const call of ["rescue", "open"]) said.push(await steadfast[call]("taken", options).then(() => "works", ({ kind }) => kind));
    }
    return said;
  });
  assert.deepEqual(said, ["Evicted", "Evicted", "Evicted", "Evicted"]);
});

test("an IndexedDB database that another program made is said to be none, and stays as it is", async () => {
  const page = await browser.page();
  for (const version of [1, 2, 7]) {
    const { said, stores } = await page.evaluate(async (version) => {
      const name = `foreign ${version}`;
      const made = indexedDB.open(`steadfast:${name}`, version);
      made.onupgradeneeded = () => made.result.createObjectStore("theirs").put("precious", 1);
      await new Promise((done) => { made.onsuccess = done; });
      made.result.close();
      const said = [];
      for (const options of [{}, { worker: true }]) {
        said.push(await steadfast.open(name, options).then(() => "works", ({ kind, remedy, message }) => `${kind} ${remedy}: ${message}`));
        said.push(await steadfast.rescue(name, options).then(() => "works", ({ kind, remedy, message }) => `${kind} ${remedy}: ${message}`));
      }
      const again = indexedDB.open(`steadfast:${name}`);
      await new Promise((done) => { again.onsuccess = done; });
      const stores = [...again.result.objectStoreNames];
      again.result.close();
      return { said, stores };
    }, version);
    for (const sentence of said) assert.match(sentence, /^NotAStore change-the-call: the IndexedDB database `steadfast:foreign \d` was made by another program: choose another name/);
    assert.deepEqual(stores, ["theirs"]);
  }
});

test("a database of a newer layout is no foreign one", async () => {
  const page = await browser.page();
  const said = await page.evaluate(async () => {
    await (await steadfast.open("newer")).close();
    const raised = indexedDB.open("steadfast:newer", 9);
    await new Promise((done) => { raised.onsuccess = done; });
    raised.result.close();
    return steadfast.open("newer").catch(({ kind, message }) => `${kind}: ${message}`);
  });
  assert.match(said, /^NewerFormat: /);
});
