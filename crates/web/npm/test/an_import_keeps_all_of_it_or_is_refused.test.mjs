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

test("a part whose bytes were transferred or cut off is refused, and one that lies about them is read as it is", async () => {
  const { said, keys, count, back } = await page.evaluate(async () => {
    const db = await steadfast.open("parts", { storage: "memory" });
    const bytes = (text) => new TextEncoder().encode(text);
    const gone = bytes('{"key":"b","value":1}\n');
    structuredClone(undefined, { transfer: [gone.buffer] });
    const resizable = new ArrayBuffer(8, { maxByteLength: 8 });
    const outside = new Uint8Array(resizable, 4, 4);
    resizable.resize(2);
    const said = [];
    for (const part of [gone, outside]) {
      const parts = [bytes('{"key":"a","value":1}\n'), part];
      for (const lines of [parts, new ReadableStream({ start: (it) => { for (const one of parts) it.enqueue(one); it.close(); } })]) {
        said.push(await db.import(lines).then(() => "accepted", ({ kind, message }) => `${kind}: ${message}`));
      }
    }
    const keys = (await db.scan()).length;
    const lying = Object.defineProperties(bytes('{"key":"c","value":3}\n'), { length: { value: 1 }, indexOf: { value: () => -1 }, slice: { value: () => new Uint8Array() }, subarray: { value: () => new Uint8Array() } });
    const count = await db.import([lying]);
    const back = await db.get("c");
    await db.close();
    return { said, keys, count, back };
  });
  // A stream says itself what it cannot take.
  for (const sentence of said) assert.match(sentence, /^(InvalidValue: a part of what is imported has lost its bytes|Io: what is imported could not be read to its end)/);
  assert.deepEqual({ keys, count, back }, { keys: 0, count: 1, back: 3 });
});
