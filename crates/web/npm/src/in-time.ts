/**
 * What the network never delivers keeps nobody waiting for ever.
 */

/** A file of the package comes within this, also over a slow network. In milliseconds. */
const LIMIT = 100_000;

/** Settles as the promise does, or fails when it takes too long. */
export function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(reject, LIMIT, new Error("no answer in 100 s"))));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
