/**
 * JSON Lines: an object `{"key":…,"value":…}` on each line, as `steadfast export` writes them
 * and `steadfast import` reads them.
 *
 * Text is a JSON string, JSON is itself, bytes stand in `value_base64`, and what JSON cannot say
 * stands in `value_typed` as the tree that is stored (`tree.ts`). Sorted by key, so the same
 * contents give the same lines.
 */

import { type EncodedChange, lengthOf } from "./batch.js";
import { fromBase64, toBase64 } from "./base64.js";
import { wrong } from "./check.js";
import type { Client } from "./client.js";
import { checkDigits } from "./digits.js";
import { fault, isOurs, reading } from "./error.js";
import { checkNames, revived } from "./members.js";
import { pieces } from "./parts.js";
import { checkUnread, isBlob, isBytes, isStream, unreadable } from "./source.js";
import { bytesOf, invalid, write } from "./tree.js";
import { type Value, encodeKey, encodeValue } from "./value.js";

const LINE_FEED = 0x0a;
/** What is shorter is one commit, in bytes. */
const ONE_COMMIT_MAX = 8 << 20;
const VALUES = ["value", "value_base64", "value_typed"];
const IMPORTED = "what is imported";
const EXAMPLE = 'a record looks like {"key": "planet", "value": "Mars"}';

/** The line of a pair. */
export function toLine(key: string, value: Value): string {
  const start = `{"key":${JSON.stringify(key)},"value`;
  if (isBytes(value)) return `${start}_base64":"${toBase64(value)}"}\n`;
  const { text, isTree } = write(value);
  return `${start}${isTree ? "_typed" : ""}":${text}}\n`;
}

/** What lines can come from. */
export type Lines = Blob | string | ReadableStream<Uint8Array> | Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/** Puts what lines hold, all or nothing; how many records that were. */
export async function importInto(client: Client, source: Lines): Promise<number> {
  checkLines(source);
  let count = 0;
  const counted = async function* (): AsyncGenerator<EncodedChange> {
    for await (const change of fromLines(source)) {
      count += 1;
      yield change;
    }
  };
  const changes = counted();
  try {
    const first: EncodedChange[] = [];
    let length = 0;
    let isAll = true;
    for (let next = await changes.next(); !next.done; next = await changes.next()) {
      first.push(next.value);
      length += lengthOf([next.value]);
      isAll = length < ONE_COMMIT_MAX;
      if (!isAll) break;
    }
    if (isAll) {
      if (first.length > 0) await client.commit(first);
      return count;
    }
    const { commitInPieces, encodedBatches } = await pieces();
    await commitInPieces(client, encodedBatches((async function* () { yield* first.splice(0); yield* changes; })()), false);
    return count;
  } finally {
    // Also where the store is the reason that it is not read to its end.
    await changes.return(undefined);
  }
}

/** The changes that lines ask for, one after the other. */
export async function* fromLines(source: Lines): AsyncGenerator<EncodedChange> {
  let number = 0;
  for await (const line of linesOf(source)) {
    number += 1;
    let change: EncodedChange | undefined;
    try {
      const text = line();
      if (text.trim() !== "") change = fromLine(text);
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw fault("Codec", "change-the-call", `line ${number}: ${reason}; nothing was imported`);
    }
    if (change) yield change;
  }
}

async function* linesOf(source: Lines): AsyncGenerator<() => string> {
  if (typeof source === "string") return yield* textLines([source]);
  const parts = isBlob(source) ? partsOf(await contentsOfFile(source), true) : partsOf(source, false);
  try {
    const first = await parts.next();
    if (first.done) return;
    const all = (async function* () { yield first.value; yield* parts; })();
    if (typeof first.value === "string") yield* textLines(all as AsyncIterable<string>);
    else yield* byteLines(all as AsyncIterable<Uint8Array>);
  } finally {
    // Also where the first part was not read to its end.
    await parts.return(undefined);
  }
}

/** jsdom's files have no streams. */
async function contentsOfFile(file: Blob): Promise<Exclude<Lines, Blob | string>> {
  if ("stream" in file) return file.stream();
  try {
    return [new Uint8Array(await (file as Blob).arrayBuffer())];
  } catch (thrown) {
    throw unreadable(IMPORTED, thrown, true);
  }
}

/** The parts, all of one kind. */
async function* partsOf(source: Exclude<Lines, Blob | string>, isFile: boolean): AsyncGenerator<Uint8Array | string> {
  let must: string | undefined = isStream(source) ? "Uint8Array" : undefined;
  const iterator = begin(source);
  let isOver = false;
  try {
    for (;;) {
      const { value, done } = await read(iterator, isFile);
      isOver = Boolean(done);
      if (isOver) return;
      const is = typeof value === "string" ? "string" : isBytes(value) ? "Uint8Array" : undefined;
      must ??= is;
      if (is === undefined || is !== must) throw wrong("each part of what is imported", `a ${must ?? "string or Uint8Array"}`, value);
      yield typeof value === "string" ? value : contentsOf(value as Uint8Array);
    }
  } finally {
    // Whoever makes the parts learns that nobody reads them any more. What he says to it changes
    // nothing, and nobody waits for it.
    if (!isOver) void (async () => iterator.return?.())().catch(() => {});
  }
}

