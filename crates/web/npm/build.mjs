// Makes `dist` of `src`: types by tsc, scripts by esbuild, WebAssembly by wasm-opt, and tells the size.
// `src/wasm` is what wasm-bindgen made; `cargo xtask web` does all of it.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { shorten } from "./shorten.mjs";
import { report } from "./size.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const tool = (name) => here(`node_modules/.bin/${name}`);

/** One for each home of a database: a page loads the one that it uses. */
const ENGINES = ["steadfast", "steadfast_whole", "steadfast_opfs"];

if (!ENGINES.every((engine) => existsSync(here(`src/wasm/${engine}_bg.wasm`)))) {
  console.error("src/wasm is not complete: `cargo xtask web --build` makes it");
  process.exit(1);
}
for (const engine of ENGINES) shorten(here(`src/wasm/${engine}.js`), here(`src/wasm/${engine}_bg.wasm`));
rmSync(here("dist"), { recursive: true, force: true });
mkdirSync(here("dist/wasm"), { recursive: true });
execFileSync(tool("tsc"), ["--emitDeclarationOnly"], { cwd: here("."), stdio: "inherit" });
for (const engine of ENGINES) cpSync(here(`src/wasm/${engine}.d.ts`), here(`dist/wasm/${engine}.d.ts`));
await build({
  entryPoints: [here("src/index.ts"), here("src/worker.ts")],
  outdir: here("dist"),
  bundle: true,
  splitting: true,
  inject: [here("src/microtask.ts")],
  minify: true,
  format: "esm",
  chunkNames: "[name]-[hash]",
  target: "es2022",
  logLevel: "warning",
});
const features = ["bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"];
// The stack ends at 0 and the data comes behind it: nothing has an address below 1024 but the last kibibyte of the stack.
// The names of the compilers and of the features are for tools, not for browsers.
const options = ["-Oz", "--converge", "--low-memory-unused", "--strip-producers", "--strip-target-features", ...features.map((feature) => `--enable-${feature}`)];
for (const engine of ENGINES) {
  execFileSync(tool("wasm-opt"), [...options, "-o", here(`dist/${engine}_bg.wasm`), here(`src/wasm/${engine}_bg.wasm`)], { stdio: "inherit" });
}
// npm does not pack links.
for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) cpSync(here(`../../../${licence}`), here(licence));
report();
