// A real Chromium for a test file, and pages with the package in them.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

export { chromium };

export const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

/**
 * A page that never gets ready must not hang the run. A page that is slow on a busy machine is no
 * failure.
 */
const PATIENCE_MAX = 120_000;

/**
 * Starts a server and a browser with a new profile, which end with the test file. `page()` opens a
 * tab with the package in `window.steadfast`. The profile is made in the folder `disk`, if one is
 * given.
 */
export async function start(after, { folders, headers, options, disk = tmpdir() } = {}) {
  const server = await serve(folders, headers);
  const profile = await mkdtemp(join(disk, "steadfast-profile-"));
  const launch = async () => {
    const context = await chromium.launchPersistentContext(profile, { executablePath: EXECUTABLE, args: ARGUMENTS, headless: true, timeout: PATIENCE_MAX, ...options });
    context.setDefaultTimeout(PATIENCE_MAX);
    return context;
  };
  let context = await launch();
  after(async () => {
    await context.close();
    await server.end();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    address: server.address,
    get context() { return context; },
    /** A tab. What goes wrong in it is printed. */
    async page(path = "/pages/") {
      const page = await context.newPage();
      page.on("pageerror", (error) => console.error(`in the page: ${error.stack}`));
      await page.goto(server.address + path);
      return page;
    },
    /** Closes every open tab, so that the next test begins alone even if the last one failed. */
    async closeTabs() {
      // The first tab is the browser's own; without one it would end.
      const [, ...tabs] = context.pages();
      await Promise.all(tabs.map((tab) => tab.close()));
    },
    /**
     * Ends the browser and starts it again on the same profile. In between, `meanwhile` may look at
     * the profile's folder.
     */
    async restart(meanwhile = () => {}) {
      await context.close();
      await meanwhile(profile);
      context = await launch();
    },
    server,
  };
}

/** Kills the process behind a tab, as the system does when memory is short. */
export async function crash(page) {
  const session = await page.context().newCDPSession(page);
  const crashed = new Promise((resolve) => page.once("crash", resolve));
  session.send("Page.crash").catch(() => {});
  await crashed;
}

/**
 * The system's number of the process behind a tab: the process that works while the tab is asked to
 * be busy.
 */
export async function processOf(page) {
  const session = await page.context().browser()?.newBrowserCDPSession() ?? await page.context().newCDPSession(page);
  const times = async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return new Map(processInfo.filter(({ type }) => type === "renderer").map(({ id, cpuTime }) => [id, cpuTime]));
  };
  for (;;) {
    const before = await times();
    await page.evaluate((ms) => { for (const end = performance.now() + ms; performance.now() < end;); }, BUSY);
    const worked = [...await times()].map(([id, time]) => [id, time - (before.get(id) ?? 0)]).sort((a, b) => b[1] - a[1]);
    const [[id, most], [, next] = [0, 0]] = worked;
    // Another process that is just starting works as well. Then the measurement is repeated.
    if (most > 4 * next) {
      await session.detach();
      return id;
    }
  }
}

/** How long a tab is kept busy in order to be recognised, in milliseconds. */
const BUSY = 400;
