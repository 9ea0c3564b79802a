/**
 * What is done with a database that nobody has open: evidence and deletion.
 *
 * Private files can be handled in a worker only, so a page has a worker do it.
 */

import { loadWhole } from "./engine.js";
import { type PlainError, SteadfastError, fault, plain } from "./error.js";
import { hold } from "./locks.js";
import { type WorkerSource, makeWorker } from "./make-worker.js";
import { Names } from "./names.js";
import { reserve } from "./parts.js";
import type { Place } from "./place.js";
import type { Streams } from "./tar.js";

/** A tab that has just closed the database needs a moment to let go of it. In milliseconds. */
const WAIT_MAX = 5000;

/** What can be done. */
export type Task = "rescue" | "destroy";

/** A task on its way to a worker. */
export interface Errand { task: Task; place: Place; answer: MessagePort }

/** How it went. */
type Answer = { streams: Streams | undefined } | { error: PlainError };

/** Does it; the streams of a rescue. */
export async function alone(task: Task, place: Place, source: WorkerSource): Promise<Streams | undefined> {
  try {
    const inWorker = place.storage === "opfs" && typeof document !== "undefined";
    return await (inWorker ? send(task, place, source) : run(task, place));
  } catch (thrown) {
    throw new SteadfastError(plain(thrown));
  }
}

/** In a worker: does it, and answers. */
export async function serve({ task, place, answer }: Errand): Promise<void> {
  const done: Answer = await run(task, place).then((streams) => ({ streams }), (thrown: unknown) => ({ error: plain(thrown) }));
  answer.postMessage(done);
}

async function run(task: Task, place: Place): Promise<Streams | undefined> {
  const engine = await loadWhole(place);
  const release = await lock(place);
  try {
    const streams = await (engine[task](place.storage, place.name) as Promise<Streams | undefined>);
    if (task === "destroy" && place.storage !== "memory") await (await reserve()).spend(place);
    return streams;
  } finally {
    release();
  }
}

async function lock({ storage, name }: Place): Promise<() => void> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), WAIT_MAX);
  try {
    return await hold(new Names(storage, name).writerLock, patience.signal);
  } catch (thrown) {
    if (!patience.signal.aborted) throw thrown;
    throw fault("Locked", "retry", `\`${name}\` is open, in this tab or in another one of this site: close it there, then try again`);
  } finally {
    clearTimeout(timer);
  }
}

function send(task: Task, place: Place, source: WorkerSource): Promise<Streams | undefined> {
  const { port1, port2 } = new MessageChannel();
  const worker = makeWorker(source === false ? true : source);
  return new Promise<Streams | undefined>((resolve, reject) => {
    port1.onmessage = ({ data }: MessageEvent<Answer>) => ("error" in data ? reject(new SteadfastError(data.error)) : resolve(data.streams));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      reject(fault("Unsupported", "change-the-call", `the worker's script could not be loaded or failed (${event.message || "no reason given"})`));
    });
    worker.postMessage({ task, place, answer: port2 } satisfies Errand, [port2]);
  }).finally(() => {
    worker.terminate();
    port1.close();
  });
}
