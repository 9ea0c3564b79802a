// What a page has to load at first, compressed as a server sends it: the scripts that `index.js` and the worker import, and the WebAssembly. What is
// loaded when it is called (`import()`: backups, JSON Lines) is told, but not counted.

import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** The most that a page may have to load at first, in bytes. */
export const LIMIT = 150_000;

/** Where a page and its worker begin. */
const ENTRIES = ["index.js", "worker.js"];
/** What a home of a database needs besides: for OPFS the engine's script is another one. */
const ENGINES = { indexeddb: [/^steadfast_bg\.wasm$/], opfs: [/^steadfast_opfs_bg\.wasm$/, /^steadfast_opfs-.*\.js$/] };
/** An import that is no call: `import "./a.js"`, `import {…} from "./a.js"`, `export … from "./a.js"`. */
const STATIC_IMPORT = /\b(?:import|from)\s*"\.\/([^"]+)"/g;

const dist = new URL("dist/", import.meta.url);

/** The files of the package, and how long each is, as it is and compressed. */
export function sizes() {
  const names = readdirSync(dist).filter((name) => /\.(js|wasm)$/.test(name));
  return names.map((name) => {
    const bytes = readFileSync(new URL(name, dist));
    return { name, length: bytes.length, compressed: gzipSync(bytes, { level: 9 }).length };
  });
}

/** The names of what a page loads at first for a database in this home: `indexeddb` or `opfs`. */
export function atFirst(home) {
  const engine = sizes().map(({ name }) => name).filter((name) => ENGINES[home].some((pattern) => pattern.test(name)));
  const names = new Set([...ENTRIES, ...engine]);
  for (const name of names) {
    if (!name.endsWith(".js")) continue;
    for (const [, imported] of readFileSync(new URL(name, dist), "utf8").matchAll(STATIC_IMPORT)) names.add(imported);
  }
  return names;
}

/** How much that is. */
export function total(home) {
  const names = atFirst(home);
  return sizes().filter(({ name }) => names.has(name)).reduce((sum, { compressed }) => sum + compressed, 0);
}

/** Prints the sizes. */
export function report() {
  const first = new Set(Object.keys(ENGINES).flatMap((home) => [...atFirst(home)]));
  const line = (name, length, compressed, note = "") => console.log(`${name.padEnd(32)} ${kB(length)} ${kB(compressed)}${note}`);
  console.log(`${"".padEnd(32)} ${"bytes".padStart(10)} ${"gzip".padStart(10)}`);
  for (const { name, length, compressed } of sizes()) line(name, length, compressed, first.has(name) ? "" : "  when it is called");
  for (const home of Object.keys(ENGINES)) {
    console.log(`${`a page with ${home} loads at first`.padEnd(32)} ${"".padStart(10)} ${kB(total(home))}, of ${kB(LIMIT).trim()} at most`);
  }
}

function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
}

if (process.argv[1] === new URL(import.meta.url).pathname) report();
