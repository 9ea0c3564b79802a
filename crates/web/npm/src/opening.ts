/**
 * How a writer gets its engine, and what an error says about the store.
 */

import { type Engine, loadEngine, openEngine } from "./engine.js";
import { type PlainError, plain } from "./error.js";
import { checkIdentity, evicted, identify } from "./identity.js";
import type { Stored } from "./keeper.js";
import type { Place } from "./place.js";

/** The part of `snapshotAfter` from which on a snapshot is worth a pause. */
const PAUSE_SHARE = 1 / 8;

/** Why a writer is none any more: another one is, or the error says it. */
export type Over = "moved" | PlainError;

/** While a site's data is being cleared, what fails does not tell yet. Looked at again so often. */
const LOOKS = 4;
/** Between two looks, in milliseconds. */
const LOOK_PAUSE = 250;

/**
 * An engine that can write, of a store that has an identity: the one that the tab knows, if it
 * knows one. What is cleared meanwhile is `Evicted`, in whatever way it was noticed. Room that was
 * just freed (`isFreed`) may be counted late by the browser, and is waited for.
 */
export async function openForWriting(place: Place, isFreed = false): Promise<Engine> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await open(place);
    } catch (thrown) {
      const error = plain(thrown);
      const over = overBy(error, place);
      if (typeof over === "object" && error.kind !== "Evicted") throw over;
      // Who has waited for long enough has an answer.
      const isPassing = error.kind === "Io" || isFreed && error.kind === "StorageFull";
      if (!isPassing || tries === LOOKS || /^TimeoutError/.test(error.cause)) throw thrown;
      await pause();
    }
  }
}

async function open(place: Place): Promise<Engine> {
  const engine = await openEngine(place);
  try {
    checkIdentity(engine, place);
    await identify(engine);
    return engine;
  } catch (thrown) {
    engine.free();
    throw thrown;
  }
}

/** An engine that only reads, for a store that cannot be opened for want of room. */
export async function openForReading(place: Place): Promise<Engine> {
  const engine = await loadEngine(place);
  try {
    checkIdentity(engine, place);
    return engine;
  } catch (thrown) {
    engine.free();
    throw thrown;
  }
}

/**
 * Whether the engine's store is gone, or another writer's. After an error: whether that is why. It
 * may say so; if not, more than one look is taken, for it may come before the end is there to be
 * seen.
 */
export async function verdict(engine: Engine, place: Place, error?: PlainError): Promise<Over | undefined> {
  const said = error && overBy(error, place);
  if (typeof said === "object") return said;
  if (error && (["change-the-call", "free-space"].includes(error.remedy) || error.kind === "Conflict")) return undefined;
  for (let looks = 1; ; looks += 1) {
    try {
      await (engine.ensureOurs() as Promise<void>);
    } catch (thrown) {
      const over = overBy(plain(thrown), place);
      if (over) return over;
    }
    if (!error || looks === LOOKS) return undefined;
    await pause();
  }
}

export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE));
}

/** Whether the error says that a writer is none any more. */
export function overBy({ kind }: PlainError, { name }: Place): Over | undefined {
  switch (kind) {
    case "Evicted": case "Removed": case "NoStore": return plain(evicted(name));
    case "Fenced": case "Locked": return "moved";
    default: return undefined;
  }
}

/** How much is stored, about. */
export function storedIn(engine: Engine): Stored {
  const { logLength, spareLength, snapshots } = engine.status() as Lengths;
  return { length: logLength + (snapshots.at(-1)?.length ?? 0), spare: spareLength };
}

/** Whether a snapshot would soon be due, so that a pause is the time for one. */
export function isWorthSnapshot(engine: Engine, { snapshotAfter }: Place): boolean {
  try {
    const { logLength, snapshots } = engine.status() as Lengths;
    return logLength >= Math.max(snapshotAfter * PAUSE_SHARE, snapshots.at(-1)?.length ?? 0);
  } catch {
    // Whoever commits is told what is the matter with it.
    return false;
  }
}

/** The part of an engine's `status()` about lengths. */
interface Lengths {
  logLength: number;
  spareLength: number;
  snapshots: { length: number }[];
}

export function epochOf(engine: Engine): number {
  return (engine.status() as { epoch: number }).epoch;
}
