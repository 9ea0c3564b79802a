// The command: runs the page in a Chromium and prints the figures. With --record it keeps them as a
// table and a plot.
//
//   node run.mjs [--quick] [--record FOLDER] [--serve] [--only one,hundred,save]

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ARGUMENTS, EXECUTABLE, chromium } from "../../crates/web/npm/test/support/browser.mjs";
import { serve } from "../../crates/web/npm/test/support/server.mjs";
import { draw } from "./plot.mjs";
import { goals, page as markdown } from "./report.mjs";

const FULL = { rounds: 11, milliseconds: 400 };
const QUICK = { rounds: 5, milliseconds: 200 };

const given = process.argv.slice(2);
const valueOf = (name) => (given.includes(name) ? given[given.indexOf(name) + 1] : undefined);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const server = await serve({ "": here("."), modules: here("node_modules") });
if (given.includes("--serve")) console.log(`${server.address}/ is the page; Ctrl-C ends it`);
else {
  try {
    await run();
  } finally {
    await server.end();
  }
}

async function run() {
  const profile = await mkdtemp(join(tmpdir(), "steadfast-bench-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath: EXECUTABLE, args: ARGUMENTS, headless: true });
  try {
    const page = await context.newPage();
    page.on("pageerror", (error) => console.error(`in the page: ${error.stack}`));
    await page.goto(`${server.address}/`);
    await page.waitForFunction(() => window.contest !== undefined);
    const options = { ...(given.includes("--quick") ? QUICK : FULL), only: valueOf("--only")?.split(",") };
    const works = await page.evaluate((options) => window.contest(options), options);
    const run = { ...options, browser: `Chromium ${context.browser()?.version() ?? ""}`.trim(), works };
    const text = markdown(run);
    console.log(text);
    const folder = valueOf("--record");
    if (folder) {
      await writeFile(join(folder, "browser.md"), text);
      await writeFile(join(folder, "browser.svg"), draw(works));
    }
    if (goals(works).some(({ isMet }) => !isMet)) console.log("Not every goal is met: see the first table.");
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
