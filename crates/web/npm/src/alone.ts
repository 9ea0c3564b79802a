/**
 * What is done with a database that nobody has open: evidence and deletion.
 *
 * Private files can be handled in a worker only, so a page has a worker do it.
 */

import { orBroken } from "./broken.js";
import { type PlainError, SteadfastError, fault, plain } from "./error.js";
import { hold } from "./locks.js";
import { type WorkerSource, makeWorker, noWorker, useCopy } from "./make-worker.js";
import { Names } from "./names.js";
import { engine as rust, reserve } from "./parts.js";
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
  const engine = await (await rust()).loadWhole(place);
  const release = await lock(place);
  try {
    const streams = await orBroken(engine, engine[task](place.storage, place.name) as Promise<Streams | undefined>);
    if (task === "destroy" && place.storage !== "memory") await (await reserve()).remove(place);
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

/** Has a worker do it; where its script is of no use, one made of the copy. */
async function send(task: Task, place: Place, source: WorkerSource): Promise<Streams | undefined> {
  const chosen = source === false ? true : source;
  for (;;) {
    const answer = await sendOnce(task, place, chosen);
    if (typeof answer === "string") {
      if (await useCopy(chosen)) continue;
      throw fault("Unsupported", "change-the-call", noWorker(answer, chosen));
    }
    if ("error" in answer) throw new SteadfastError(answer.error);
    return answer.streams;
  }
}

/** The answer of a worker, or why there is none. */
async function sendOnce(task: Task, place: Place, source: WorkerSource): Promise<Answer | string> {
  const { port1, port2 } = new MessageChannel();
  let worker: Worker | undefined;
  try {
    const made = (worker = makeWorker(source));
    return await new Promise((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      made.addEventListener("error", (event) => {
        event.preventDefault();
        resolve(event.message ?? "");
      });
      made.postMessage({ task, place, answer: port2 } satisfies Errand, [port2]);
    });
  } catch (thrown) {
    return String(thrown);
  } finally {
    worker?.terminate();
    port1.close();
  }
}
