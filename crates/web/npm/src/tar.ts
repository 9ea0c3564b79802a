/**
 * A store as one file: a plain tar archive of its streams.
 *
 * Unpacked into an empty directory it is a store of the file backend: `tar -xf notes.tar -C notes
 * && steadfast --store notes verify`. The archive adds no checksums to the contents, since every
 * byte of a store's streams is under one. Reading trusts nothing: lengths are held against what is
 * there, and the engine refuses names that are no keys.
 */

import { type SteadfastError, fault } from "./error.js";
import { unreadable } from "./source.js";

/** Name, bytes, name, bytes, … */
export type Streams = (string | Uint8Array)[];

/** Name, file, name, file, … */
export type Files = (string | Blob)[];

const BLOCK = 512;
/** Where the fields of a header are, and how long. */
const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const OWNER = [108, 8] as const;
const GROUP = [116, 8] as const;
const SIZE = [124, 12] as const;
const TIME = [136, 12] as const;
const CHECKSUM = [148, 8] as const;
const KIND = [156, 1] as const;
const MAGIC = [257, 8] as const;
const PREFIX = [345, 155] as const;

/** Directories, and what programs note about the entries that follow: times, owners. */
const PASSED_OVER = ["5", "x", "g"];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The archive of these streams. The same streams give the same bytes. */
export function pack(streams: Streams): Blob {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 1 < streams.length; at += 2) parts.push(...entryOf(streams[at] as string, streams[at + 1] as Uint8Array));
  parts.push(archiveEnd());
  return new Blob(parts as Uint8Array<ArrayBuffer>[], { type: TYPE });
}

/** What an archive is called. */
export const TYPE = "application/x-tar";

/** A stream in an archive. */
export function entryOf(name: string, data: Uint8Array): Uint8Array[] {
  return [header(name, data.length), data, new Uint8Array(padding(data.length))];
}

/** What ends an archive. */
export function archiveEnd(): Uint8Array {
  return new Uint8Array(2 * BLOCK);
}

/** The streams of an archive, where they lie in it. */
export async function unpack(archive: Blob): Promise<Files> {
  const streams: Files = [];
  // A file that was removed since it was chosen seems to be empty.
  if (archive.size < BLOCK) await read(archive);
  for (let at = 0; at + BLOCK <= archive.size;) {
    const block = new Uint8Array(await read(archive.slice(at, at + BLOCK)));
    if (block.every((byte) => byte === 0)) return streams;
    if (octal(block, CHECKSUM) !== checksum(block)) throw noBackup("a header whose checksum does not fit");
    const length = octal(block, SIZE);
    at += BLOCK;
    if (!(at + length <= archive.size)) throw noBackup("an entry that is longer than the file");
    const kind = text(block, KIND);
    // As `tar -c .` writes names.
    const name = [text(block, PREFIX), text(block, NAME)].filter(Boolean).join("/").replace(/^\.\//, "");
    if (kind === "0" || kind === "") {
      if (!isBystander(name)) streams.push(name, archive.slice(at, at + length));
    } else if (!PASSED_OVER.includes(kind)) {
      throw noBackup("an entry that is no file");
    }
    at += length + padding(length);
  }
  throw noBackup("no end");
}

async function read(part: Blob): Promise<ArrayBuffer> {
  try {
    return await part.arrayBuffer();
  } catch (thrown) {
    throw unreadable("the backup", thrown, true);
  }
}

/**
 * What the program `steadfast` and the system leave beside a store: its lock, `.DS_Store`, `._…`.
 * No stream has such a name.
 */
function isBystander(name: string): boolean {
  return name.split("/").some((part) => part.startsWith("."));
}

function header(name: string, length: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const put = ([at]: readonly [number, number], value: string): void => block.set(encoder.encode(value), at);
  // No part of a name is longer than the field.
  const cut = name.length > NAME[1] ? name.lastIndexOf("/") : -1;
  put(NAME, name.slice(cut + 1));
  put(PREFIX, name.slice(0, Math.max(cut, 0)));
  put(MODE, "0000644");
  put(OWNER, "0000000");
  put(GROUP, "0000000");
  put(SIZE, length.toString(8).padStart(11, "0"));
  put(TIME, "00000000000");
  put(KIND, "0");
  put(MAGIC, "ustar\x0000");
  put(CHECKSUM, `${checksum(block).toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** The sum of all bytes, those of the checksum itself taken as spaces. */
function checksum(block: Uint8Array): number {
  const [start, length] = CHECKSUM;
  return block.reduce((sum, byte, at) => sum + (at >= start && at < start + length ? 0x20 : byte), 0);
}

function octal(block: Uint8Array, field: readonly [number, number]): number {
  const digits = text(block, field).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

function text(block: Uint8Array, [at, length]: readonly [number, number]): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
}

function padding(length: number): number {
  return (BLOCK - (length % BLOCK)) % BLOCK;
}

function noBackup(found: string): SteadfastError {
  return fault("NotAStore", "change-the-call", `the file is no backup: it has ${found}; nothing was changed`);
}
