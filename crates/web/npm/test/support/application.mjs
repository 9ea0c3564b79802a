// An application that has the package installed as npm does it: from the tarball, not from the
// source.

import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * The ways to open a database that a page is asked for in its address: the two that load the most
 * different files, or with `STEADFAST_TEST_ALL` every one.
 */
export const WAYS = process.env.STEADFAST_TEST_ALL ? ["", "?worker", "?opfs", "?memory"] : ["", "?opfs"];

/** Where a tool of `test/bundlers` is. */
export const tool = (path) => here(`../bundlers/node_modules/${path}`);

/** Packs the package; the tarball's path. */
export async function pack(after) {
  const folder = await mkdtemp(join(tmpdir(), "steadfast-pack-"));
  after(() => rm(folder, { recursive: true, force: true }));
  const name = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: here("../.."), encoding: "utf8" }).trim();
  return join(folder, name);
}

/** A folder with these files and the package in its `node_modules`. */
export async function application(after, files) {
  const tarball = await pack(after);
  const folder = await mkdtemp(join(tmpdir(), "steadfast-application-"));
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await write(folder, { "package.json": '{ "private": true, "type": "module" }', ...files });
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", "--silent", tarball], { cwd: folder, stdio: "inherit" });
  return folder;
}

/** Writes files, by their paths in the folder. */
export async function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/**
 * The README's first example, as a script that opens what the page's address says: `?worker`,
 * `?opfs`, `?memory`, or nothing. Its outcome is the page's text.
 */
export async function firstExample() {
  const readme = await readFile(here("../../README.md"), "utf8");
  const [, example] = /```js\n(.*?)```/s.exec(readme);
  if (!example.includes('open("notes")')) throw new Error("the README's first example has changed");
  return `
const ways = { "": {}, "?worker": { worker: true }, "?opfs": { storage: "opfs" }, "?memory": { storage: "memory" } };
const said = [];
const console = { log: (key, value) => said.push(key + "=" + value) };
const tell = (text) => { document.body.textContent = text; };
${example.replace('open("notes")', 'open("notes", ways[location.search])').replace(/\bstart\(\);/, 'start().then(async (db) => {\n  await db.verify();\n  await db.close();\n  tell("works " + said.join(";"));\n}).catch((error) => tell("fails " + error.name + " " + error.message));')}`;
}

/** The page of an application. */
export const page = (script, attributes = 'type="module"') => `<!doctype html><meta charset="utf-8"><title>Application</title><body><script ${attributes} src="${script}"></script>`;

/** What the page says in the end. */
export async function outcome(tab) {
  await tab.waitForFunction(() => /^(works|fails)/.test(document.body.textContent));
  return tab.textContent("body");
}
