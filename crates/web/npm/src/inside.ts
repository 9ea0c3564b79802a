/**
 * Whether the code that runs at this moment belongs to a transaction.
 *
 * A function that changes the database by itself may be called by one that runs in a transaction.
 * What it changes is committed at once, and where the transaction has read it, the transaction runs
 * again, and with it the function: an addition would be made as often as that. So such a call is
 * refused. JavaScript tells nobody who has called, but a transaction waits for its own answers most
 * of the time, and what runs next is known then: the microtask behind an answer is the
 * transaction's code, until it waits again. Nothing else is recognised: not what follows a function
 * or a `Promise.all` that has waited for answers, and not what follows a timer.
 */

import { fault } from "./error.js";

/** The databases whose transactions run. */
const running: string[] = [];

/** Runs the beginning of a transaction. */
export function begin<T>(database: string, work: () => T): T {
  running.push(database);
  try {
    return work();
  } finally {
    running.pop();
  }
}

/** Hands an answer to a transaction. */
export function resume<T>(database: string, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const around = (settle: () => void): void => {
      // The three follow each other: whatever was queued before them has run, and nothing gets in
      // between.
      queueMicrotask(() => { running.push(database); });
      settle();
      queueMicrotask(() => { running.pop(); });
    };
    answer.then((value) => around(() => resolve(value)), (error: unknown) => around(() => reject(error)));
  });
}

/** Refuses what commits by itself within a transaction of the same database. */
export function refuseInside(database: string, call: string): void {
  if (running.includes(database)) {
    throw fault("Reentrant", "change-the-call", `\`${call}\` was called inside of a transaction: use the transaction's own put and delete, or call it when that has ended`);
  }
}
