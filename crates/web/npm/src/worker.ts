/**
 * The script of a worker that may become the writer, or does one task. A tab starts it and sends it
 * a {@link Candidacy} or an {@link Errand}.
 *
 * The build makes one file of it, without an `import()`: whatever bundles it, it is whole.
 */

import { type Candidacy, stand } from "./candidate.js";
import { type Build, useCopies } from "./copies.js";
import { type Errand, serve } from "./errand.js";
import { hold } from "./locks.js";
import type { Supplied, Wanted } from "./make-worker.js";
import type { FromCandidate } from "./messages.js";
import { Names, unique } from "./names.js";

/** Asks the tab for a copy of the WebAssembly. */
function wasm(wanted: Build): Promise<ArrayBuffer> {
  const { port1, port2 } = new MessageChannel();
  return new Promise<ArrayBuffer>((resolve, reject) => {
    port1.onmessage = ({ data }: MessageEvent<Supplied>) => ("bytes" in data ? resolve(data.bytes) : reject(new Error(data.error)));
    (self as unknown as Worker).postMessage({ wanted, port: port2 } satisfies Wanted, [port2]);
  }).finally(() => port1.close());
}

useCopies({ wasm });

addEventListener("message", (event: MessageEvent<Candidacy | Errand>) => {
  const message = event.data;
  const { storage, name } = message.place;
  const names = new Names(storage, name);
  const lock = names.workerLock(unique());
  void hold(lock).then(() => {
    if ("task" in message) return serve(message, names, lock);
    message.control.postMessage({ type: "alive", lock } satisfies FromCandidate);
    return stand(message);
  });
}, { once: true });
