// Whatever a program hands to whatever the package exports: it works, or it is a `SteadfastError`
// in a sentence.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { start } from "./support/browser.mjs";

const browser = await start(after, { folders: { support: fileURLToPath(new URL("support", import.meta.url)) } });

/** No sentence for a person: what JavaScript says of itself, and what nobody foresaw. */
const NO_SENTENCE = /unforeseen|\[object|undefined is|is not a function|\ba (Object|Array|Error)\b| \(\)/;

test("every argument of every function and method works or is refused in a sentence, and nothing hangs", async () => {
  const page = await browser.page();
  const { strange, calls, unknown } = await page.evaluate(async () => (await import("/support/hostile.js")).walk(steadfast));
  assert.deepEqual(unknown, [], "each function and method has an example of its arguments in support/hostile.js");
  assert.ok(calls.length > 2000, `${calls.length} calls`);
  assert.deepEqual(strange, []);
  const bad = calls.filter(({ said }) => NO_SENTENCE.test(said)).map(({ call, said }) => `${call}: ${said}`);
  assert.deepEqual(bad, []);
});

test("options that are none are refused as that, and not taken for no options", async () => {
  const page = await browser.page();
  const said = await page.evaluate(async () => {
    const said = [];
    const db = await steadfast.open("options", { storage: "memory" });
    for (const options of [null, 5, "opfs", true, Symbol("s"), () => {}]) {
      const calls = [steadfast.open("x", options), steadfast.rescue("x", options), steadfast.destroy("x", options), steadfast.restore("x", new Blob([]), options), db.scan("", options), db.entries("", options).next()];
      for (const call of calls) said.push(await call.then(() => "taken", ({ name, kind, message }) => `${name} ${kind}: ${message}`));
    }
    await db.close();
    return said;
  });
  for (const sentence of said) assert.match(sentence, /^SteadfastError InvalidValue: the options must be an object, and is (null|5|a \w+)$/);
});

test("an option that does not exist is refused, so that a misspelt one is noticed", async () => {
  const page = await browser.page();
  const said = await page.evaluate(async () => {
    const db = await steadfast.open("options", { storage: "memory" });
    const calls = [steadfast.open("x", { storag: "opfs" }), steadfast.rescue("x", { Storage: "opfs" }), steadfast.destroy("x", { type: "opfs" }), steadfast.restore("x", new Blob([]), { opfs: true }), db.scan("", { limt: 3 }), db.entries("", { signal: 1 }).next()];
    const said = await Promise.all(calls.map((call) => call.then(() => "taken", ({ name, kind, message }) => `${name} ${kind}: ${message}`)));
    await db.close();
    return { said, made: (await indexedDB.databases()).map(({ name }) => name) };
  });
  const OPTIONS = "there are storage, worker, wasm, wholeWasm, snapshotAfter, acceptLoss, onstatus";
  for (const [n, option] of ["storag", "Storage", "type", "opfs"].entries()) assert.equal(said.said[n], `SteadfastError InvalidValue: there is no option \`${option}\`: ${OPTIONS}`);
  assert.deepEqual(said.said.slice(4), ["limt", "signal"].map((option) => `SteadfastError InvalidValue: there is no option \`${option}\`: there are after, limit`));
  assert.ok(!said.made.includes("steadfast:x"));
});
