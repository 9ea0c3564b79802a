/**
 * What is done with a database that nobody has open: evidence and deletion.
 *
 * Private files can be handled in a worker only, so a page has a worker do it. What takes long is
 * told to the function `onstatus` of the options, for as long as it lasts.
 *
 * **A deletion cannot be taken back.** IndexedDB deletes a database when the last tab that has it
 * open lets go, and one that is suspended does not. So a deletion that was not finished in time
 * ends as `OutcomeUnknown`, and is finished when that tab goes on or ends. A tab that goes on then
 * finds nothing, and makes nothing anew: it is told `Evicted`.
 */

import type { WriterState } from "./client.js";
import { SteadfastError, fault, plain } from "./error.js";
import { type Answer, type Errand, type Task, type Told, run } from "./errand.js";
import { ANSWER_MS_MAX, waitForEnd } from "./locks.js";
import { type WorkerSource, makeWorker, useCopy } from "./make-worker.js";
import { Names } from "./names.js";
import type { Place } from "./place.js";
import { noWorker, silence, writerOf } from "./silence.js";
import type { Streams } from "./tar.js";
import { uncaught } from "./uncaught.js";

/** From then on people are told that it takes long, as with an open database. In milliseconds. */
const TELL_AFTER = 3000;

/** Whom to tell that it takes long. */
type OnStatus = (state: WriterState) => void;

/** Does it; the streams of a rescue. */
export async function alone(task: Task, place: Place, source: WorkerSource, onStatus?: OnStatus): Promise<Streams | undefined> {
  const names = new Names(place.storage, place.name);
  const ready = telling(names, onStatus);
  try {
    const inWorker = place.storage === "opfs" && typeof document !== "undefined";
    return await (inWorker ? send(task, place, source) : run(task, place, names));
  } catch (thrown) {
    const error = plain(thrown);
    throw task === "destroy" && /^TimeoutError/.test(error.cause) ? undecided(place) : new SteadfastError(error);
  } finally {
    ready();
  }
}

/** The error of a deletion that goes on. */
function undecided({ name }: Place): SteadfastError {
  return fault("OutcomeUnknown", "retry", `it is unknown when \`${name}\` will be deleted: a tab that does not answer still has it open, and the deletion, which cannot be taken back, is made when that tab goes on or is closed; close it, then call destroy again`);
}

/** Tells that something waits, if it does so for long; gives a function that tells its end. */
function telling(names: Names, onStatus: OnStatus = () => {}): () => void {
  const since = Date.now();
  let isOver = false;
  let writer: string | undefined;
  let isTold = false;
  const tell = (state: WriterState): void => {
    isTold = true;
    try {
      onStatus(state);
    } catch (thrown) {
      uncaught(thrown);
    }
  };
  const timer = setTimeout(async () => {
    writer = await writerOf(names).catch(() => undefined);
    if (!isOver) tell({ state: "waiting", since, writer });
  }, TELL_AFTER);
  return () => {
    isOver = true;
    clearTimeout(timer);
    if (isTold) tell({ state: "ready", since: undefined, writer });
  };
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
  const end = new AbortController();
  const alive = new AbortController();
  let worker: Worker | undefined;
  try {
    const made = (worker = makeWorker(source));
    return await new Promise((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<Told>) => {
        alive.abort();
        if (!("alive" in data)) return resolve(data);
        waitForEnd(data.alive, end.signal).then(() => setTimeout(() => resolve({ error: plain(died(task, place)) }), ANSWER_MS_MAX), () => {});
      };
      made.addEventListener("error", (event) => {
        event.preventDefault();
        resolve(event.message ?? "");
      });
      made.postMessage({ task, place, answer: port2 } satisfies Errand, [port2]);
      void silence(source, alive.signal).then(resolve);
    });
  } catch (thrown) {
    return String(thrown);
  } finally {
    alive.abort();
    end.abort();
    worker?.terminate();
    port1.close();
  }
}

/** The error of a worker that has ended without an answer. */
function died(task: Task, { name }: Place): SteadfastError {
  return task === "destroy"
    ? fault("OutcomeUnknown", "retry", `it is unknown whether \`${name}\` was deleted: the worker that did it has died; call destroy again`)
    : fault("Io", "retry", `\`${name}\` was not read to its end: the worker that did it has died`);
}
