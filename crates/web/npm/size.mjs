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

/** All of it together, compressed. */
export function total() {
  return sizes().reduce((sum, { compressed }) => sum + compressed, 0);
}

/** Prints the sizes. */
export function report() {
  const line = (name, length, compressed) => console.log(`${name.padEnd(24)} ${kB(length)} ${kB(compressed)}`);
  console.log(`${"".padEnd(24)} ${"bytes".padStart(10)} ${"gzip".padStart(10)}`);
  for (const { name, length, compressed } of sizes()) line(name, length, compressed);
  console.log(`${"together".padEnd(24)} ${"".padStart(10)} ${kB(total())}, of ${kB(LIMIT).trim()} at most`);
}

function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
}

if (process.argv[1] === new URL(import.meta.url).pathname) report();
