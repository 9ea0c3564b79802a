// The policy that the README names is enough; what it lacks, an error names.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { application, firstExample, outcome, page } from "./support/application.mjs";
import { start } from "./support/browser.mjs";

const WAYS = ["", "?worker", "?opfs", "?memory"];
const [, POLICY] = /^Content-Security-Policy: (default-src .*)$/m.exec(await readFile(new URL("../README.md", import.meta.url), "utf8"));
const less = (from, to = "") => {
  assert.ok(POLICY.includes(from));
  return POLICY.replace(from, to);
};

const folder = await application(after, {
  "index.html": page("/main.js"),
  "main.js": (await firstExample()).replace('from "steadfast"', 'from "/package/index.js"'),
});
let policy = POLICY;
const browser = await start(after, {
  folders: { "": folder, package: join(folder, "node_modules/steadfast/dist") },
  headers: () => ({ "Content-Security-Policy": policy }),
});

/** What the page says under this policy. */
async function under(chosen, way) {
  policy = chosen;
  const tab = await browser.context.newPage();
  await tab.goto(`${browser.address}/${way}`);
  const said = await outcome(tab);
  await tab.close();
  return said;
}

test("under the policy of the README it runs", async () => {
  for (const way of WAYS) assert.equal(await under(POLICY, way), "works note/2=text", way);
});

test("where it may not connect, it runs from its scripts", async () => {
  for (const way of WAYS) assert.equal(await under(less("connect-src 'self'", "connect-src 'none'"), way), "works note/2=text", way);
});

test("without 'wasm-unsafe-eval' the error names it and its directive", async () => {
  for (const way of WAYS) assert.match(await under(less(" 'wasm-unsafe-eval'"), way), /^fails SteadfastError .*'wasm-unsafe-eval' in script-src/, way);
});

test("without 'self' in worker-src the error names the directive", async () => {
  const none = less("worker-src 'self'", "worker-src 'none'");
  for (const way of ["?worker", "?opfs"]) assert.match(await under(none, way), /^fails SteadfastError .*'self' in worker-src/, way);
  for (const way of ["", "?memory"]) assert.equal(await under(none, way), "works note/2=text", way);
});
