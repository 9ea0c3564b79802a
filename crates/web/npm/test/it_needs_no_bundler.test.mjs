// In a plain module script: from the page's own site, from another one (a CDN), and from servers
// that know little.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { WAYS, application, firstExample, outcome, write } from "./support/application.mjs";
import { start } from "./support/browser.mjs";
import { serve } from "./support/server.mjs";

const page = (address) => `<!doctype html><meta charset="utf-8"><title>Plain</title><body>
<script type="importmap">{ "imports": { "steadfast": "${address}/index.js" } }</script><script type="module" src="/main.js"></script>`;

const folder = await application(after, { "main.js": await firstExample() });
const dist = join(folder, "node_modules/steadfast/dist");
const bare = join(folder, "bare");
await cp(dist, bare, { recursive: true });
for (const name of await readdir(bare)) if (name.endsWith(".wasm") || name === "worker.js") await rm(join(bare, name));

const far = await serve({ package: dist }, () => ({ "Access-Control-Allow-Origin": "*" }));
after(() => far.end());
const pages = { own: "/package", far: `${far.address}/package`, untyped: "/untyped", bare: "/bare" };
await write(folder, Object.fromEntries(Object.entries(pages).map(([name, address]) => [`${name}.html`, page(address)])));
const browser = await start(after, {
  folders: { "": folder, package: dist, untyped: dist, bare },
  headers: (path) => (path.startsWith("/untyped/") && path.endsWith(".wasm") ? { "Content-Type": "application/octet-stream" } : {}),
});

const SAYS = {
  own: "from the page's own site",
  far: "from another site, whose worker the browser refuses",
  untyped: "from a server that does not know the type of WebAssembly",
  bare: "from a server that has only the scripts",
};
for (const [name, says] of Object.entries(SAYS)) {
  test(`it runs ${says}`, async () => {
    for (const way of WAYS) {
      const tab = await browser.context.newPage();
      await tab.goto(`${browser.address}/${name}.html${way}`);
      assert.equal(await outcome(tab), "works note/2=text", way);
      await tab.close();
    }
  });
}
