import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { application, pack, tool } from "./support/application.mjs";

const tarball = await pack(after);
const folder = await application(after, {
  "use.mts": `import { type Transaction, SteadfastError, open } from "steadfast";
import "steadfast/worker";
import small from "steadfast/steadfast.wasm";
import whole from "steadfast/steadfast-whole.wasm";
import opfs from "steadfast/steadfast-opfs.wasm";
const addresses: string[] = [small, whole, opfs];
const db = await open("a", { wasm: small });
const closed: Promise<void> = db[Symbol.asyncDispose]();
const count = (tx: Transaction): Promise<number | undefined> => tx.get<number>("n");
void [addresses, closed, count, SteadfastError];
`,
});

const run = (...commands) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, commands, { cwd: folder, encoding: "utf8" });
  return { said: stdout + stderr, status };
};

test("publint finds nothing", () => {
  const { said, status } = run(tool("publint/src/cli.js"), tarball, "--strict");
  assert.equal(status, 0, said);
  assert.match(said, /All good/, said);
});

test("the types belong to what is loaded, in every way to resolve them", () => {
  const { said, status } = run(tool("@arethetypeswrong/cli/dist/index.js"), tarball, "--profile", "esm-only", "--no-emoji", "--no-color");
  assert.equal(status, 0, said);
});

/** TypeScript 7, and 5.6 as the one above brings it: its libraries know less. */
const COMPILERS = [fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url)), tool("typescript/bin/tsc")];

test("they compile strictly with no library but the language's and the browser's", () => {
  for (const compiler of COMPILERS) {
    for (const module of compiler === COMPILERS[0] ? [["--module", "esnext", "--moduleResolution", "bundler"], ["--module", "nodenext"]] : [["--module", "nodenext"]]) {
      const { said, status } = run(compiler, "--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--exactOptionalPropertyTypes", ...module, "use.mts");
      assert.equal(status, 0, said);
    }
  }
});

test("what is inside is not shipped, and what people ask for is", async () => {
  const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n").map((name) => name.replace("package/", ""));
  assert.deepEqual(files.filter((name) => name.endsWith(".d.ts")).sort(), ["dist/index.d.ts", "dist/wasm.d.ts", "dist/worker.d.ts"]);
  for (const name of ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "package.json"]) assert.ok(files.includes(name), name);
  assert.deepEqual((await readdir(`${folder}/node_modules`)).filter((name) => !name.startsWith(".")), ["steadfast"]);
});
