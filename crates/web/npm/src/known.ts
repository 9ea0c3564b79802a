/**
 * What the browser's own errors come to.
 */

import type { ErrorKind, Remedy } from "./error.js";

export type Known = Record<string, readonly [ErrorKind, Remedy, string]>;

export const KNOWN: Known = {
  SecurityError: ["PermissionDenied", "change-the-call", "the browser lets this page store nothing"],
  NotAllowedError: ["PermissionDenied", "change-the-call", "the browser does not allow that here"],
  QuotaExceededError: ["StorageFull", "free-space", "no space left: make room, then try again"],
  DataCloneError: ["InvalidValue", "change-the-call", "an argument cannot be sent to the writer"],
  RangeError: ["TooLarge", "change-the-call", "that is more than there is memory for"],
};
