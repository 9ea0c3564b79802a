import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
const page = await browser.page();

/**
 * Imports a text as a whole, as a file and in small parts; what was said, and what is there then.
 */
const importing = (lines) => page.evaluate(async (lines) => {
  const db = await steadfast.open("imported", { storage: "memory" });
  const bytes = new TextEncoder().encode(lines);
  const said = [];
  for (const source of [lines, new Blob([bytes]), [...lines], Array.from(bytes, (_, at) => bytes.slice(at, at + 1))]) {
    await db.put("old", 1);
    said.push(await db.import(source).then((count) => count, ({ name, kind, remedy, message }) => `${name} ${kind} ${remedy}: ${message}`));
  }
  const keys = (await db.scan()).map(([key]) => key);
  await db.close();
  return { said: [...new Set(said)], keys };
}, lines);

test("a name that stands twice in one object is refused with its line", async () => {
  for (const line of [
    '{"key":"k","value":{"a":1,"a":2}}', '{"key":"k","value":1,"value":2}', '{"key":"k","key":"k","value":2}', '{"key":"k","value":[[{"b":{"a" : 1 , "c":[{}], "a":1}}]]}',
    '{"key":"k","value":{"a":1,"\\u0061":2}}', '{"key":"k","value":{"":1,"":2}}', '{"key":"k","value":{"__proto__":1,"__proto__":2}}', '{"key":"k","value":{"a\\"":1,"a\\"":2}}',
    '{"key":"k","value_typed":{"$":"Map","of":[],"of":[]}}', '{"key":"k","value_base64":"AA==","value_base64":"AQ=="}',
  ]) {
    const { said, keys } = await importing(`{"key":"first","value":1}\n${line}\n`);
    assert.equal(said.length, 1, said.join("\n"));
    assert.match(said[0], /^SteadfastError Codec change-the-call: line 2: the name `.*` stands twice in one object.*; nothing was imported$/, line);
    assert.deepEqual(keys, ["old"]);
  }
});

test("a map or a set with something in it twice is refused with its line", async () => {
  for (const of of [
    '{"$":"Map","of":[["a",1],["a",2]]}', '{"$":"Set","of":[1,1.0]}', '{"$":"Set","of":[0,-0]}', '{"a":[{"$":"object","of":{"$":{"$":"Map","of":[[null,1],[null,1]]}}}]}',
    '{"$":"Map","of":[[1,{"$":"Set","of":["x","x"]}]]}', '{"$":"Map","of":[[{"$":"bigint","of":"1"},1],[{"$":"bigint","of":"1"},2]]}', '{"$":"Set","of":[{"$":"number","of":"NaN"},{"$":"number","of":"NaN"}]}',
  ]) {
    const { said, keys } = await importing(`{"key":"k","value_typed":${of}}`);
    assert.deepEqual(said, ["SteadfastError Codec change-the-call: line 1: a `Map` or a `Set` has something in it twice, and can keep it once; nothing was imported"], of);
    assert.deepEqual(keys, ["old"]);
  }
});

test("the same name in several objects, and what only looks like a name, is taken", async () => {
  for (const value of [
    '"value":{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":1}}', '"value":["a","a",":","a\\":{"]', '"value":{"a":"a","b":"a: ","c":"\\"a\\":1"}', '"value":"{\\"a\\":1,\\"a\\":2}"',
    '"value_typed":{"$":"Map","of":[[[],1],[[],2],[{},1],[{},1],["1",1],[1,1],[{"$":"bigint","of":"1"},1]]}', '"value_typed":{"$":"object","of":{"$":"Map","of":[1,1]}}', '"value_typed":{"$":"Uint8Array","of":"AAA="}',
  ]) {
    const { said } = await importing(`{"key":"k",${value}}`);
    assert.deepEqual(said, [1], value);
  }
});
