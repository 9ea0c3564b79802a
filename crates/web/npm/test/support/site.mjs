// The page, as `cargo xtask web` puts it together.

import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { start } from "./browser.mjs";

export const site = process.env.STEADFAST_SITE ?? fileURLToPath(new URL("../../../../../target/site", import.meta.url));

/** A browser for a test file, with the page at the root of the server. */
export function startSite(after, options) {
  return start(after, { folders: { "": site, steadfast: join(site, "steadfast") }, options });
}

/** The page in a tab, when it is open. */
export async function openPage(browser) {
  const page = await browser.page("/");
  await page.waitForSelector("#badge[data-state=good]");
  return page;
}

/** What is in the open note, and every change of it durable. */
export async function saved(page) {
  await page.waitForFunction(() => document.querySelector("#saved").textContent.includes("durable, the last"));
  return page.inputValue("#text");
}
