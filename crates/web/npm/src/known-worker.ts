/**
 * The same for the worker's script, where the build puts it in the place of `known.ts`: what the
 * page is not allowed to do, and what it cannot send, it has said itself before there is a worker.
 */

import type { Known } from "./known.js";

export const KNOWN: Known = {
  QuotaExceededError: ["StorageFull", "free-space", "no space left: make room, then try again"],
  RangeError: ["TooLarge", "change-the-call", "that is more than there is memory for"],
};
