/**
 * The script of a worker that may become the writer. A tab starts it and sends it a {@link Candidacy}.
 */

import { type Candidacy, stand } from "./candidate.js";
import { hold } from "./locks.js";
import type { FromCandidate } from "./messages.js";
import { Names, unique } from "./names.js";

addEventListener("message", (event: MessageEvent<Candidacy>) => {
  const candidacy = event.data;
  const { storage, name } = candidacy.place;
  const lock = new Names(storage, name).workerLock(unique());
  void hold(lock).then(() => {
    candidacy.control.postMessage({ type: "alive", lock } satisfies FromCandidate);
    return stand(candidacy);
  });
}, { once: true });
