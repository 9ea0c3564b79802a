/**
 * What goes wrong, as one class whose `kind` says what it is and whose `remedy` says what to do.
 *
 * Errors travel from the tab that writes to the tab that asked, so they are plain objects on the
 * way.
 */

import { KNOWN } from "./known.js";

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
    const { message, cause, kind, remedy, key, offset } = plain(error);
    super(message, cause && cause !== message ? { cause } : undefined);
    this.kind = kind;
    this.remedy = remedy;
    this.key = key;
    this.offset = offset;
  }
}

/** An error that begins here. */
export function fault(kind: ErrorKind, remedy: Remedy, message: string): SteadfastError {
  return new SteadfastError({ kind, remedy, message, cause: "" });
}

/** Whether it is an error of this package. */
export function isOurs(thrown: unknown): thrown is SteadfastError {
  try {
    return thrown instanceof SteadfastError;
  } catch {
    // A proxy that was revoked.
    return false;
  }
}

/**
 * Whatever was thrown, as an object that can be sent. It may be anything: another window's error,
 * or none.
 */
export function plain(thrown: unknown): PlainError {
  try {
    const { kind, remedy, name = "", message = String(thrown), cause, key, offset } = (thrown ?? {}) as Partial<PlainError> & { name?: string };
    if (typeof kind === "string" && typeof remedy === "string") {
      return { kind, remedy, message: `${message}`, cause: String(cause ?? ""), ...(key === undefined ? {} : { key }), offset };
    }
    const words = [name, message].filter(Boolean).join(": ") || "no reason given";
    const [known, what, sentence] = KNOWN[name] ?? UNFORESEEN;
    return { kind: known, remedy: what, message: `${sentence} (${words})`, cause: words };
  } catch {
    // Reading it throws as well.
    return plain("something unreadable was thrown");
  }
}

/** Reads an argument. What a getter or a proxy throws is told as an error of the argument. */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw isOurs(thrown) ? thrown : fault("InvalidValue", "change-the-call", `${what} could not be read (${plain(thrown).cause})`);
  }
}

const UNFORESEEN = ["Other", "reopen", "something unforeseen"] as const;
