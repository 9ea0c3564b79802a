/**
 * What is longer than one commit, all or nothing.
 *
 * ```text
 *  piece 0 (empty), piece 1, piece 2 …    commits of their own, no part of the contents
 *  clear, assemble                        one short commit, with which all of them count
 * ```
 * A tab that dies in between leaves pieces that mean nothing: the writer deletes them when it
 * learns that the tab is gone (`sweep.ts`). A tab that was only taken for gone must not assemble
 * what is left. So the last commit is a transaction that has read the first piece: where that is
 * still there, all are.
 */

import { type EncodedChange, encodeBatch, lengthOf } from "./batch.js";
import type { Client } from "./client.js";
import { SteadfastError, fault, isOurs, plain } from "./error.js";
import { PIECES, unique } from "./names.js";
import { assembling, clearing, encodeReads } from "./reads.js";

/**
 * About so long is a piece, in bytes: some of them are in memory at a time, in the tab and in the
 * writer.
 */
export const PIECE = 8 << 20;
/** No piece is longer. */
const PIECE_MAX = 32 << 20;
/** Each time another writer has come meanwhile. */
const TRIES_MAX = 20;

const encoder = new TextEncoder();

/**
 * Makes the changes that encoded batches hold, one behind the other, in place of all that is there
 * or in addition to it.
 */
export async function commitInPieces(client: Client, batches: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, clears: boolean): Promise<void> {
  const prefix = `${PIECES}${client.id}/${unique()}/`;
  const key = (number: number): Uint8Array => encoder.encode(prefix + `${number}`.padStart(8, "0"));
  let count = 0;
  let last: Promise<void> = Promise.resolve();
  /** The next one is made while the last one is on its way. */
  const put = async (value: Uint8Array): Promise<void> => {
    await last;
    last = client.commit([{ key: key(count), value }]);
    last.catch(() => {});
    count += 1;
  };
  try {
    await put(new Uint8Array());
    for await (const batch of batches) {
      for (let at = 0; at < batch.length; at += PIECE_MAX) await put(batch.subarray(at, at + PIECE_MAX));
    }
    await last;
    await assemble(client, key(0), [...(clears ? [clearing()] : []), assembling(encoder.encode(prefix))]);
  } catch (thrown) {
    // Where this fails as well they go with the tab.
    await client.commit(Array.from({ length: count }, (_, number) => ({ key: key(number), value: undefined }))).catch(() => {});
    throw new SteadfastError(plain(thrown));
  }
}

async function assemble(client: Client, first: Uint8Array, changes: EncodedChange[]): Promise<void> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const view = unique();
    await client.ask("hold", view);
    try {
      if (await client.ask("get", first, view) === undefined) break;
      if (await client.transact([view, encodeReads([first], [])], changes)) return;
    } catch (thrown) {
      // The view went with the writer that held it.
      if (!(isOurs(thrown) && thrown.kind === "Conflict")) throw thrown;
    } finally {
      client.ask("release", view).catch(() => {});
    }
  }
  throw fault("Conflict", "retry", "the tab did not answer for so long that others took it for closed; nothing was changed: do it again");
}

/** Changes as encoded batches, each about as long as a piece. */
export async function* encodedBatches(changes: AsyncIterable<EncodedChange>): AsyncGenerator<Uint8Array> {
  let batch: EncodedChange[] = [];
  let length = 0;
  for await (const change of changes) {
    batch.push(change);
    length += lengthOf([change]);
    if (length < PIECE) continue;
    yield encodeBatch(batch);
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield encodeBatch(batch);
}
