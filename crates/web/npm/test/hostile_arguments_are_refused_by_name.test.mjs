// Whatever a program hands to whatever the package exports: it works, or it is a `SteadfastError` in a sentence.

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
