/**
 * What goes wrong, as one class whose `kind` says what it is and whose `remedy` says what to do.
 *
 * Errors travel from the tab that writes to the tab that asked, so they are plain objects on the
 * way.
 */

/** What kind of thing went wrong. */
export type ErrorKind =
  | "Io" | "StorageFull" | "OutOfMemory" | "PermissionDenied" | "Removed" | "Evicted" | "OutcomeUnknown" | "Poisoned" | "AlreadyExists"
  | "Conflict" | "Locked" | "Fenced" | "Corrupt" | "Missing" | "NewerFormat" | "NotAStore" | "NoStore"
  | "Reentrant" | "WrongState" | "WeakBackend" | "InvalidKey" | "InvalidValue" | "TooLarge" | "Codec" | "Closed" | "Unsupported" | "Other";

/** What can be done about it. */
export type Remedy =
  /** Nothing was changed; the same call may succeed later. */
  | "retry"
  /** Open the database again. */
  | "reopen"
  /** Free space, then try again. */
  | "free-space"
  /** Restore a backup. */
  | "restore"
  /** Trying again cannot help. */
  | "change-the-call";

/** An error on its way from one tab to another. */
export interface PlainError {
  kind: ErrorKind;
  remedy: Remedy;
  /** A sentence for a person. */
  message: string;
  /** What it began with, in the browser's words. */
  cause: string;
  /** The damaged stream, where there is one. */
  key?: string;
  /** The damaged place in it, in bytes. */
  offset?: number | undefined;
}

/** Every error that this package throws. */
export class SteadfastError extends Error {
  override readonly name = "SteadfastError";
  /** What kind of thing went wrong. */
  readonly kind: ErrorKind;
  /** What can be done about it. */
  readonly remedy: Remedy;
  /** The damaged stream, where there is one. */
  readonly key: string | undefined;
  /** The damaged place in it, in bytes. */
  readonly offset: number | undefined;

  constructor(error: PlainError) {
    super(error.message, error.cause && error.cause !== error.message ? { cause: error.cause } : undefined);
    this.kind = error.kind;
    this.remedy = error.remedy;
    this.key = error.key;
    this.offset = error.offset;
  }
}

/** An error that begins here. */
export function fault(kind: ErrorKind, remedy: Remedy, message: string): SteadfastError {
  return new SteadfastError({ kind, remedy, message, cause: "" });
}

/** Whatever was thrown, as an object that can be sent. */
export function plain(thrown: unknown): PlainError {
  if (thrown instanceof SteadfastError) {
    const { kind, remedy, message, key, offset, cause } = thrown;
    return { kind, remedy, message, cause: String(cause ?? ""), ...(key === undefined ? {} : { key }), offset };
  }
  if (typeof thrown === "object" && thrown !== null && "kind" in thrown && "remedy" in thrown) {
    return thrown as PlainError;
  }
  const { name = "", message = String(thrown) } = thrown instanceof Error || thrown instanceof DOMException ? thrown : {};
  const cause = name ? `${name}: ${message}` : message;
  const known = KNOWN[name];
  if (!known) return { kind: "Other", remedy: "reopen", message: `something unforeseen: ${cause}`, cause };
  const [kind, remedy, sentence] = known;
  return { kind, remedy, message: `${sentence} (${cause})`, cause };
}

/** What the browser's own errors come to. */
const KNOWN: Record<string, readonly [ErrorKind, Remedy, string]> = {
  SecurityError: ["PermissionDenied", "change-the-call", "the browser lets this page store nothing: it is in a sandboxed frame, or its site's data is blocked"],
  NotAllowedError: ["PermissionDenied", "change-the-call", "the browser does not allow that here"],
  QuotaExceededError: ["StorageFull", "free-space", "no space left: make room, then try again"],
  DataCloneError: ["InvalidValue", "change-the-call", "an argument cannot be sent to the writer"],
  RangeError: ["TooLarge", "change-the-call", "that is more than the browser has memory for"],
};
