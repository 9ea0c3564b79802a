// Files and streams that a program hands in: another window's, changed on disk, or failing in the
// middle.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "./support/browser.mjs";

const browser = await start(after);

/** What each way in says of what the functions make. */
const ways = (page, from) => page.evaluate(async (from) => {
  const { lines, backup } = await eval(`(${from})`)();
  const db = await steadfast.open("into", { storage: "memory" });
  await db.put("old", 1);
  const said = (call) => call.then(() => "works", ({ name, kind, message }) => `${name} ${kind}: ${message}`);
  const found = {
    import: await said(db.import(await lines())), restore: await said(db.restore(await backup())),
    open: await said(steadfast.restore("new", await backup(), { storage: "memory" }).then((db) => db.close())),
    keys: (await db.scan()).map(([key]) => key),
  };
  await db.close();
  return found;
}, `${from}`);

/** Lines and a backup of one record. */
const CONTENTS = `async () => {
  const db = await steadfast.open("source", { storage: "memory" });
  await db.put("a", 1);
  const backup = await (await db.backup()).arrayBuffer();
  await db.close();
  return { backup, lines: '{"key":"b","value":2}' };
}`;

test("files, streams and bytes of another window are read as this one's", async () => {
  const page = await browser.page();
  await page.evaluate(() => { window.other = document.body.appendChild(document.createElement("iframe")).contentWindow; });
  for (const [what, lines, backup] of [
    ["files", "new other.File([lines], 'a')", "new other.File([backup], 'b')"],
    ["parts of files", "new other.Blob([lines])", "new other.Blob([backup])"],
    ["streams", "new other.Response(lines).body", "new other.Response(backup).body"],
    ["lists of bytes", "[new other.Uint8Array(new TextEncoder().encode(lines))]", "new other.Blob([backup])"],
  ]) {
    const found = await ways(page, `async () => {
      const { lines, backup } = await (${CONTENTS})();
      return { lines: () => ${lines}, backup: () => ${backup} };
    }`);
    assert.deepEqual(found, { import: "works", restore: "works", open: "works", keys: ["a"] }, what);
  }
});

test("a typed array, a view and a buffer of another window come back", async () => {
  const page = await browser.page();
  const found = await page.evaluate(async () => {
    const { eval: run } = document.body.appendChild(document.createElement("iframe")).contentWindow;
    const db = await steadfast.open("views", { storage: "memory" });
    const values = run("({ bytes: new Uint8Array([1, 2]), floats: new Float64Array([0.5, NaN]), view: new DataView(new ArrayBuffer(3)), buffer: new ArrayBuffer(4) })");
    for (const [key, value] of Object.entries(values)) {
      await db.put(key, value);
      await db.put(`${key}, inside`, [value]);
    }
    const found = (await db.scan()).map(([key, value]) => [key, (value[0]?.constructor ?? value.constructor).name, (value[0]?.byteLength ?? value.byteLength)]);
    const alone = await db.get("bytes");
    await db.close();
    return { found, isBytes: alone instanceof Uint8Array, sum: alone[0] + alone[1] };
  });
  assert.deepEqual(found, {
    found: [["buffer", "ArrayBuffer", 4], ["buffer, inside", "ArrayBuffer", 4], ["bytes", "Number", 2], ["bytes, inside", "Uint8Array", 2], ["floats", "Number", 16], ["floats, inside", "Float64Array", 16], ["view", "DataView", 3], ["view, inside", "DataView", 3]],
    isBytes: true, sum: 3,
  });
});

test("a file that was changed or removed since it was chosen is named, with the way out, and nothing is changed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "steadfast-files-"));
  after(() => rm(folder, { recursive: true, force: true }));
  const page = await browser.page();
  const contents = await page.evaluate(async (from) => {
    const { lines, backup } = await eval(`(${from})`)();
    return { lines, backup: [...new Uint8Array(backup)] };
  }, CONTENTS);
  const paths = { lines: join(folder, "a.jsonl"), backup: join(folder, "a.tar") };
  for (const change of [(path) => writeFile(path, "something else, and longer than before"), (path) => rm(path)]) {
    await writeFile(paths.lines, contents.lines);
    await writeFile(paths.backup, new Uint8Array(contents.backup));
    await page.evaluate(() => { document.body.innerHTML = "<input id=lines type=file><input id=backup type=file>"; });
    for (const [id, path] of Object.entries(paths)) {
      await page.setInputFiles(`#${id}`, path);
      await change(path);
    }
    const found = await ways(page, `async () => ({ lines: () => document.querySelector("#lines").files[0], backup: () => document.querySelector("#backup").files[0] })`);
    assert.deepEqual(found.keys, ["old"]);
    for (const way of ["import", "restore", "open"]) {
      assert.match(found[way], /^SteadfastError Io: .* could not be read to its end \(\w+Error: .*, and nothing was changed: the file was changed, moved or removed since it was chosen, so choose it again$/, way);
    }
  }
});

test("a stream that fails is named, and nothing is changed", async () => {
  const page = await browser.page();
  for (const stream of [
    `new ReadableStream({ start(to) { to.enqueue(new Uint8Array(600)); }, pull() { throw new Error("the line is down"); } })`,
    `new ReadableStream({ start(to) { to.enqueue({}); to.close(); } })`,
  ]) {
    const found = await ways(page, `async () => ({ lines: () => ${stream}, backup: () => ${stream} })`);
    assert.deepEqual(found.keys, ["old"]);
    for (const way of ["import", "restore", "open"]) {
      assert.match(found[way], /^SteadfastError (Io|InvalidValue): (what is imported|the backup) could not be read to its end|^SteadfastError InvalidValue: each part of (?:what is imported|the backup) must be a Uint8Array, and is an Object/, `${way} ${stream}`);
    }
  }
});

test("a stream that somebody reads already is refused as that, and nothing is changed", async () => {
  const page = await browser.page();
  const found = await ways(page, `async () => {
    const read = () => { const { body } = new Response("x"); body.getReader(); return body; };
    return { lines: read, backup: read };
  }`);
  for (const way of ["import", "restore", "open"]) assert.match(found[way], /^SteadfastError InvalidValue: .* is a stream that is being read already: hand in one that nobody reads/, way);
  assert.deepEqual(found.keys, ["old"]);
});
