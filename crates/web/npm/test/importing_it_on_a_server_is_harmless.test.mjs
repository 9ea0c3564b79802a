// Next.js renders a page on the server, and imports there what the page imports. It is installed
// for this test (350 MB, a minute), so only with `STEADFAST_TEST_ALL`.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { application, outcome } from "./support/application.mjs";
import { chromium, ARGUMENTS, EXECUTABLE } from "./support/browser.mjs";

const VERSIONS = ["next@16.4.6", "react@19", "react-dom@19"];
const PAGE = `"use client";
import { useEffect } from "react";
import { open } from "steadfast";
const ways = { "": {}, "?worker": { worker: true }, "?opfs": { storage: "opfs" }, "?memory": { storage: "memory" } };
async function use() {
  const db = await open("notes", ways[location.search]);
  await db.put("a", 1);
  await db.verify();
  const a = await db.get("a");
  await db.close();
  return "works " + a;
}
export default function Page() {
  useEffect(() => { use().catch((error) => "fails " + error.message).then((said) => { document.body.textContent = said; }); }, []);
  return <p>rendered</p>;
}
`;

test("rendered on a server by Next.js, the page works in the browser", { skip: !process.env.STEADFAST_TEST_ALL && "only with STEADFAST_TEST_ALL" }, async () => {
  const folder = await application(after, {
    "app/layout.jsx": 'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }\n',
    "app/page.jsx": PAGE,
  });
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--silent", ...VERSIONS], { cwd: folder, stdio: "inherit" });
  const next = (...commands) => spawn(process.execPath, ["node_modules/next/dist/bin/next", ...commands], { cwd: folder, env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1" }, stdio: ["ignore", "pipe", "inherit"] });
  const [code] = await once(next("build"), "exit");
  assert.equal(code, 0);
  const server = next("start", "--port", "0");
  after(() => server.kill());
  const address = await new Promise((resolve, reject) => {
    let printed = "";
    server.stdout.on("data", (data) => {
      printed += data;
      const [found] = /http:\/\/localhost:\d+/.exec(printed) ?? [];
      if (found) resolve(found);
    });
    server.once("exit", () => reject(new Error(`the server ended: ${printed}`)));
  });
  assert.match(await (await fetch(address)).text(), /<p>rendered<\/p>/);
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
  after(() => browser.close());
  for (const way of ["", "?worker", "?opfs", "?memory"]) {
    const tab = await browser.newPage();
    await tab.goto(`${address}/${way}`);
    assert.equal(await outcome(tab), "works 1", way);
  }
});
