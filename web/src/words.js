// What went wrong, for people who write notes. What the storage says in its own words is a detail.

import { element } from "./dom.js";

const DAMAGED = "Part of what is stored has changed or is missing, as after a fault of the disk.";
const DELETED = "The browser has deleted what this page had stored: somebody cleared the site's "
  + "data, or room was scarce.";
const FORBIDDEN = "The browser does not let this page keep anything here. Allow it to store data, "
  + "or open the page in an ordinary window.";
const OTHERS = "Another tab or window with the notes got in the way. Close it, or try again.";
const FAULT = "The browser reported a fault while it read or wrote. Trying again often helps.";

/** By the kind of an error: what happened, and what helps. */
const REASONS = {
  Corrupt: DAMAGED,
  Missing: DAMAGED,
  WrongState: DAMAGED,
  NotAStore: DAMAGED,
  Codec: DAMAGED,
  Evicted: DELETED,
  NoStore: DELETED,
  Removed: DELETED,
  NewerFormat: "A newer version of this page has saved them. Load the page again to get it.",
  StorageFull: "There is no room left. Free some on this device, or delete notes that you do not "
    + "need, then try again.",
  PermissionDenied: FORBIDDEN,
  Unsupported: FORBIDDEN,
  SecurityError: FORBIDDEN,
  Locked: OTHERS,
  Fenced: OTHERS,
  Conflict: OTHERS,
  AlreadyExists: OTHERS,
  TooLarge: "It is too large: a note can be 64 MB long.",
  Io: FAULT,
  Poisoned: FAULT,
  OutcomeUnknown: FAULT,
  Closed: FAULT,
};

/** Why something failed, as a sentence. */
export function reason(error) {
  return REASONS[error.kind] ?? REASONS[error.name] ?? "Something unforeseen happened.";
}

export const isDamage = (error) => reason(error) === DAMAGED;
export const isDeletion = (error) => reason(error) === DELETED;

/** What the storage says, for whoever helps: hidden until it is asked for. */
export function detail(...said) {
  const lines = said.map((line) =>
    (line instanceof Error ? `${line.kind ?? line.name}: ${line.message}` : line));
  return element("details", {},
    element("summary", { textContent: "Technical detail" }),
    ...lines.map((textContent) => element("p", { textContent })));
}
