/**
 * What the tabs of a site share: locks and channels.
 *
 * Outside of a browser (Node, jsdom, a server) there are none. What is kept in memory does without:
 * it ends with its thread, so those of the thread will do (see `thread.ts`).
 */

export interface Shared {
  locks: Pick<LockManager, "request" | "query">;
  channel(name: string): BroadcastChannel;
}

let own: Shared | undefined;

/**
 * Whether this page may keep something: `true`, `false` where the means are missing, or what the
 * browser threw.
 */
export async function mayKeep(): Promise<unknown> {
  try {
    // A frame that may not is told by each call, or by the name alone.
    const { indexedDB, navigator } = globalThis as { indexedDB?: unknown; navigator?: Partial<Navigator> };
    return Boolean(await navigator?.locks?.query() && indexedDB);
  } catch (thrown) {
    return thrown;
  }
}

/** Uses these from now on. */
export function useShared(shared: Shared): void {
  own = shared;
}

/** Whether nothing is shared with another thread. */
export function isAlone(): boolean {
  return own !== undefined;
}

export function locks(): Shared["locks"] {
  return own?.locks ?? navigator.locks;
}

/** Opens the channel of that name. */
export function channel(name: string): BroadcastChannel {
  return own?.channel(name) ?? new BroadcastChannel(name);
}
