/**
 * How a tab makes the package's worker.
 */

/** The package's own way, a script's address, or a function. */
export type WorkerSource = boolean | string | URL | (() => Worker);

/** Makes the worker; throws what the browser throws. */
export function makeWorker(source: WorkerSource): Worker {
  if (typeof source === "function") return source();
  if (typeof source === "boolean") {
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "steadfast" });
  }
  return new Worker(source, { type: "module", name: "steadfast" });
}
