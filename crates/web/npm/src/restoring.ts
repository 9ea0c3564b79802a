/**
 * Restoring a backup.
 *
 * The backup is read where it lies, in this tab, and checked to its end before anything is opened
 * or changed.
 *
 * Into an open database: where the backup is short and what is there is, too, one commit changes
 * what is different, and subscribers hear of that. Otherwise all contents are replaced, in pieces.
 * In the place of one that does not open: its streams are written (`replacing.ts`).
 */

import { type EncodedChange, decodeBatch, decodePairs } from "./batch.js";
import { orBroken } from "./broken.js";
import { tagOf, wrong } from "./check.js";
import type { Client } from "./client.js";
import type { Tools } from "./engine.js";
import { SteadfastError, isOurs, plain } from "./error.js";
import { inTime } from "./in-time.js";
import { unique } from "./names.js";
import { engine, tar } from "./parts.js";
import { PIECE, commitInPieces } from "./pieces.js";
import type { Place } from "./place.js";
import { checkSource, isBlob, unreadable } from "./source.js";
import type { Files } from "./tar.js";
import { decodeKey } from "./value.js";
import { encodeReads } from "./reads.js";

const ALL = 0xffff_ffff;
/** Each time another commit came in between. In pieces nothing can. */
const TRIES_MAX = 10;

/** The manifest makes the other streams a store, so it comes last. */
const MANIFESTS = "manifest/";

type Source = Blob | ReadableStream<Uint8Array>;

/** A backup that was read and is sound. */
interface Backup {
  tools: Tools;
  files: Files;
  contents: Tools["Unpacked"]["prototype"];
}

/** Makes the contents of an open database what the backup holds. */
export async function restoreInto(client: Client, source: Source): Promise<void> {
  await withBackup(await inTime(client.tools()), source, (backup) => fill(client, backup));
}

/** Opens a database with the contents of a backup: also where what is there does not open. */
export async function openWith(place: Place, source: Source, connect: () => Promise<Client>): Promise<Client> {
  const { loadTools } = await engine();
  return withBackup(await loadTools(place), source, async (backup) => {
    place.backup = await streamsOf(backup);
    const client = await connect();
    try {
      await fill(client, backup);
    } catch (thrown) {
      await client.close();
      throw thrown;
    }
    return client;
  });
}

/** Reads and checks the backup, and does something with it. */
async function withBackup<T>(tools: Tools, source: Source, work: (backup: Backup) => Promise<T>): Promise<T> {
  let contents: Backup["contents"] | undefined;
  try {
    const { unpack } = await tar();
    const files = await unpack(await toBlob(source));
    const read = contents = await orBroken(tools.Engine, tools.Unpacked.of(files));
    return await work({ tools, files, contents: read });
  } catch (thrown) {
    throw new SteadfastError(plain(thrown));
  } finally {
    try {
      contents?.free();
    } catch {
      // What broke down cannot be freed.
    }
  }
}

async function fill(client: Client, { contents }: Backup): Promise<void> {
  const next = (): Uint8Array | undefined => contents.nextPuts(PIECE);
  const first = next() ?? new Uint8Array();
  const isAll = first.length < PIECE;
  if (!(isAll && await commitDifference(client, first))) await commitInPieces(client, batches(first, next), true);
}

/**
 * The streams of a database with the backup's contents, in the order in which they are written.
 * What another program made is put together anew, with the package's values.
 */
async function streamsOf(backup: Backup): Promise<[string, Blob][]> {
  return inOrder(backup.contents.wasTagged ? backup.files : await madeAnew(backup));
}

function* batches(first: Uint8Array, next: () => Uint8Array | undefined): Iterable<Uint8Array> {
  for (let batch: Uint8Array | undefined = first; batch; batch = next()) yield batch;
}

/**
 * Makes the contents what the puts make, in one commit; `false` where too much is there to compare
 * it, or others commit all the time.
 */
async function commitDifference(client: Client, puts: Uint8Array): Promise<boolean> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const view = unique();
    const all = new Uint8Array();
    await client.ask("hold", view);
    try {
      const page = await client.ask<Uint8Array>("scan", all, all, ALL, PIECE, view);
      if (page.length >= PIECE) return false;
      if (await client.transact([view, encodeReads([], [all])], difference(page, puts))) return true;
    } catch (thrown) {
      // The view went with the writer that held it.
      if (!(thrown instanceof SteadfastError && thrown.kind === "Conflict")) throw thrown;
    } finally {
      client.ask("release", view).catch(() => {});
    }
  }
  return false;
}

/** The changes after which there is what the puts make. */
function difference(page: Uint8Array, puts: Uint8Array): EncodedChange[] {
  const now = new Map(decodePairs(page).map(([key, value]) => [decodeKey(key), { key, value }]));
  const changes: EncodedChange[] = [];
  for (const put of decodeBatch(puts)) {
    const name = decodeKey(put.key);
    const old = now.get(name)?.value;
    now.delete(name);
    if (!(old && put.value && isSame(old, put.value))) changes.push(put);
  }
  return [...[...now.values()].map(({ key }) => ({ key, value: undefined })), ...changes];
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

async function madeAnew({ tools, contents }: Backup): Promise<Files> {
  const packing = await orBroken(tools.Engine, tools.Packing.begin());
  const files: Files = [];
  const keep = (streams: (string | Uint8Array<ArrayBuffer>)[]): void => {
    for (const part of streams) files.push(typeof part === "string" ? part : new Blob([part]));
  };
  try {
    for (let page = contents.nextPairs(PIECE); page; page = contents.nextPairs(PIECE)) keep(await orBroken(tools.Engine, packing.add(page)));
    keep(await orBroken(tools.Engine, packing.finish()));
  } finally {
    packing.free();
  }
  return files;
}

function inOrder(files: Files): [string, Blob][] {
  const pairs: [string, Blob][] = [];
  for (let at = 0; at + 1 < files.length; at += 2) pairs.push([files[at] as string, files[at + 1] as Blob]);
  const isManifest = ([name]: [string, Blob]): number => Number(name.startsWith(MANIFESTS));
  return pairs.sort((one, other) => isManifest(one) - isManifest(other));
}

/** A stream as a file, which the browser keeps where it has room. */
async function toBlob(source: Source): Promise<Blob> {
  checkSource("the backup", source);
  // The engine knows the files of this window alone. A copy takes no room.
  if (isBlob(source)) return source instanceof Blob ? source : new Blob([source]);
  const reader = (source as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  // What a response fails with says nothing of its stream.
  let failure: unknown;
  const watched = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { value, done } = await reader.read();
        if (done) return controller.close();
        if (tagOf(value) !== "Uint8Array") throw wrong("each part of the backup", "a Uint8Array", value);
        controller.enqueue(value);
      } catch (thrown) {
        failure = thrown;
        void reader.cancel(thrown).catch(() => {});
        throw thrown;
      }
    },
  }, { highWaterMark: 0 });
  try {
    return await new Response(watched).blob();
  } catch (thrown) {
    throw isOurs(failure) ? failure : unreadable("the backup", failure ?? thrown, false);
  }
}
