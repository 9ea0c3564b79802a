/**
 * Batches, pairs and lists of reads, as the Rust side encodes them: see `kv/format.rs`, `pairs.rs`
 * and `reads.rs`.
 */

import { fault } from "./error.js";
import { RESERVED } from "./value.js";

const PUT = 1;
const DELETE = 2;
export const CLEAR = 3;
export const ASSEMBLE = 4;
/**
 * A commit is one frame of the log, and a frame's limit is 256 MiB; the rest is for what the
 * package adds.
 */
const LENGTH_MAX = 255 << 20;

/** No record of the package is longer. */
const RECORD_MAX = 64;
/** What is shorter is not worth a look. */
const PIECE_LEAST = 64 << 10;

/**
 * A change, encoded. `value` is `undefined` where the key is removed, and where `what` says that it
 * is no change of one key.
 */
export interface EncodedChange {
  key: Uint8Array;
  value: Uint8Array | undefined;
  what?: typeof CLEAR | typeof ASSEMBLE;
}

/** How long changes are when they are encoded. */
export function lengthOf(changes: readonly EncodedChange[]): number {
  let length = 0;
  for (const { key, value } of changes) length += value ? 9 + key.length + value.length : 5 + key.length;
  return length;
}

/** Refuses changes that are too long for one commit. */
export function checkLength(changes: readonly EncodedChange[]): void {
  const length = lengthOf(changes);
  if (length > LENGTH_MAX) {
    throw fault("TooLarge", "change-the-call", `the changes of one commit are ${length} bytes long, the most is ${LENGTH_MAX}: make several of it`);
  }
}

/** Encodes changes, in order. */
export function encodeBatch(changes: readonly EncodedChange[]): Uint8Array {
  const length = lengthOf(changes);
  const writer = new Writer(length);
  for (const { key, value, what } of changes) {
    writer.byte(what ?? (value ? PUT : DELETE));
    writer.length(key.length);
    if (value) writer.length(value.length);
    writer.bytes(key);
    if (value) writer.bytes(value);
  }
  return writer.done();
}

/** The changes of a batch, without the package's own. */
export function decodeBatch(bytes: Uint8Array): EncodedChange[] {
  return [...changesIn(bytes)].filter(({ key }) => !isReserved(key)).map(({ key, value }) => ({ key, value }));
}

function* changesIn(bytes: Uint8Array): Iterable<{ what: number; key: Uint8Array; value: Uint8Array | undefined }> {
  const reader = new Reader(bytes);
  while (!reader.isEmpty) {
    const what = reader.byte();
    const keyLength = reader.length();
    const valueLength = what === PUT ? reader.length() : 0;
    const key = reader.bytes(keyLength);
    yield { what, key, value: what === PUT ? reader.bytes(valueLength) : undefined };
  }
}

/**
 * Whether a batch changes nothing but by deletions, and by the package's records, which are short.
 */
export function onlyDeletes(batch: Uint8Array): boolean {
  for (const { what, key, value } of changesIn(batch)) if (what !== DELETE && !(what === PUT && isReserved(key) && (value?.length ?? 0) <= RECORD_MAX)) return false;
  return true;
}

/** Whether a batch changes what it does not name: pieces are made to count. */
export function assembles(batch: Uint8Array): boolean {
  for (const { what } of changesIn(batch)) if (what > DELETE) return true;
  return false;
}

/** Whether a batch is a piece, of which nobody needs to hear. */
export function isPiece(batch: Uint8Array): boolean {
  return batch.length > PIECE_LEAST && !assembles(batch) && decodeBatch(batch).length === 0;
}

/** Pairs of keys and values, without the package's own unless `all`. */
export function decodePairs(bytes: Uint8Array, all = false): [Uint8Array, Uint8Array][] {
  const reader = new Reader(bytes);
  const pairs: [Uint8Array, Uint8Array][] = [];
  while (!reader.isEmpty) {
    const keyLength = reader.length();
    const valueLength = reader.length();
    const key = reader.bytes(keyLength);
    const value = reader.bytes(valueLength);
    if (all || !isReserved(key)) pairs.push([key, value]);
  }
  return pairs;
}

function isReserved(key: Uint8Array): boolean {
  if (key[0] !== 0 || key.length < RESERVED.length) return false;
  for (let at = 0; at < RESERVED.length; at += 1) if (key[at] !== RESERVED.charCodeAt(at)) return false;
  return true;
}

export class Writer {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }

  byte(value: number): void {
    this.#view.setUint8(this.#at, value);
    this.#at += 1;
  }

  length(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  bytes(value: Uint8Array): void {
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  done(): Uint8Array {
    return this.#bytes;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isEmpty(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    this.#at += 1;
    return this.#view.getUint8(this.#at - 1);
  }

  length(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  bytes(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
