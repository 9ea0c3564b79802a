/**
 * Web Locks: to be the only one (the writer, its replacement), and to hear that a tab or a worker
 * has ended.
 *
 * The browser lets go of a lock when its holder is gone, however it went: closed, crashed,
 * terminated. So waiting for a lock is the one reliable way to hear of a death. It is not the death
 * itself: when a site's data is cleared, Chromium lets go of all locks of the site, without a word
 * to those who hold them. So whoever seems to be dead is asked, before anything is done about it.
 */

import { locks } from "./site.js";

/** A living tab or worker answers within this, in milliseconds. */
export const ANSWER_MS_MAX = 2000;

/** Takes the lock and keeps it; gives a function that lets go. Waits for whoever has it. */
export async function hold(name: string, signal?: AbortSignal): Promise<() => void> {
  const held = await request(name, signal ? { signal } : {});
  // It is granted sooner or later: nothing says not to wait.
  return (held as Held).release;
}

/** A lock that is held. */
export interface Held {
  release: () => void;
  /** Settled when it is not held any more: let go of, or taken away. */
  ended: Promise<unknown>;
}

/**
 * Asks for the lock; `undefined` where it is not to be had at once and the options say not to wait.
 */
export function request(name: string, options: LockOptions): Promise<Held | undefined> {
  return new Promise((resolve, reject) => {
    const ended = locks().request(name, options, (lock) => lock
      ? new Promise<void>((release) => resolve({ release, ended: ended.catch(() => {}) }))
      : resolve(undefined));
    ended.catch(reject);
  });
}

/** Resolves when whoever has the lock is gone. Rejects when the signal says stop. */
export async function waitForEnd(name: string, signal: AbortSignal): Promise<void> {
  await locks().request(name, { signal }, () => undefined);
}

/** The names of all locks that are held or waited for: a tab may wait for its own for a moment. */
export async function lockNames(): Promise<Set<string>> {
  const { held = [], pending = [] } = await locks().query();
  return new Set([...held, ...pending].map((lock) => lock.name ?? ""));
}
