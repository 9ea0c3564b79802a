/**
 * What is loaded when it is called, so that a page loads less: what few call, and what a page whose
 * writer is in a worker has no use for.
 */

import { fault, plain } from "./error.js";
import { inTime } from "./in-time.js";

/** Who writes, where the page does it itself. */
export const candidate = (): Promise<typeof import("./candidate.js")> => loaded(import("./candidate.js"));

/** The Rust side. */
export const engine = (): Promise<typeof import("./engine.js")> => loaded(import("./engine.js"));

/** Which handles of a database in memory a page has. */
export const handles = (): Promise<typeof import("./handles.js")> => loaded(import("./handles.js"));

/** Copies of the WebAssembly and of the worker. */
export const inline = (): Promise<typeof import("./inline.js")> => loaded(import("./inline.js"));

/** What is done where nobody answers. */
export const silence = (): Promise<typeof import("./silence.js")> => loaded(import("./silence.js"));

/** Locks and channels outside of a browser. */
export const thread = (): Promise<typeof import("./thread.js")> => loaded(import("./thread.js"));

/** Archives. */
export const tar = (): Promise<typeof import("./tar.js")> => loaded(import("./tar.js"));

/** Read, decide, change. */
export const transactions = (): Promise<typeof import("./transaction.js")> => loaded(import("./transaction.js"));

/** Restoring. */
export const restoring = (): Promise<typeof import("./restoring.js")> => loaded(import("./restoring.js"));

/** Restoring into what does not open. */
export const replacing = (): Promise<typeof import("./replacing.js")> => loaded(import("./replacing.js"));

/** What is longer than one commit. */
export const pieces = (): Promise<typeof import("./pieces.js")> => loaded(import("./pieces.js"));

/** Backups and exports as streams. */
export const streaming = (): Promise<typeof import("./streaming.js")> => loaded(import("./streaming.js"));

/** What is done with a database that nobody has open, and why one is not opened. */
export const rare = (): Promise<typeof import("./rare.js")> => loaded(import("./rare.js"));

/** JSON Lines. */
export const jsonLines = (): Promise<typeof import("./json-lines.js")> => loaded(import("./json-lines.js"));

/** The room that is kept for deletions. */
export const reserve = (): Promise<typeof import("./reserve.js")> => loaded(import("./reserve.js"));

async function loaded<T>(part: Promise<T>): Promise<T> {
  try {
    return await inTime(part);
  } catch (thrown) {
    if ("ServiceWorkerGlobalScope" in globalThis) {
      throw fault("Unsupported", "change-the-call", "a service worker cannot load parts of steadfast (`import()` does not work there): open the database in the page, and send it what to keep");
    }
    throw fault("Unsupported", "retry", `a part of steadfast could not be loaded (${plain(thrown).cause}); nothing was changed: is the network there? If the site was renewed, load the page again`);
  }
}
