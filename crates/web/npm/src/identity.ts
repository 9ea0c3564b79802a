/**
 * Which store this is.
 *
 * When a site's data is cleared, the name of a database stays and its contents go; another tab may
 * have made a new one under the name a moment later. So the first writer of a store gives it a
 * random identity, in a record of its own, and every tab remembers the identity of the store that
 * it opened. A writer that goes on, or takes the place of another, opens that store and no other.
 */

import { encodeBatch } from "./batch.js";
import type { Engine } from "./engine.js";
import { type SteadfastError, fault } from "./error.js";
import { unique } from "./names.js";
import type { Place } from "./place.js";
import { RESERVED } from "./value.js";

const RECORD = new TextEncoder().encode(`${RESERVED}id`);

/** The identity of the store; empty where it has none. */
export function identityOf(engine: Engine): string {
  return new TextDecoder().decode(engine.get(RECORD));
}

/** Fails where the engine's store is not the one that the tab has had open. */
export function checkIdentity(engine: Engine, place: Place): void {
  if (place.store !== undefined && identityOf(engine) !== place.store) throw evicted(place.name);
}

/** Gives a new store its identity, durably. */
export async function identify(engine: Engine): Promise<void> {
  if (identityOf(engine) !== "") return;
  await (engine.submit(encodeBatch([{ key: RECORD, value: new TextEncoder().encode(unique()) }])) as Promise<unknown>);
}

/** The error of everyone whose store is gone. */
export function evicted(name: string): SteadfastError {
  return fault("Evicted", "restore", `all of \`${name}\` is gone: evicted by the browser, or cleared; restore a backup, or open it with acceptLoss to begin anew`);
}