/**
 * The bytes of a part, whatever its own members and its class say: the end of a part is kept until
 * the next one comes, and a slice of Node's bytes is no copy.
 */
function contentsOf(part: Uint8Array): Uint8Array {
  try {
    return bytesOf(part);
  } catch {
    throw invalid(`a part of ${IMPORTED} has lost its bytes: its buffer was transferred or made shorter; give out parts that stay as they are`);
  }
}

function begin(source: Exclude<Lines, Blob | string>): Iterator<unknown> | AsyncIterator<unknown> {
  if (isStream(source)) checkUnread(IMPORTED, source);
  try {
    if (isStream(source)) return readerOf(source);
    const iterator: unknown = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    if (typeof (iterator as Iterator<unknown> | null | undefined)?.next !== "function") throw new TypeError("its iterator has no `next`");
    return iterator as Iterator<unknown>;
  } catch (thrown) {
    throw unreadable(IMPORTED, thrown, false);
  }
}

/** By hand: not every browser can go through a stream. */
function readerOf(stream: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array> {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<Uint8Array>>,
    async return(value) {
      await reader.cancel();
      reader.releaseLock();
      return { value, done: true };
    },
  };
}

async function read(iterator: Iterator<unknown> | AsyncIterator<unknown>, isFile: boolean): Promise<IteratorResult<unknown>> {
  try {
    const { value, done } = await iterator.next();
    return { value: await value, done } as IteratorResult<unknown>;
  } catch (thrown) {
    throw isOurs(thrown) ? thrown : unreadable(IMPORTED, thrown, isFile);
  }
}

/** Refuses what gives out neither text nor bytes. */
function checkLines(value: unknown): void {
  const isFine = reading(IMPORTED, () => {
    const parts = value as (Iterable<unknown> & AsyncIterable<unknown>) | null | undefined;
    return typeof value === "string" || isBlob(value) || isStream(value) || typeof parts?.[Symbol.asyncIterator] === "function"
      || typeof parts?.[Symbol.iterator] === "function" && !ArrayBuffer.isView(value);
  });
  if (!isFine) throw wrong(IMPORTED, "a Blob or File, a string, a ReadableStream, or something that gives out strings or bytes", value);
}

/** The text that is not yet a line is put together once, however many parts it is in. */
async function* textLines(source: AsyncIterable<string> | Iterable<string>): AsyncGenerator<() => string> {
  let open: string[] = [];
  let isFirst = true;
  const line = (text: string): () => string => {
    const whole = isFirst ? text.replace(/^\uFEFF/, "") : text;
    isFirst = false;
    return () => whole;
  };
  for await (const part of source) {
    let at = 0;
    for (let end = part.indexOf("\n"); end >= 0; end = part.indexOf("\n", at)) {
      yield line(open.join("") + part.slice(at, end));
      open = [];
      at = end + 1;
    }
    open.push(part.slice(at));
  }
  yield line(open.join(""));
}

/** What is no UTF-8 is an error with its line, and no string need hold all of it. */
async function* byteLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<() => string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let open: Uint8Array[] = [];
  let isFirst = true;
  const line = (bytes: Uint8Array): () => string => {
    const begins = isFirst;
    isFirst = false;
    return () => {
      try {
        const text = decoder.decode(bytes);
        return begins ? text.replace(/^\uFEFF/, "") : text;
      } catch {
        throw new Error("it is not UTF-8: save the file as UTF-8");
      }
    };
  };
  for await (const part of source) {
    let at = 0;
    for (let end = part.indexOf(LINE_FEED); end >= 0; end = part.indexOf(LINE_FEED, at)) {
      yield line(joined([...open, part.subarray(at, end)]));
      open = [];
      at = end + 1;
    }
    open.push(part.slice(at));
  }
  yield line(joined(open));
}

function joined(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function fromLine(line: string): EncodedChange {
  const record: unknown = JSON.parse(line);
  if (typeof record !== "object" || record === null || Array.isArray(record)) throw new Error(`not an object; ${EXAMPLE}`);
  const { key, ...values } = record as Record<string, unknown>;
  const names = Object.keys(values);
  const strange = names.find((name) => !VALUES.includes(name));
  if (strange !== undefined) throw new Error(`\`${strange.slice(0, 40)}\` means nothing here; ${EXAMPLE}`);
  if (typeof key !== "string") throw new Error(`no \`key\`; ${EXAMPLE}`);
  const [name] = names;
  if (name === undefined) throw new Error(`none of \`${VALUES.join("`, `")}\`; ${EXAMPLE}`);
  if (names.length > 1) throw new Error(`both \`${names.join("` and `")}\`; ${EXAMPLE}`);
  checkDigits(line);
  checkNames(line);
  return { key: encodeKey(key), value: encodeValue(valueIn(name, values[name])) };
}

function valueIn(name: string, written: unknown): unknown {
  switch (name) {
    case "value_base64": return fromBase64(written);
    case "value_typed": return revived(written);
  }
  return written;
}
