// Each with no more configuration than an entry and a folder. webpack and Parcel take the package's
// files along; Rollup and esbuild leave them behind.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";
import { WAYS, application, firstExample, outcome, page, tool, write } from "./support/application.mjs";
import { start } from "./support/browser.mjs";

const folder = await application(after, {
  "main.js": await firstExample(),
  "index.html": page("./main.js"),
  "rollup.config.js": `import resolve from ${JSON.stringify(tool("@rollup/plugin-node-resolve/dist/es/index.js"))};
export default { input: "main.js", output: { dir: "rollup", format: "es" }, plugins: [resolve({ browser: true })] };\n`,
});
const node = (...commands) => execFileSync(process.execPath, commands, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });

/** The file of each that a page begins with, and how it is made. */
const BUNDLERS = {
  webpack: ["main.js", "", async () => {
    const { default: webpack } = await import(tool("webpack/lib/index.js"));
    const stats = await new Promise((resolve, reject) => webpack({ mode: "production", context: folder, entry: "./main.js", output: { path: join(folder, "webpack") }, performance: false, optimization: { minimize: false } }, (error, stats) => (error ? reject(error) : resolve(stats))));
    assert.deepEqual([stats.compilation.errors, stats.compilation.warnings], [[], []]);
  }],
  parcel: ["", "", () => node(tool("parcel/lib/bin.js"), "build", "index.html", "--dist-dir", "parcel", "--public-url", "./", "--no-cache", "--log-level", "warn")],
  rollup: ["main.js", 'type="module"', () => node(tool("rollup/dist/bin/rollup"), "--config", "rollup.config.js", "--silent")],
  "esbuild that splits": ["main.js", 'type="module"', () => build({ entryPoints: ["main.js"], absWorkingDir: folder, outdir: "esbuild that splits", bundle: true, splitting: true, format: "esm", logLevel: "error" })],
  "esbuild into one classic script": ["main.js", "", () => build({ entryPoints: ["main.js"], absWorkingDir: folder, outdir: "esbuild into one classic script", bundle: true, format: "iife", logOverride: { "empty-import-meta": "silent" }, logLevel: "error" })],
};
const browser = await start(after, { folders: Object.fromEntries(Object.keys(BUNDLERS).map((name) => [name, join(folder, name)])) });

for (const [name, [script, attributes, make]] of Object.entries(BUNDLERS)) {
  test(`bundled by ${name}`, async () => {
    await make();
    if (script !== "") await write(join(folder, name), { "index.html": page(script, attributes) });
    for (const way of WAYS) {
      const tab = await browser.context.newPage();
      await tab.goto(`${browser.address}/${encodeURIComponent(name)}/${way}`);
      assert.equal(await outcome(tab), "works note/2=text", way);
      await tab.close();
    }
  });
}
