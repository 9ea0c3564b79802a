/**
 * Files and streams that a program hands in: recognised also where they are another window's, and
 * read so that a failure names them.
 */

import { tagOf, wrong } from "./check.js";
import { type SteadfastError, fault, plain, reading } from "./error.js";
import { kindOfView } from "./tree.js";

/** Whether it is a file, or a part of one. */
export function isBlob(value: unknown): value is Blob {
  return value instanceof Blob || /^(Blob|File)$/.test(tagOf(value));
}

/** Whether it is a stream to be read. */
export function isStream(value: unknown): value is ReadableStream<Uint8Array> {
  return value instanceof ReadableStream || tagOf(value) === "ReadableStream";
}

/** Whether it is bytes. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && kindOfView(value) === "Uint8Array";
}

/** Refuses what is neither a file nor a stream. */
export function checkSource(what: string, value: unknown): void {
  if (!reading(what, () => isBlob(value) || isStream(value))) throw wrong(what, "a Blob, a File or a ReadableStream", value);
  if (isStream(value)) checkUnread(what, value);
}

/** Refuses a stream that somebody reads. */
export function checkUnread(what: string, stream: ReadableStream): void {
  if (reading(what, () => stream.locked)) throw fault("InvalidValue", "change-the-call", `${what} is a stream that is being read already: hand in one that nobody reads`);
}

/** The error of a file or stream that ends before its end. */
export function unreadable(what: string, thrown: unknown, isFile: boolean): SteadfastError {
  // A browser gives out no byte of a file that is another one by now.
  const remedy = isFile ? ": the file was changed, moved or removed since it was chosen, so choose it again" : "";
  return fault("Io", "retry", `${what} could not be read to its end (${plain(thrown).cause}), and nothing was changed${remedy}`);
}
