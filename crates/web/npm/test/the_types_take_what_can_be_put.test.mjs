import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Without `skipLibCheck`: the package's own types are checked as well. */
function compile(name, text, ...options) {
  const folder = mkdtempSync(join(tmpdir(), "steadfast-types-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(here(".."), join(folder, "node_modules/steadfast"), "junction");
    symlinkSync(here("../node_modules/idb-keyval"), join(folder, "node_modules/idb-keyval"), "junction");
    writeFileSync(join(folder, `${name}.mts`), text);
    const { stdout, stderr, status } = spawnSync(process.execPath, [here("../node_modules/typescript/bin/tsc"), "--strict", "--noEmit", "--target", "es2022", ...options, `${name}.mts`], { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const written = (name) => readFileSync(here(`types/${name}.ts`), "utf8");

const readme = readFileSync(here("../README.md"), "utf8");
const examplesIn = (language) => [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, text]) => text);
test("the README's examples compile, also as TypeScript", () => {
  const [scripts, typed] = ["js", "ts"].map(examplesIn);
  assert.ok(scripts.length > 0 && typed.length > 0);
  for (const text of typed) compile("example", text, "--module", "nodenext", "--lib", "es2022,dom", "--noUnusedParameters");
  for (const text of scripts) compile("example", text, "--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2022,dom");
});

for (const resolution of [["--module", "esnext", "--moduleResolution", "bundler"], ["--module", "nodenext", "--moduleResolution", "nodenext"]]) {
  // With no library but the target's.
  test(`interfaces, readonly arrays and constants compile, functions and symbols do not (${resolution[1]})`, () => compile("values", written("values"), ...resolution));

  test(`\`await using\` compiles with the library that the README names (${resolution[1]})`, () => compile("using", written("using"), "--lib", "es2022,dom,esnext.disposable", ...resolution));
}
