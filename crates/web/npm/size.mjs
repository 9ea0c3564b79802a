// What a page has to load at first, compressed as a server sends it: `index.js`, the writer's
// script, what both import, and the WebAssembly. What is loaded when it is called (`import()`:
// backups, JSON Lines, copies) is told, but not counted.

import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** The most that a page may have to load at first, in bytes. */
export const LIMIT = 150_000;

/**
 * What a page begins with, and what it loads when it opens a database: where the database is, and
 * where its writer.
 */
const PAGES = {
  "indexeddb": [/^index\.js$/, /^candidate-.*\.js$/, /^steadfast_bg\.wasm$/],
  "indexeddb in a worker": [/^index\.js$/, /^worker\.js$/, /^steadfast_bg\.wasm$/],
  "opfs": [/^index\.js$/, /^worker\.js$/, /^steadfast_opfs_bg\.wasm$/],
};
export const HOMES = Object.keys(PAGES);

/**
 * An import that is no call: `import "./a.js"`, `import {…} from "./a.js"`, `export … from
 * "./a.js"`.
 */
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

/** The names of what a page loads at first for a database there. */
export function atFirst(home) {
  const names = new Set(sizes().map(({ name }) => name).filter((name) => PAGES[home].some((pattern) => pattern.test(name))));
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
  const first = new Set(HOMES.flatMap((home) => [...atFirst(home)]));
  const line = (name, length, compressed, note = "") => console.log(`${name.padEnd(32)} ${kB(length)} ${kB(compressed)}${note}`);
  console.log(`${"".padEnd(32)} ${"bytes".padStart(10)} ${"gzip".padStart(10)}`);
  for (const { name, length, compressed } of sizes()) line(name, length, compressed, first.has(name) ? "" : "  when it is called");
  for (const home of HOMES) console.log(`${home}: at first ${kB(total(home)).trim()}, of ${kB(LIMIT).trim()} at most`);
}

function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
}

if (process.argv[1] === new URL(import.meta.url).pathname) report();
