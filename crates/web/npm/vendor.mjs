// Makes of the libraries that the page borrows one script each, for a site that has no bundler:
// `node vendor.mjs FOLDER`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const [, , folder] = process.argv;
const resolveDir = fileURLToPath(new URL(".", import.meta.url));
const licence = readFileSync(join(resolveDir, "node_modules/diff/LICENSE"), "utf8");

await build({
  stdin: { contents: 'export { diffChars } from "diff";', resolveDir },
  outfile: join(folder, "diff.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  // The licence asks for its text beside every copy.
  banner: { js: `/*! diff, https://github.com/kpdecker/jsdiff\n\n${licence}*/` },
  logLevel: "warning",
});
