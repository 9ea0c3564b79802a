/**
 * What is kept in memory is with the handle that opened it first. Where a page has opened it more
 * than once, that handle's seat goes on when it is closed, until the last of them is.
 */

import type { Seat } from "./seat.js";

/** How many handles of a database are open, and the seats that outlived theirs. */
interface Handles { count: number; kept: Seat[] }

const all = new Map<string, Handles>();

/** One more handle. */
export function come(name: string): void {
  const handles = all.get(name) ?? { count: 0, kept: [] };
  handles.count += 1;
  all.set(name, handles);
}

/** One handle less; the seats that end with it. A seat that others need is kept. */
export function go(name: string, seat: Seat, isNeeded: boolean): Seat[] {
  const handles = all.get(name);
  if (!handles) return [seat];
  handles.count -= 1;
  if (handles.count === 0) {
    all.delete(name);
    return [seat, ...handles.kept];
  }
  if (!isNeeded) return [seat];
  handles.kept.push(seat);
  return [];
}
