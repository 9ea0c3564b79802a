import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
const page = await browser.page();

test("text, JSON and bytes come back as they went in", async () => {
  const found = await page.evaluate(async () => {
    const db = await steadfast.open("values");
    const values = {
      text: "Grüße, 世界 \u{1F30D}", empty: "", zero: 0, no: false, nothing: null,
      json: { name: "Ada", tags: ["a", "b"], nested: { deep: [1, 2.5, -3e-7, true, null] } },
    };
    for (const [key, value] of Object.entries(values)) await db.put(key, value);
    await db.put("bytes", new Uint8Array([0, 1, 2, 255]));
    await db.put("no bytes", new Uint8Array());
    const back = {};
    for (const key of Object.keys(values)) back[key] = await db.get(key);
    const bytes = await db.get("bytes");
    const result = {
      same: JSON.stringify(back) === JSON.stringify(values), absent: (await db.get("absent")) === undefined,
      bytes: bytes instanceof Uint8Array && [...bytes].join() === "0,1,2,255", none: (await db.get("no bytes")).length,
    };
    await db.close();
    return result;
  });
  assert.deepEqual(found, { same: true, absent: true, bytes: true, none: 0 });
});

test("what would come back different is refused in one sentence", async () => {
  const said = await page.evaluate(async () => {
    const db = await steadfast.open("refused");
    const cyclic = {};
    cyclic.self = cyclic;
    const tries = [
      ["a", undefined, (v) => db.batch([{ key: "a", value: { x: v } }])], ["a", Number.NaN], ["a", new Map()], ["a", () => 1], ["a", cyclic], ["a", 10n],
      ["a", "\ud800"], ["\ud800", "a"], ["", "a"], ["x".repeat(1025), "a"], [7, "a"], ["\0steadfast/x", "a"], ["a", [, 1]], ["a", new Date()],
    ];
    const said = [];
    for (const [key, value, how] of tries) {
      try {
        await (how ? how(value) : db.put(key, value));
        said.push("accepted");
      } catch (error) {
        said.push(`${error.name} ${error.kind}: ${error.message}`);
      }
    }
    const count = (await db.scan()).length;
    await db.close();
    return { said, count };
  });
  const refused = said.said.slice(1);
  assert.equal(said.said[0], "accepted", "an undefined property is left out, as JSON does");
  for (const sentence of refused) assert.match(sentence, /^SteadfastError (InvalidKey|InvalidValue|TooLarge): .{10,150}$/, sentence);
  assert.equal(said.count, 1);
});
