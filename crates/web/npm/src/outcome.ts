/**
 * How a commit ended that failed.
 */

import { type PlainError, fault, plain } from "./error.js";

/** The failure, as long as nobody can tell what it left. */
export function unknown(error: PlainError | undefined): PlainError {
  const cause = error?.cause || error?.message || "";
  return { ...plain(fault("OutcomeUnknown", "reopen", `it is unknown whether the change was saved: open the database again to find out (${cause})`)), cause };
}

/** The failure, now that it is known that nothing was saved. */
export function notSaved(first: PlainError | undefined, then: PlainError | undefined): PlainError {
  const error = [first, then].find(isFull) ?? first ?? then;
  if (!error) return plain(fault("Other", "retry", "the change was not saved"));
  const full = isFull(error);
  return {
    ...error,
    kind: full ? "StorageFull" : error.kind === "OutcomeUnknown" || error.kind === "Poisoned" ? "Io" : error.kind,
    remedy: full ? "free-space" : error.remedy === "reopen" ? "retry" : error.remedy,
    message: full
      ? "no space left: the change was not saved; make room, then try again"
      : `the change was not saved, and nothing of it is in the database (${error.cause || error.message})`,
  };
}

/** The failure of what waits until there is room. */
export const noRoom = (): PlainError => notSaved(plain(fault("StorageFull", "free-space", "")), undefined);

/** Whether there was no room: for the store itself, or for what failed first and ended it. */
export function isFull(error: PlainError | undefined): boolean {
  return error !== undefined && (error.kind === "StorageFull" || /QuotaExceeded/.test(error.cause));
}

/** Whether the disk itself has no room: what the site gives away does not help then. */
export function isDiskFull(error: PlainError | undefined): boolean {
  return /disk full|full disk/.test(error?.cause ?? "");
}
