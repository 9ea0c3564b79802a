/**
 * Restoring a backup into an open database.
 *
 * The backup is read where it lies, and checked before anything is changed. A small one is one commit of what is different. A large one goes in
 * pieces.
 */

import type { Client } from "./client.js";
import { SteadfastError, fault, plain } from "./error.js";
import { tar } from "./parts.js";
import { PIECE, commitInPieces } from "./pieces.js";
import { orBroken } from "./broken.js";
import { checkSource, isBlob, unreadable } from "./source.js";

/** A backup whose pairs are so long together is compared with what is there, in bytes. */
const SMALL = 8 << 20;

/** Makes the contents what the backup holds. */
export async function restoreInto(client: Client, backup: Blob): Promise<void> {
  const [whole, { unpack }] = await Promise.all([client.tools(), tar()]);
  try {
    const unpacked = await orBroken(whole.Engine, whole.Unpacked.of(await unpack(backup)));
    try {
      const pairs = unpacked.pairs(SMALL);
      if (!pairs) return await commitInPieces(client, batches(() => unpacked.nextPuts(PIECE)), true);
      const restored = await client.transact("restore", [pairs], []);
      if (!restored) throw fault("Io", "retry", "the backup was not restored, and nothing was changed: the writer failed meanwhile");
    } finally {
      unpacked.free();
    }
  } catch (thrown) {
    throw new SteadfastError(plain(thrown));
  }
}

function* batches(next: () => Uint8Array | undefined): Iterable<Uint8Array> {
  for (let batch = next(); batch; batch = next()) yield batch;
}

/** A stream as a file, which the browser keeps where it has room. */
export async function toBlob(source: Blob | ReadableStream<Uint8Array>): Promise<Blob> {
  checkSource("the backup", source);
  // The engine knows the files of this window alone. A copy takes no room.
  if (isBlob(source)) return source instanceof Blob ? source : new Blob([source]);
  try {
    return await new Response(source as ReadableStream<Uint8Array<ArrayBuffer>>).blob();
  } catch (thrown) {
    throw unreadable("the backup", thrown, false);
  }
}
