/**
 * Backups and exports as streams, and pages of a state that is held still.
 *
 * The writer holds the state still and gives it out page by page; nothing is ever in memory as a
 * whole but the database itself. What is held goes with the writer: a stream that is under way then
 * fails, and is begun again by whoever reads it.
 */

import { decodePairs } from "./batch.js";
import { orBroken } from "./broken.js";
import type { Client } from "./client.js";
import { SteadfastError, fault, plain } from "./error.js";
import { inTime } from "./in-time.js";
import { toLine } from "./json-lines.js";
import { unique } from "./names.js";
import { type Streams, archiveEnd, entryOf } from "./tar.js";
import { decodeKey, decodeValue } from "./value.js";

/** A page is about so long, in bytes. */
const PAGE = 8 << 20;
/** Lines are given out about so many bytes at a time. */
const CHUNK = 1 << 20;
/**
 * Parts are handed to the browser when they are so long together: it keeps them where it has room.
 */
const KEPT = 16 << 20;
const ALL = 0xffff_ffff;
/** Each time another writer has come meanwhile. */
const TRIES_MAX = 20;

/** Encoded pages of all pairs under the prefix, as of one moment. */
export async function* pagesOf(client: Client, prefix: Uint8Array = new Uint8Array(), begin: Uint8Array = new Uint8Array(), limit = ALL): AsyncGenerator<Uint8Array, void, undefined> {
  const view = unique();
  await client.ask("hold", view);
  try {
    for (let after = begin, left = limit; left > 0;) {
      const page = await client.ask<Uint8Array>("scan", prefix, after, left, PAGE, view);
      const pairs = decodePairs(page, true);
      const last = pairs.at(-1);
      if (!last) return;
      after = last[0].slice();
      if (limit !== ALL) left -= pairs.length;
      yield page;
    }
  } catch (thrown) {
    const { kind } = plain(thrown);
    throw kind === "Conflict" ? fault("Conflict", "retry", "another tab became the writer while all was read: begin again") : thrown;
  } finally {
    client.ask("release", view).catch(() => {});
  }
}

/** All pairs of one moment under the prefix and behind a key, at most so many. */
export function allOf(client: Client, prefix: Uint8Array, after: Uint8Array, limit: number): Promise<[Uint8Array, Uint8Array][]> {
  return again(async () => {
    const all: [Uint8Array, Uint8Array][] = [];
    for await (const page of pagesOf(client, prefix, after, limit)) for (const pair of decodePairs(page)) all.push(pair);
    return all;
  });
}

/** The parts of a backup. */
export async function* backupOf(client: Client): AsyncGenerator<Uint8Array, void, undefined> {
  const whole = await inTime(client.tools());
  const packing = await orBroken(whole.Engine, whole.Packing.begin());
  try {
    for await (const page of pagesOf(client)) yield* entries(await orBroken(whole.Engine, packing.add(page)));
    yield* entries(await orBroken(whole.Engine, packing.finish()));
    yield archiveEnd();
  } finally {
    packing.free();
  }
}

function* entries(streams: Streams): Iterable<Uint8Array> {
  for (let at = 0; at + 1 < streams.length; at += 2) yield* entryOf(streams[at] as string, streams[at + 1] as Uint8Array);
}

/** The parts of an export. */
export async function* exportOf(client: Client): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let text = "";
  for await (const page of pagesOf(client)) {
    for (const [key, value] of decodePairs(page)) {
      text += toLine(decodeKey(key), decodeValue(value));
      if (text.length < CHUNK) continue;
      yield encoder.encode(text);
      text = "";
    }
  }
  if (text !== "") yield encoder.encode(text);
}

/** What a generator gives, as a stream: the next part is made when it is asked for. */
export function streamOf(parts: AsyncGenerator<Uint8Array, void, undefined>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (thrown) {
        controller.error(new SteadfastError(plain(thrown)));
      }
    },
    async cancel() {
      await parts.return();
    },
  }, { highWaterMark: 0 });
}

/** What a generator gives, as a file. */
export function fileOf(begin: () => AsyncGenerator<Uint8Array, void, undefined>, type: string): Promise<Blob> {
  return again(() => collected(begin(), type));
}

/** Begins again where another writer has come meanwhile. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      const error = plain(thrown);
      if (error.kind !== "Conflict" || tries >= TRIES_MAX) throw new SteadfastError(error);
    }
  }
}

async function collected(parts: AsyncIterable<Uint8Array>, type: string): Promise<Blob> {
  const kept: Blob[] = [];
  let waiting: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of parts) {
    waiting.push(part as Uint8Array<ArrayBuffer>);
    length += part.length;
    if (length < KEPT) continue;
    kept.push(new Blob(waiting));
    waiting = [];
    length = 0;
  }
  return new Blob([...kept, ...waiting], { type });
}
