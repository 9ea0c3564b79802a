/**
 * What is done with a database that nobody has open, where it is done: in the page, or for private
 * files in a worker.
 */

import { orBroken } from "./broken.js";
import { type PlainError, fault, plain } from "./error.js";
import { hold } from "./locks.js";
import type { Names } from "./names.js";
import { engine as rust, reserve } from "./parts.js";
import type { Place } from "./place.js";
import type { Streams } from "./tar.js";

/** A tab that has just closed the database needs a moment to let go of it. In milliseconds. */
const WAIT_MAX = 5000;

/** What can be done. */
export type Task = "rescue" | "destroy";

/** A task on its way to a worker. */
export interface Errand { task: Task; place: Place; answer: MessagePort }

/** From the worker: it lives for as long as the lock is held, and how it went. */
export type Told = { alive: string } | Answer;
export type Answer = { streams: Streams | undefined } | { error: PlainError };

/** In a worker, which lives for as long as the lock is held: does it, and answers. */
export async function serve({ task, place, answer }: Errand, names: Names, lock: string): Promise<void> {
  const tell = (told: Told): void => answer.postMessage(told);
  tell({ alive: lock });
  try {
    tell({ streams: await run(task, place, names) });
  } catch (thrown) {
    tell({ error: plain(thrown) });
  }
}

/** Does it; the streams of a rescue. */
export async function run(task: Task, place: Place, names: Names): Promise<Streams | undefined> {
  const engine = await (await rust()).loadWhole(place);
  const release = await lock(place, names);
  try {
    // Loaded before, so that what was deleted is not told as a failure.
    const rest = await reserve();
    const streams = await orBroken(engine, engine[task](place.storage, place.name) as Promise<Streams | undefined>, task === "destroy" ? "OutcomeUnknown" : undefined);
    if (task === "destroy" && place.storage !== "memory") await rest.remove(place);
    return streams;
  } finally {
    release();
  }
}

async function lock({ name }: Place, { writerLock }: Names): Promise<() => void> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), WAIT_MAX);
  try {
    return await hold(writerLock, patience.signal);
  } catch (thrown) {
    if (!patience.signal.aborted) throw thrown;
    throw fault("Locked", "retry", `\`${name}\` is open, in this tab or in another one of this site: close it there, then try again`);
  } finally {
    clearTimeout(timer);
  }
}
