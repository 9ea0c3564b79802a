// The README's examples run as they stand there, and its tables name everything that there is.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { start } from "./support/browser.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "steadfast-readme-"));
after(() => rm(folder, { recursive: true, force: true }));
const browser = await start(after, { folders: { examples: folder } });
const readme = await readFile(here("../README.md"), "utf8");
const examples = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, text]) => text);

/** The text of a section. */
const section = (title) => readme.split(/^## /m).find((text) => text.startsWith(`${title}\n`));
/** What the first cells of a section's tables name. */
const named = (title) => [...section(title).matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));

/** Runs a script to its end, and gives the page. */
async function run(name, text) {
  // As a bundler sees it: the packages and the WebAssembly by their names.
  await writeFile(join(folder, `${name}.js`), `${text}\nwindow.done = true;\n`);
  await build({
    entryPoints: [join(folder, `${name}.js`)], outdir: join(folder, `${name}`), bundle: true, splitting: true, format: "esm", target: "es2022", logLevel: "error",
    alias: { "steadfast/steadfast.wasm": here("../dist/steadfast_bg.wasm"), steadfast: here("../dist/index.js") },
    nodePaths: [here("../node_modules")], loader: { ".wasm": "file" }, publicPath: `/examples/${name}`,
  });
  await writeFile(join(folder, `${name}.html`), `<!doctype html><meta charset="utf-8"><title>Example</title><script type="module" src="/examples/${name}/${name}.js"></script>`);
  const page = await browser.page("/pages/");
  const thrown = new Promise((_, reject) => page.once("pageerror", (error) => reject(new Error(`in example ${name}: ${error.message}\n${text}`))));
  await page.goto(`${browser.address}/examples/${name}.html`);
  await Promise.race([page.waitForFunction(() => window.done), thrown]);
  thrown.catch(() => {});
  return page;
}

test("every example runs to its end", async () => {
  assert.ok(examples.length >= 6);
  for (const [number, text] of examples.entries()) await (await run(number, text)).close();
  assert.ok((await readdir(folder)).length > examples.length);
});

test("what an example says in a comment that it logs, it logs", async () => {
  for (const number of examples.keys()) {
    const said = [...examples[number].matchAll(/^ *console\.log\(.*\); *\/\/ (.*)$/gm)].map(([, comment]) => comment);
    if (said.length === 0) continue;
    const page = await browser.page("/pages/");
    const logged = [];
    page.on("console", (message) => message.type() === "log" && logged.push(Promise.all(message.args().map((one) => one.evaluate((value) => JSON.stringify(value))))));
    await page.goto(`${browser.address}/examples/${number}.html`);
    await page.waitForFunction(() => window.done);
    const found = (await Promise.all(logged)).map((parts) => parts.join(", ").replaceAll(",", ", ").replace(/, +/g, ", "));
    assert.deepEqual(found, said);
    await page.close();
  }
});

test("the example of coming from another store moves it once, and all of it or nothing", async () => {
  const example = examples.find((text) => text.includes("idb-keyval"));
  const visit = async (number, name, before, after) => {
    const page = await run(`coming-${number}`, `import { set } from "idb-keyval";\n${before}\n${example.replace('"app"', JSON.stringify(name))}\n${after}\nwindow.left = (await entries()).length;\nwindow.found = await db.scan();\nawait db.close();`);
    const ends = await page.evaluate(() => ({ left, found }));
    await page.close();
    return ends;
  };
  const mark = ["moved/idb-keyval", true];
  assert.deepEqual(await visit(1, "coming", 'await set("a", { b: new Date(5) });', 'await db.put("a", "newer");'), { left: 0, found: [["a", "newer"], mark] });
  // As after a power failure that undid the deletion, or from a tab with the page's old version:
  // what it saved is neither taken nor deleted.
  assert.deepEqual(await visit(2, "coming", 'await set("a", "older");', ""), { left: 1, found: [["a", "newer"], mark] });
  await assert.rejects(visit(3, "keys", 'await set("a", 1); await set(7, "seven");', ""), /choose a string for the key 7/);
  const page = await run("left", 'import { entries } from "idb-keyval";\nwindow.left = (await entries()).length;');
  assert.equal(await page.evaluate(() => left), 2);
  await page.close();
});

test("the table of options has each of them, and the table of errors each kind and remedy", async () => {
  const options = /const IS_FINE = \{(.*?)\n\}/s.exec(await readFile(here("../src/options.ts"), "utf8"))[1];
  assert.deepEqual(named("How it is opened").filter((name) => name !== "option").sort(), [...options.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name).sort());
  const source = await readFile(here("../src/error.ts"), "utf8");
  const words = (name) => [...new RegExp(`export type ${name} =(.*?);`, "s").exec(source)[1].matchAll(/"([\w-]+)"/g)].map(([, word]) => word);
  const kinds = named("Errors").filter((name) => /^[A-Z]/.test(name));
  assert.deepEqual(kinds.sort(), words("ErrorKind").sort());
  for (const remedy of words("Remedy")) assert.ok(section("Errors").includes(`| \`${remedy}\` |`), remedy);
});
