import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Without `skipLibCheck`: the package's own types are checked as well. */
function compile(name, ...options) {
  const folder = mkdtempSync(join(tmpdir(), "steadfast-types-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(here(".."), join(folder, "node_modules/steadfast"), "junction");
    cpSync(here(`types/${name}.ts`), join(folder, `${name}.mts`));
    const { stdout, stderr, status } = spawnSync(process.execPath, [here("../node_modules/typescript/bin/tsc"), "--strict", "--noEmit", "--target", "es2022", ...options, `${name}.mts`], { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const resolution of [["--module", "esnext", "--moduleResolution", "bundler"], ["--module", "nodenext", "--moduleResolution", "nodenext"]]) {
  // With no library but the target's.
  test(`interfaces, readonly arrays and constants compile, functions and symbols do not (${resolution[1]})`, () => compile("values", ...resolution));

  test(`\`await using\` compiles with the library that the README names (${resolution[1]})`, () => compile("using", "--lib", "es2022,dom,esnext.disposable", ...resolution));
}
