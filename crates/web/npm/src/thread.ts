/**
 * Locks and channels within one thread, as far as this package uses those of the browser.
 */

import type { Shared } from "./site.js";

/** Who holds a lock or waits for it. The first in a line is the holder. */
interface Place { take(): void; lose(): void }

class ThreadLocks {
  readonly #lines = new Map<string, Place[]>();

  request<T>(name: string, { signal, ifAvailable, steal }: LockOptions, callback: (lock: Lock | null) => T | PromiseLike<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // As in a browser, never before `request` has returned.
      const run = async (lock: Lock | null): Promise<T> => Promise.resolve(lock).then(callback);
      const line = this.#lines.get(name) ?? [];
      if (signal?.aborted) return reject(signal.reason);
      if (ifAvailable && line.length > 0) return void run(null).then(resolve, reject);
      this.#lines.set(name, line);
      const place: Place = {
        take: () => {
          signal?.removeEventListener("abort", leave);
          void run({ name, mode: "exclusive" }).then(resolve, reject).finally(() => this.#leave(name, place));
        },
        lose: () => reject(new DOMException("the lock was stolen", "AbortError")),
      };
      const leave = (): void => {
        line.splice(line.indexOf(place), 1);
        reject(signal?.reason);
      };
      if (steal) {
        line.shift()?.lose();
        line.unshift(place);
      } else {
        line.push(place);
      }
      if (line[0] === place) place.take();
      else signal?.addEventListener("abort", leave);
    });
  }

  async query(): Promise<LockManagerSnapshot> {
    const infos = (count: (places: Place[]) => number): LockInfo[] => [...this.#lines].flatMap(([name, places]) => new Array<LockInfo>(count(places)).fill({ name }));
    return { held: infos(() => 1), pending: infos((places) => places.length - 1) };
  }

  #leave(name: string, place: Place): void {
    const line = this.#lines.get(name);
    // Not where it was stolen.
    if (line?.[0] !== place) return;
    line.shift();
    if (line.length === 0) this.#lines.delete(name);
    else line[0]?.take();
  }
}

const channels = new Map<string, Set<ThreadChannel>>();

class ThreadChannel {
  readonly name: string;
  onmessage: ((event: MessageEvent) => void) | null = null;

  constructor(name: string) {
    this.name = name;
    channels.set(name, (channels.get(name) ?? new Set()).add(this));
  }

  postMessage(data: unknown): void {
    for (const other of channels.get(this.name) ?? []) {
      if (other !== this) queueMicrotask(() => other.onmessage?.({ data } as MessageEvent));
    }
  }

  close(): void {
    this.onmessage = null;
    const all = channels.get(this.name);
    all?.delete(this);
    if (all?.size === 0) channels.delete(this.name);
  }
}

/** Those of this thread. */
export const thread: Shared = {
  locks: new ThreadLocks() as unknown as Shared["locks"],
  channel: (name) => new ThreadChannel(name) as unknown as BroadcastChannel,
};
