/**
 * An engine that broke down: for want of memory, or by a fault of its own.
 *
 * WebAssembly stops where it is then, and the promises of what was under way are never settled.
 * What runs in a task runs through `microtask.ts`, which tells what it catches here. The engine
 * itself knows whether a task of it was left in the middle.
 */

import { type SteadfastError, fault } from "./error.js";

/** The class of an engine's build, which knows whether the build broke down. */
interface Build { isBroken(): boolean }

/** Whether the error is of the watcher's build. */
type Watcher = (error: WebAssembly.RuntimeError) => boolean;

const watchers = new Set<Watcher>();

/** A task threw this; whether it tells of an engine that broke down. */
export function tellBroken(thrown: unknown): boolean {
  if (!(thrown instanceof WebAssembly.RuntimeError)) return false;
  // Every watcher is called.
  return [...watchers].filter((watcher) => watcher(thrown)).length > 0;
}

/** Calls when the build breaks down; gives a function that ends it. */
export function watchBroken(build: Build, onBroken: (error: WebAssembly.RuntimeError) => void): () => void {
  const watching: Watcher = (error) => {
    const isBroken = build.isBroken();
    if (isBroken) onBroken(error);
    return isBroken;
  };
  watchers.add(watching);
  return () => watchers.delete(watching);
}

/**
 * Settles as the promise does, or fails when the build breaks down: with `OutcomeUnknown` where
 * something may have been changed.
 */
export function orBroken<T>(build: Build, promise: Promise<T>, kind?: "OutcomeUnknown"): Promise<T> {
  let end = (): void => {};
  const broken = new Promise<never>((_, reject) => (end = watchBroken(build, (error) => reject(brokenDown(error, kind)))));
  return Promise.race([promise, broken]).finally(end);
}

/** The error of everyone who waits for it, and of every later call. */
export function brokenDown({ message }: { message: string }, kind: "OutcomeUnknown" | "Poisoned" = "Poisoned"): SteadfastError {
  return fault(kind, "reopen", `the engine broke down, mostly for want of memory (${message}): load the page again`);
}
