import { after, test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { start } from "./support/browser.mjs";

const browser = await start(after, { folders: { support: fileURLToPath(new URL("support", import.meta.url)) } });
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
console.log(`SEED=${SEED}`);

test("10,000 generated values come back by every way in, or are refused and the old value is kept", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async (seed) => {
    const { accepted, refused, random, difference } = await import("/support/values.js");
    const next = random(seed);
    const db = await steadfast.open("generated", { storage: "memory" });
    const wrong = [];
    const expected = new Map();
    const ways = [
      (key, value) => db.put(key, value),
      (key, value) => db.batch([{ key, value }]),
      (key, value) => db.transact((tx) => tx.put(key, value)),
    ];
    const count = { accepted: 0, refused: 0 };
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 1000 }, async (_, n) => {
        // Before anything is awaited: what is generated depends on the seed alone.
        const isGood = next() < 0.85;
        const value = isGood ? accepted(next) : refused(next);
        const key = `key/${round % 3}/${n}`;
        // Transactions cost several turns each, and conflict with nobody here.
        const way = ways[n % 20 === 0 ? 2 : n % 2];
        const error = await way(key, value).then(() => undefined, (error) => error);
        if (isGood && value !== undefined) {
          if (error) wrong.push(`refused: ${error.message}`);
          count.accepted += 1;
          expected.set(key, value);
        } else {
          const isFit = error instanceof steadfast.SteadfastError && error.kind === "InvalidValue" && error.remedy === "change-the-call";
          if (!isFit) wrong.push(`accepted or strange: ${String(error)} of ${Object.prototype.toString.call(value)}`);
          count.refused += 1;
        }
      }));
    }
    const compare = async (other, how) => {
      const all = new Map(await other.scan());
      if (all.size !== expected.size) wrong.push(`${how}: ${all.size} keys of ${expected.size}`);
      for (const [key, value] of expected) {
        const where = difference(value, all.get(key));
        if (where) wrong.push(`${how}: ${where} of ${key}`);
      }
    };
    await compare(db, "scan");
    for (const [key, value] of [...expected].slice(0, 200)) {
      const where = difference(value, await db.get(key));
      if (where) wrong.push(`get: ${where}`);
    }
    const imported = await steadfast.open("imported", { storage: "memory" });
    await imported.import(await db.export());
    await compare(imported, "import");
    const restored = await steadfast.open("restored", { storage: "memory" });
    await restored.restore(await db.backup());
    await compare(restored, "restore");
    const lines = [await db.export(), await imported.export(), await restored.export()];
    const texts = await Promise.all(lines.map((blob) => blob.text()));
    if (texts.some((text) => text !== texts[0])) wrong.push("the exports differ");
    await Promise.all([db, imported, restored].map((one) => one.close()));
    return { wrong: wrong.slice(0, 10), count };
  }, SEED);
  assert.deepEqual(found.wrong, [], `SEED=${SEED}`);
  assert.equal(found.count.accepted + found.count.refused, 10_000);
  assert.ok(found.count.refused > 1000 && found.count.accepted > 8000);
});

test("and hundreds through IndexedDB and a new page", async () => {
  const page = await browser.page();
  const fill = (seed) => page.evaluate(async (seed) => {
    const { accepted, random } = await import("/support/values.js");
    const next = random(seed);
    const db = await steadfast.open("generated");
    await db.batch(Array.from({ length: 400 }, (_, n) => ({ key: `${n}`, value: accepted(next) ?? null })));
    await db.close();
  }, seed);
  await fill(SEED);
  await page.reload();
  const wrong = await page.evaluate(async (seed) => {
    const { accepted, random, difference } = await import("/support/values.js");
    const next = random(seed);
    const db = await steadfast.open("generated");
    const wrong = [];
    for (let n = 0; n < 400; n += 1) {
      const where = difference(accepted(next) ?? null, await db.get(`${n}`));
      if (where) wrong.push(`${n}: ${where}`);
    }
    await db.close();
    return wrong;
  }, SEED);
  assert.deepEqual(wrong, [], `SEED=${SEED}`);
});
