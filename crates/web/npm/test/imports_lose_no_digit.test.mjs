import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
const page = await browser.page();

/** Imports lines into a database with one key; what was said, and what is there then. */
const importing = (lines) => page.evaluate(async (lines) => {
  const db = await steadfast.open("imported", { storage: "memory" });
  await db.put("old", 1);
  const source = typeof lines === "string" ? lines : new Blob([new Uint8Array(lines)]);
  const said = await db.import(source).then((count) => count, (error) => `${error.name} ${error.kind}: ${error.message}`);
  const all = (await db.scan()).map(([key, value]) => [key, typeof value === "bigint" || Object.is(value, -0) ? `${typeof value} ${Object.is(value, -0) ? "-0" : value}` : value]);
  await db.close();
  return { said, all };
}, lines);

test("a number that would come back with other digits is refused with its line and the way out", async () => {
  for (const number of ["12345678901234567890", "9007199254740993", "0.30000000000000004441", "1e400", "-1e400", "1e-400", "123456789012345678e-3", "3.14159265358979323846", "1.00000000000000000001", "267936276039108.61", "267936276039108.64"]) {
    for (const line of [`{"key":"k","value":${number}}`, `{"key":"k","value":{"a":"\\"1","b":[1,${number}]}}`, `{"key":"k","value_typed":{"$":"Set","of":[${number}]}}`]) {
      const { said, all } = await importing(`{"key":"first","value":1}\n${line}\n`);
      assert.match(said, /^SteadfastError Codec: line 2: the number .* would come back as .*: write it as a string, or in `value_typed`.*; nothing was imported$/, said);
      assert.deepEqual(all, [["old", 1]]);
    }
  }
});

test("a number whose digits all come back is taken, also as the other of two shortest texts", async () => {
  for (const number of ["267936276039108.62", "267936276039108.63", "1.0", "1e3", "0.1", "1E+2", "-0", "0e999", "100000000000000000000000", "9007199254740992", "0.1000000000000000", "5e-324", "1.7976931348623157e308", "0.30000000000000004", "12345678901234567000", "0.00000000000000000000000001"]) {
    const { said, all } = await importing(`{"key":"k","value":${number}}`);
    assert.equal(said, 1, `${number}: ${said}`);
    assert.deepEqual(all[0], ["k", Object.is(Number(number), -0) ? "number -0" : Number(number)]);
  }
  const { all } = await importing('{"key":"12345678901234567890","value":"12345678901234567890"}\n{"key":"t","value_typed":{"$":"bigint","of":"12345678901234567890"}}\n{"key":"esc","value":"\\\\\\" 12345678901234567890"}');
  assert.deepEqual(all, [["12345678901234567890", "12345678901234567890"], ["esc", '\\" 12345678901234567890'], ["old", 1], ["t", "bigint 12345678901234567890"]]);
});

test("a line that is no record, no UTF-8 or a key of the package's imports nothing", async () => {
  const bytes = (text) => [...new TextEncoder().encode(text)];
  const lines = [
    '{"key":"a","value":1,"value_typed":1}', '{"key":"a"}', '{"key":"a","value_typed":{"$":"Dote","of":1}}', '{"key":"a","value_typed":{"$":"Date","of":"x"}}', '{"key":"a","value_typed":{"$":"Float64Array","of":"AAAA"}}',
    '{"key":"a","value_typed":{"$":"bigint","of":"01"}}', '{"key":"a","value_typed":{"$":"Map","of":[[1]]}}', '{"key":"a","value_typed":{"$":"undefined"}}', '{"key":"a","value_base64":"é"}', '{"key":"\\u0000steadfast/x","value":1}', '{"key":"a","value":"\\ud800"}',
    `{"key":"a","value":${"[".repeat(20_000)}${"]".repeat(20_000)}}`, `{"key":"a","value_typed":${"[".repeat(20_000)}${"]".repeat(20_000)}}`, '{"key":"a","other":1}',
  ];
  const inputs = lines.flatMap((line) => [`\n${line}`, bytes(`\ufeff{"key":"first","value":1}\n${line}`)]);
  inputs.push([...bytes('{"key":"first","value":1}\n{"key":"a","value":"'), 0xff, ...bytes('"}\n')]);
  for (const input of inputs) {
    const { said, all } = await importing(input);
    assert.match(said, /^SteadfastError Codec: line 2: .{5,220}; nothing was imported$/, `${said} of ${String(input).slice(0, 80)}`);
    assert.deepEqual(all, [["old", 1]]);
  }
});
