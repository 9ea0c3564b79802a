import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

const TAKEN = ["a", "A", ".", "..", "...", ".a", "a.", "%2E", "%2E%2E", "x/y", "x/../y", "y", "../z", "/", "a\\b", "nul\0", "tab\t", "line\n", " ", "a ", "a?b", "a#b", "a%20b", "CON", "*", "\"<>|:", "__proto__", "é", "e\u0301", "世".repeat(100), "\u{1F600}".repeat(50), "\ufffd"];
const REFUSED = ["", "\ud800", "a\udc00", "\ude00\ud83d", "x".repeat(101), "x".repeat(300), undefined, null, 5, {}, ["a"]];

test("every name that is taken is a database of its own, and can be opened, restored, rescued and destroyed", async () => {
  const page = await browser.page();
  for (const options of [{ storage: "memory" }, {}, { storage: "opfs" }]) {
    const wrong = await page.evaluate(async ([names, options]) => {
      const wrong = [];
      const isMemory = options.storage === "memory";
      const check = async (name, what, run) => { await run().then((is) => { if (!is) wrong.push(`${JSON.stringify(name)}: ${what}`); }, (error) => wrong.push(`${JSON.stringify(name)}: ${what}: ${error.name} ${error.message}`)); };
      const mine = async (name, opened) => {
        const db = await opened;
        const who = await db.get("who");
        await db.put("who", name);
        await db.close();
        return who;
      };
      for (const name of names) await check(name, "is new", async () => await mine(name, steadfast.open(name, options)) === undefined);
      if (!isMemory) for (const name of names) await check(name, "is found again", async () => await mine(name, steadfast.open(name, options)) === name);
      const source = await steadfast.open("source", { storage: "memory" });
      await source.put("who", "the backup");
      const backup = await source.backup();
      await source.close();
      for (const name of names) {
        await check(name, "is restored", async () => await mine(name, steadfast.restore(name, backup, options)) === "the backup");
        if (!isMemory) await check(name, "is rescued", async () => (await steadfast.rescue(name, options)).size > 0);
        await check(name, "is destroyed", async () => (await steadfast.destroy(name, options)) === undefined);
        await check(name, "is no more", async () => (await steadfast.rescue(name, options).catch(({ kind }) => kind)) === "NoStore");
      }
      return wrong;
    }, [TAKEN, options]);
    assert.deepEqual(wrong, [], JSON.stringify(options));
  }
});

test("every other name is refused in the same words by each call, whatever the storage", async () => {
  const page = await browser.page();
  const said = await page.evaluate(async (names) => {
    const said = [];
    names.push(Symbol("s"), () => {});
    for (const name of names) {
      const words = new Set();
      for (const options of [{ storage: "memory" }, {}, { storage: "opfs" }]) {
        for (const call of ["open", "rescue", "destroy", "restore"]) {
          const given = call === "restore" ? [name, new Blob([]), options] : [name, options];
          words.add(await steadfast[call](...given).then(() => `${call} takes it`, ({ kind, remedy, message }) => `${kind} ${remedy}: ${message}`));
        }
      }
      said.push([...words]);
    }
    return said;
  }, REFUSED);
  for (const words of said) {
    assert.equal(words.length, 1, words.join("\n"));
    assert.match(words[0], /^InvalidKey change-the-call: the name of a database is a string of 1 to 100 characters, and this one is .+$/);
  }
});
