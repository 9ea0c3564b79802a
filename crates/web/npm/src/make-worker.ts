/**
 * How a tab makes the package's worker: of the script beside its own, or else of a copy (see
 * `inline.ts`).
 *
 * The worker has no copies of the WebAssembly with it. It asks its tab for one: a message with the
 * build's name and a port for the answer.
 */

import { type Build, copies } from "./copies.js";
import { plain } from "./error.js";

/** The package's own way, a script's address, or a function. */
export type WorkerSource = boolean | string | URL | (() => Worker);

/** A worker asks for WebAssembly. */
export interface Wanted { wanted: Build; port: MessagePort }

/** The answer. */
export type Supplied = { bytes: ArrayBuffer } | { error: string };

/** The address of the worker's copy, once the script beside was found to be of no use. */
let copy: string | undefined;

/** Makes the worker; throws what the browser throws. */
export function makeWorker(source: WorkerSource): Worker {
  const worker = made(source);
  worker.addEventListener("message", ({ data }: MessageEvent<Wanted | undefined>) => {
    if (data?.wanted && data.port) void supply(data);
  });
  return worker;
}

function made(source: WorkerSource): Worker {
  if (typeof source === "function") return source();
  if (typeof source !== "boolean") return new Worker(source, { type: "module", name: "steadfast" });
  if (copy !== undefined) return new Worker(copy, { type: "module", name: "steadfast" });
  // Bundlers know this form only.
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "steadfast" });
}

/**
 * The worker's script could not be used: makes workers of the copy from now on. `false` where there
 * is nothing else to try.
 */
export async function useCopy(source: WorkerSource): Promise<boolean> {
  if (typeof source !== "boolean" || copy !== undefined) return false;
  copy = await copies()?.worker?.().catch(() => undefined);
  return copy !== undefined;
}

async function supply({ wanted, port }: Wanted): Promise<void> {
  let answer: Supplied;
  try {
    const all = copies();
    if (!all) throw new Error("there is no copy");
    answer = { bytes: await all.wasm(wanted) };
  } catch (thrown) {
    answer = { error: plain(thrown).cause };
  }
  port.postMessage(answer, "bytes" in answer ? [answer.bytes] : []);
}
