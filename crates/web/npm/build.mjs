// Makes `dist` of `src`: types by tsc, scripts by esbuild, WebAssembly by wasm-opt, and tells the
// size. `src/wasm` is what wasm-bindgen made; `cargo xtask web` does all of it.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { merge } from "./glue.mjs";
import { INNER, checkInner } from "./inner.mjs";
import { PASSES, WAYS, nameInOrder } from "./order.mjs";
import { shorten, shortenRest } from "./shorten.mjs";
import { report } from "./size.mjs";
import { types } from "./types.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const tool = (name) => here(`node_modules/.bin/${name}`);

/** One for each home of a database: a page loads the one that it uses. */
const ENGINES = ["steadfast", "steadfast_whole", "steadfast_opfs"];

if (!ENGINES.every((engine) => existsSync(here(`src/wasm/${engine}_bg.wasm`)))) {
  console.error("src/wasm is not complete: `cargo xtask web --build` makes it");
  process.exit(1);
}
shorten(ENGINES.map((engine) => ({ name: engine, script: here(`src/wasm/${engine}.js`), wasm: here(`src/wasm/${engine}_bg.wasm`) })));
merge(here("src/wasm"), ["steadfast_whole", "steadfast", "steadfast_opfs"]);
shortenRest(["glue", "glue-worker"].map((script) => here(`src/wasm/${script}.js`)), ENGINES.map((engine) => here(`src/wasm/${engine}_bg.wasm`)));
rmSync(here("dist"), { recursive: true, force: true });
mkdirSync(here("dist"));
const features = ["bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"].map((feature) => `--enable-${feature}`);
/** The names of the compilers and of the features are for tools, not for browsers. */
const STRIPS = ["--strip-producers", "--strip-target-features"];
// The stack ends at 0 and the data comes behind it: nothing has an address below 1024 but the last
// kibibyte of the stack. Flat code whose branches are found anew is a half of a percent shorter
// when it is compressed.
const options = ["--flatten", "--rereloop", "-Os", "--converge", "--precompute-propagate", "--optimize-instructions", "-Os", "--low-memory-unused", ...STRIPS];
for (const engine of ENGINES) {
  const file = here(`dist/${engine}_bg.wasm`);
  optimize(here(`src/wasm/${engine}_bg.wasm`), file);
  copy(engine, gzipSync(readFileSync(file), { level: 9 }).toString("base64"));
}

/** Makes the WebAssembly shorter, which takes a minute or two. The result for a source is kept. */
function optimize(from, to) {
  const wasmOpt = (from, ...how) => execFileSync(tool("wasm-opt"), [...how, ...features, "-o", to, from], { stdio: "inherit" });
  const source = createHash("sha256").update(options.join()).update(readFileSync(here("order.mjs"))).update(readFileSync(here("package-lock.json"))).update(readFileSync(from)).digest("hex");
  const kept = here(`build/wasm/${source}.wasm`);
  if (existsSync(kept)) return cpSync(kept, to);
  wasmOpt(from, ...options);
  for (let pass = 0; pass < PASSES; pass += 1) {
    const before = readFileSync(to);
    const made = WAYS.map((way) => {
      writeFileSync(to, before);
      nameInOrder(to, to, way);
      wasmOpt(to, "--reorder-functions-by-name", "--strip-debug", ...STRIPS);
      const bytes = readFileSync(to);
      return { bytes, length: gzipSync(bytes, { level: 9 }).length };
    });
    writeFileSync(to, made.reduce((best, next) => (next.length < best.length ? next : best)).bytes);
  }
  cpSync(to, `${kept}.tmp`);
  renameSync(`${kept}.tmp`, kept);
}

const common = { bundle: true, mangleProps: INNER, inject: [here("src/microtask.ts")], minify: true, format: "esm", target: "es2022", logLevel: "warning" };
// There from the start: the worker's own script leaves it out, but has to find it.
copy("worker", "");
// In one file: whatever bundles it needs no other.
await build({ ...common, entryPoints: [here("src/worker.ts")], outdir: here("dist"), plugins: [whole()] });
await tighten(["worker.js"]);
copy("worker", readFileSync(here("dist/worker.js"), "utf8"));
await build({ ...common, entryPoints: [here("src/index.ts")], outdir: here("dist"), splitting: true, chunkNames: "[name]-[hash]", plugins: [together()], logOverride: { "ignored-bare-import": "silent" } });
await tighten(readdirSync(here("dist")).filter((name) => name.endsWith(".js") && !name.includes("_inline-")));
types(here("dist"));
checkInner();
// npm does not pack links, nor files of the folders above.
for (const file of ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"]) cpSync(here(`../../../${file}`), here(file));
report();

/**
 * The worker's script has all its parts: an `import()` within one file makes each module a
 * function.
 */
function whole() {
  return {
    name: "whole",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/wasm\/glue\.js$/ }, () => ({ path: here("src/wasm/glue-worker.js") }));
      onResolve({ filter: /^\.\/(parts|known|node-files)\.js$/ }, ({ path }) => ({ path: here(`src/${path.slice(2, -3)}-worker.ts`) }));
    },
  };
}

/**
 * Whatever is loaded later also imports what is loaded first. Then esbuild makes one file of that,
 * and not one for each set of those that use it: ten small files are compressed 2 kB worse.
 */
function together() {
  const index = here("src/index.ts");
  const later = new Set([...readFileSync(here("src/parts.ts"), "utf8").matchAll(/\bimport\("\.\/([\w-]+)\.js"\)/g)].map(([, name]) => here(`src/${name}.ts`)));
  return {
    name: "together",
    setup({ onLoad, onResolve }) {
      onLoad({ filter: /\.ts$|_inline\.js$/ }, ({ path }) => later.has(path) || path.endsWith(".js") ? { contents: `import "together";\n${readFileSync(path, "utf8")}`, loader: "ts" } : undefined);
      onResolve({ filter: /^together$/ }, () => ({ path: index, sideEffects: true }));
    },
  };
}

/** Makes scripts of esbuild a little shorter: it looks at each expression once. */
async function tighten(names) {
  for (const name of names) {
    const file = here(`dist/${name}`);
    const { code } = await minify(readFileSync(file, "utf8"), { module: true, ecma: 2022, compress: { passes: 3 } });
    writeFileSync(file, code);
  }
}

/** A script that has the file's text, for `src/inline.ts`. */
function copy(name, text) {
  writeFileSync(here(`src/wasm/${name}_inline.js`), `export default ${JSON.stringify(text)};\n`);
  writeFileSync(here(`src/wasm/${name}_inline.d.ts`), "declare const text: string;\nexport default text;\n");
}
