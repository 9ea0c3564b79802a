// The record of a tab's commit says that all before it are in the database. So none may be made
// while the tab does not know yet that one before it was refused.

import { test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const { outputFiles: [{ text }] } = await build({ entryPoints: [fileURLToPath(new URL("../src/connection.ts", import.meta.url))], bundle: true, format: "esm", write: false });
const { Connection } = await import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);

/** A tab that has sent commits 1 to 4; the first is at the engine. What it is told is in `said`. */
function connected() {
  const said = [];
  const connection = new Connection("tab", { postMessage: (message) => said.push(message) });
  connection.renew();
  for (let seq = 1; seq <= 4; seq += 1) connection.add(seq, new Uint8Array(10 * seq));
  connection.waiting.get(1).isSubmitted = true;
  return { connection, said };
}

test("what no engine has yet is dropped with the refused one, and not acknowledged", () => {
  const { connection, said } = connected();
  const { token } = connection;
  connection.lost([2], { kind: "StorageFull" });
  assert.deepEqual([...connection.waiting.keys()], [1]);
  assert.equal(connection.length, 10);
  assert.notEqual(connection.token, token, "what is under way under the old token is dropped as well");
  const submitted = [];
  connection.resume((seq) => submitted.push(seq), { kind: "Io" });
  assert.deepEqual(submitted, [1]);
  assert.deepEqual(said.map(({ type, seqs }) => [type, seqs]), [["lost", [2]]]);
});

test("one that is refused while all are tried again keeps those behind it from being tried", () => {
  const { connection, said } = connected();
  const submitted = [];
  connection.resume((seq) => {
    if (seq === 2) connection.lost([2], { kind: "OutOfMemory" });
    else {
      submitted.push(seq);
      connection.waiting.get(seq).isSubmitted = true;
    }
  }, { kind: "Io" });
  assert.deepEqual(submitted, [1]);
  connection.done(1);
  assert.deepEqual(said.map(({ type, seqs, seq }) => [type, seqs ?? seq]), [["lost", [2]], ["done", 1]]);
  assert.equal(connection.last, 1);
});
