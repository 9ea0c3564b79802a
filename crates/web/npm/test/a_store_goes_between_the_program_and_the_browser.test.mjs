import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "./support/browser.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = [process.env.STEADFAST_PROGRAM, here("../../../../target/release/steadfast"), here("../../../../target/debug/steadfast")].find((path) => path && existsSync(path));
const options = program ? {} : { skip: "NOTHING WAS PROVED: the program is not built (`cargo build -p steadfast-cli`)" };
const browser = await start(after, { folders: { support: here("support") } });
const folder = mkdtempSync(join(tmpdir(), "steadfast-between-"));
after(() => rmSync(folder, { recursive: true }));
const at = (name) => join(folder, name);
const run = (store, ...parameters) => execFileSync(program, ["--store", at(store), ...parameters], { encoding: "utf8", maxBuffer: 1 << 28 });
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

/** Packs a folder as a user does, with what the program and a Mac leave in it. */
function packed(store) {
  writeFileSync(join(at(store), "._manifest"), "of a Mac");
  writeFileSync(join(at(store), ".steadfast.0000000000000000.claim"), "");
  execFileSync("tar", ["--format=pax", "--pax-option=exthdr.name=x", "-C", at(store), "-cf", at(`${store}.tar`), "."]);
  return [...readFileSync(at(`${store}.tar`))];
}

for (const how of ["into a living database", "in the place of one", "where a damaged one is"]) {
  test(`a store of the program is restored as text and bytes, ${how}`, options, async () => {
    const store = `program ${how}`;
    run(store, "put", "planet", "Mars");
    run(store, "put", "note/1", "hello");
    run(store, "put", "empty", "");
    execFileSync(program, ["--store", at(store), "put", "photo", "-"], { input: Buffer.from([0xff, 0, 1]) });
    run(store, "backup", at(`${store}, copied`));
    const page = await browser.page();
    const all = await page.evaluate(async ([bytes, how, name]) => {
      const backup = new Blob([new Uint8Array(bytes)]);
      let db = await steadfast.open(name);
      await db.put("mine", 1);
      if (how === "into a living database") await db.restore(backup);
      else {
        await db.close();
        if (how === "where a damaged one is") {
          await new Promise((resolve, reject) => {
            const opening = indexedDB.open(`steadfast:${name}`);
            opening.onerror = reject;
            opening.onsuccess = () => {
              const work = opening.result.transaction(["heads"], "readwrite");
              const heads = work.objectStore("heads");
              heads.getAllKeys().onsuccess = ({ target }) => { for (const key of target.result) if (key.startsWith("manifest/")) heads.get(key).onsuccess = ({ target: { result } }) => { result[3] = result[3].slice(); result[3][20] ^= 1; heads.put(result, key); }; };
              work.oncomplete = () => { opening.result.close(); resolve(); };
            };
          });
        }
        db = await steadfast.restore(name, backup);
      }
      const all = (await db.scan()).map(([key, value]) => [key, value instanceof Uint8Array ? [...value] : value]);
      const evidence = await db.export().then((blob) => blob.size);
      await db.close();
      return [all, evidence > 0];
    }, [packed(`${store}, copied`), how, store]);
    assert.deepEqual(all, [[["empty", ""], ["note/1", "hello"], ["photo", [255, 0, 1]], ["planet", "Mars"]], true]);
    await page.close();
  });
}

test("a key of the program that is no text refuses the restore, is named, and changes nothing", options, async () => {
  writeFileSync(at("odd.jsonl"), '{"key_base64":"/wlrZXk=","value":"v"}\n');
  run("odd", "import", at("odd.jsonl"));
  const page = await browser.page();
  const found = await page.evaluate(async (bytes) => {
    const db = await steadfast.open("odd");
    await db.put("mine", 1);
    const said = await db.restore(new Blob([new Uint8Array(bytes)])).then(() => "restored", (error) => `${error.name} ${error.kind}: ${error.message}`);
    const all = await db.scan();
    await db.close();
    return { said, all };
  }, packed("odd"));
  assert.match(found.said, /^SteadfastError Codec: .*`\\xff\\x09key` is no text; nothing was changed/);
  assert.deepEqual(found.all, [["mine", 1]]);
  await page.close();
});

test("what a browser stores comes back through its backup, the program's export and import, and through what is rescued", options, async () => {
  const page = await browser.page();
  const backup = await page.evaluate(async (seed) => {
    const { accepted, random } = await import("/support/values.js");
    const next = random(seed);
    // The first has two shortest texts, of which JavaScript and Rust write different ones.
    window.values = [267936276039108.625, ...Array.from({ length: 300 }, () => accepted(next) ?? null)];
    const db = await steadfast.open("between");
    await db.batch(values.map((value, n) => ({ key: `${n}`, value })));
    const bytes = [...new Uint8Array(await (await db.backup()).arrayBuffer())];
    await db.close();
    return bytes;
  }, SEED);
  writeFileSync(at("between.tar"), Buffer.from(backup));
  mkdirSync(at("between"));
  execFileSync("tar", ["-C", at("between"), "-xf", at("between.tar")]);
  const lines = run("between", "export");
  assert.ok(!lines.includes("steadfast/"), "the package's keys are not exported");
  writeFileSync(at("lines.jsonl"), lines);
  run("between", "import", at("lines.jsonl"));
  run("between", "put", "put by the program", "text");
  run("between", "delete", "put by the program");
  assert.equal(run("between", "export"), lines);
  const wrong = await page.evaluate(async ([lines, bytes]) => {
    const { difference } = await import("/support/values.js");
    const wrong = [];
    const compare = async (db, how) => {
      const all = new Map(await db.scan());
      if (all.size !== values.length) wrong.push(`${how}: ${all.size} keys`);
      values.forEach((value, n) => { const where = difference(value, all.get(`${n}`)); if (where) wrong.push(`${how}: ${where}`); });
      await db.close();
    };
    const imported = await steadfast.open("between, imported", { storage: "memory" });
    await imported.import(lines);
    await compare(imported, "imported");
    await compare(await steadfast.restore("between, restored", new Blob([new Uint8Array(bytes)])), "restored");
    await compare(await steadfast.restore("between, rescued", await steadfast.rescue("between")), "rescued");
    return wrong;
  }, [lines, packed("between")]);
  assert.deepEqual(wrong, [], `SEED=${SEED}`);
  await page.close();
});
