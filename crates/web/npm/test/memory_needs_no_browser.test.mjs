// Tests of applications run in Node, alone or with a picture of a browser: there are no locks, no
// IndexedDB and no server.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlink } from "node:fs/promises";
import { application, tool } from "./support/application.mjs";

/** Ends in an error where anything is not as it should be. */
const USE = `
  const equal = (is, must) => { if (JSON.stringify(is) !== JSON.stringify(must)) throw new Error(JSON.stringify(is) + " is not " + JSON.stringify(must)); };
  const db = await open("notes", { storage: "memory" });
  await db.put("a", { n: 1, when: new Date(5), bytes: new Uint8Array([1, 2]) });
  const a = await db.get("a");
  equal([a.n, a.when.getTime(), [...a.bytes]], [1, 5, [1, 2]]);
  const heard = [];
  const other = await open("notes", { storage: "memory" });
  other.subscribe(({ changes }) => heard.push(changes));
  await other.status();
  await db.batch([{ key: "a", delete: true }, { key: "b", value: 2 }]);
  await other.transact(async (tx) => tx.put("c", (await tx.get("b")) + 1));
  equal(await other.scan(), [["b", 2], ["c", 3]]);
  equal(heard.flat().map(({ key }) => key), ["a", "b", "c"]);
  equal((await db.verify()).sound, true);
  equal((await db.status()).survives, "nothing");
  const backup = await db.backup();
  await db.close();
  await other.put("d", 4);
  equal((await other.scan()).length, 3);
  const third = await open("notes", { storage: "memory" });
  equal(await third.get("d"), 4);
  await other.close();
  equal(await third.get("d"), 4);
  await third.close();
  const anew = await open("notes", { storage: "memory" });
  equal(await anew.scan(), []);
  await anew.close();
  const copy = await restore("copy", backup, { storage: "memory" });
  equal(await copy.scan(), [["b", 2], ["c", 3]]);
  for (const options of [{}, { storage: "opfs" }]) {
    const error = await open("x", options).catch((error) => error);
    equal([error instanceof SteadfastError, error.kind, /memory/.test(error.message)], [true, "Unsupported", true]);
  }
`;
const vitest = (environment) => `// @vitest-environment ${environment}
import { expect, test } from "vitest";
import { SteadfastError, open, restore } from "steadfast";
test("in ${environment}", async () => {
  ${environment === "node" ? "" : "expect(document.body).toBeDefined();"}
  ${USE}
  await copy.close();
});
`;
const ENVIRONMENTS = ["node", "jsdom", "happy-dom"];

const folder = await application(after, {
  "alone.mjs": `import { SteadfastError, open, restore } from "steadfast";\n${USE}\nconsole.log("works");\n`,
  ...Object.fromEntries(ENVIRONMENTS.map((environment) => [`${environment}.test.js`, vitest(environment)])),
});
const run = (...commands) => spawnSync(process.execPath, commands, { cwd: folder, encoding: "utf8", timeout: 60_000 });

test("Node alone opens a database in memory, and ends though one is left open", () => {
  const { stdout, stderr, status } = run("alone.mjs");
  assert.deepEqual([stdout, status], ["works\n", 0], stderr);
});

test("Vitest opens one in node, jsdom and happy-dom", async () => {
  for (const name of ["vitest", "jsdom", "happy-dom"]) await symlink(tool(name), `${folder}/node_modules/${name}`);
  const { stdout, stderr, status } = run(tool("vitest/vitest.mjs"), "run", "--no-color");
  assert.equal(status, 0, stdout + stderr);
  for (const environment of ENVIRONMENTS) assert.match(stdout, new RegExp(`${environment}.test.js`));
});
