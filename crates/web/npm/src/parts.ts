/**
 * What few pages call is loaded when it is called, so that a page loads less.
 */

import { fault, plain } from "./error.js";

/** Archives. */
export const tar = (): Promise<typeof import("./tar.js")> => loaded(import("./tar.js"));

/** JSON Lines. */
export const jsonLines = (): Promise<typeof import("./json-lines.js")> => loaded(import("./json-lines.js"));

/** The room that is kept for deletions. */
export const reserve = (): Promise<typeof import("./reserve.js")> => loaded(import("./reserve.js"));

async function loaded<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch (thrown) {
    throw fault("Unsupported", "retry", `a part of steadfast could not be loaded (${plain(thrown).cause}), and nothing was changed: is the network there? If the site was renewed, load the page again`);
  }
}
