// What a page has to load, compressed as a server sends it.

import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** The most that the package may be, in bytes. */
export const LIMIT = 150_000;

const dist = new URL("dist/", import.meta.url);

/** The files that are loaded, and how long each is, as it is and compressed. */
export function sizes() {
  const names = readdirSync(dist).filter((name) => /\.(js|wasm)$/.test(name));
  return names.map((name) => {
    const bytes = readFileSync(new URL(name, dist));
    return { name, length: bytes.length, compressed: gzipSync(bytes, { level: 9 }).length };
  });
}

/** What a page loads for a database in this home: `indexeddb` or `opfs`. */
export function total(home) {
  const isLoaded = home === "opfs" ? (name) => name !== "steadfast_bg.wasm" : (name) => !name.startsWith("steadfast_opfs");
  return sizes().filter(({ name }) => isLoaded(name)).reduce((sum, { compressed }) => sum + compressed, 0);
}

/** Prints the sizes. */
export function report() {
  const line = (name, length, compressed) => console.log(`${name.padEnd(28)} ${kB(length)} ${kB(compressed)}`);
  console.log(`${"".padEnd(28)} ${"bytes".padStart(10)} ${"gzip".padStart(10)}`);
  for (const { name, length, compressed } of sizes()) line(name, length, compressed);
  for (const home of ["indexeddb", "opfs"]) {
    console.log(`${`a page with ${home} loads`.padEnd(28)} ${"".padStart(10)} ${kB(total(home))}, of ${kB(LIMIT).trim()} at most`);
  }
}

function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
}

if (process.argv[1] === new URL(import.meta.url).pathname) report();
