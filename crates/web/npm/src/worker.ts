/**
 * The script of a worker that may become the writer, or does one task. A tab starts it and sends it a {@link Candidacy} or an {@link Errand}.
 */

import { type Errand, serve } from "./alone.js";
import { type Candidacy, stand } from "./candidate.js";
import { hold } from "./locks.js";
import type { FromCandidate } from "./messages.js";
import { Names, unique } from "./names.js";

addEventListener("message", (event: MessageEvent<Candidacy | Errand>) => {
  const message = event.data;
  if ("task" in message) return void serve(message);
  const { storage, name } = message.place;
  const lock = new Names(storage, name).workerLock(unique());
  void hold(lock).then(() => {
    message.control.postMessage({ type: "alive", lock } satisfies FromCandidate);
    return stand(message);
  });
}, { once: true });
