// Vite's development server moves the package's scripts (5 to 7) and leaves its other files behind;
// its build makes one file of the worker.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { WAYS, application, firstExample, outcome, page, tool } from "./support/application.mjs";
import { start } from "./support/browser.mjs";

const VERSIONS = [5, 6, 7, 8];
const vite = (version) => tool(`vite${version}/bin/vite.js`);

const folder = await application(after, { "index.html": page("/main.js"), "main.js": await firstExample() });
const browser = await start(after, { folders: Object.fromEntries(VERSIONS.map((version) => [`vite${version}`, join(folder, `vite${version}`)])) });

for (const version of VERSIONS) {
  test(`in Vite ${version}'s development server, with no configuration`, async (t) => {
    const server = spawn(process.execPath, [vite(version), "--port", "0", "--force"], { cwd: folder, env: { ...process.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "ignore"] });
    t.after(async () => {
      server.kill();
      await once(server, "exit");
    });
    for (const way of WAYS) assert.equal(await tell(`${await address(server)}/${way}`), "works note/2=text");
  });

  test(`in Vite ${version}'s build, with no configuration`, async () => {
    execFileSync(process.execPath, [vite(version), "build", "--base", "./", "--outDir", `vite${version}`, "--logLevel", "warn"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    for (const way of WAYS) assert.equal(await tell(`${browser.address}/vite${version}/${way}`), "works note/2=text");
  });
}

/** Says what the page at the address says in the end. */
async function tell(address) {
  const tab = await browser.context.newPage();
  await tab.goto(address);
  const said = await outcome(tab);
  await tab.close();
  return said;
}

const addresses = new WeakMap();

/** The address that the server prints when it is ready. */
function address(server) {
  if (!addresses.has(server)) {
    addresses.set(server, new Promise((resolve, reject) => {
      let printed = "";
      server.stdout.on("data", (data) => {
        printed += data;
        const [found] = /http:\/\/localhost:\d+/.exec(printed) ?? [];
        if (found) resolve(found);
      });
      server.once("exit", () => reject(new Error(`the server ended: ${printed}`)));
    }));
  }
  return addresses.get(server);
}
