/**
 * What is done where nobody answers: who is it, and is it a worker of this package at all?
 *
 * A worker of the package says that it is alive as soon as its script runs. One that says nothing
 * may still load its script over a slow network, or have another script, which will never say it.
 * So the seconds within which it must speak are counted from the moment at which the page itself
 * has loaded the same address. Where the address is not known, a fixed time is allowed instead.
 * Seconds in which the page was suspended as well are not counted.
 */

import { lockNames } from "./locks.js";
import type { WorkerSource } from "./make-worker.js";
import type { Names } from "./names.js";

/** A worker whose script could be loaded speaks within this. In seconds, as all of these. */
const SPEAKS_WITHIN = 10;
/** So long a script may take to load whose address is not known. */
const LOADS_WITHIN = 17;
/** So long it may take to load where the page loads it too. */
const LOADS_WITHIN_MAX = 60;

/** The title of the tab that writes or is about to; `undefined` where nobody knows it. */
export async function writerOf({ titles }: Names): Promise<string | undefined> {
  const held = [...await lockNames()].filter((lock) => lock.startsWith(titles)).sort();
  // A writer that was replaced while it was suspended still holds its own: the latest counts.
  return held.at(-1)?.slice(titles.length).replace(/^\d+\//, "");
}

/**
 * Waits for as long as a worker may be silent; gives the reason for not waiting longer. Never
 * settles once the signal has said stop.
 */
export async function silence(source: WorkerSource, signal: AbortSignal): Promise<string> {
  await (isAddress(source) ? Promise.race([loaded(source, signal), seconds(LOADS_WITHIN_MAX, signal)]) : seconds(LOADS_WITHIN, signal));
  await seconds(SPEAKS_WITHIN, signal);
  return `in the ${SPEAKS_WITHIN} s after it should have been loaded it did not say that it is steadfast's`;
}

/** Why there is no worker, as a sentence. */
export function noWorker(reason: string, source: WorkerSource): string {
  // What is done first with what the function returned.
  if (typeof source === "function" && reason.includes("addEventListener")) {
    return "the function in the option `worker` returned no worker: let it return new Worker(…) of the script steadfast/worker";
  }
  const remedy = typeof source === "boolean"
    ? "a content security policy must have 'self' in worker-src, and blob: where the package comes from another site or its files were left behind"
    : `see to it that ${isAddress(source) ? String(source) : "what the function makes a worker of"} is the package's script steadfast/worker: it is what is in the option \`worker\``;
  return `the worker's script could not be loaded or failed (${reason || "no reason given"}): ${remedy}`;
}

function isAddress(source: WorkerSource): source is string | URL {
  return typeof source === "string" || source instanceof URL;
}

/** Loads the script as the worker does. Where the page may not, the time for others is allowed. */
async function loaded(address: string | URL, signal: AbortSignal): Promise<void> {
  try {
    await (await fetch(address, { signal })).arrayBuffer();
  } catch {
    await seconds(LOADS_WITHIN, signal);
  }
}

async function seconds(count: number, signal: AbortSignal): Promise<void> {
  for (let left = count; left > 0 && !signal.aborted; left -= 1) await new Promise((resolve) => setTimeout(resolve, 1000));
  if (signal.aborted) await new Promise(() => {});
}
