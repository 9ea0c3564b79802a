/**
 * Web Locks, in the two ways in which this package uses them.
 *
 * The browser lets go of a lock when its holder is gone, however it went: closed, crashed, terminated. So a lock is the
 * one reliable sign of life, and waiting for it the one reliable way to hear of a death.
 */

/** Takes the lock and keeps it; gives a function that lets go. Waits for whoever has it. */
export function hold(name: string, signal?: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const options: LockOptions = signal ? { signal } : {};
    navigator.locks
      .request(name, options, () => new Promise<void>((release) => resolve(release)))
      .catch(reject);
  });
}

/** Resolves when whoever has the lock is gone. Rejects when the signal says stop. */
export async function gone(name: string, signal: AbortSignal): Promise<void> {
  await navigator.locks.request(name, { signal }, () => undefined);
}

/** The names of all locks that are held or waited for. */
export async function alive(): Promise<Set<string>> {
  const { held = [], pending = [] } = await navigator.locks.query();
  return new Set([...held, ...pending].map((lock) => lock.name ?? ""));
}
