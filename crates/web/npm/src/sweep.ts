/**
 * What tabs that are gone have left: the records of their sessions, and pieces of restores and
 * imports that nobody will finish.
 *
 * All of it is deleted at once. Pieces whose first is there are complete as far as they were put,
 * and `pieces.ts` relies on it; and a tab without a record has no pieces either.
 */

import { type EncodedChange, decodePairs, encodeBatch } from "./batch.js";
import { Sessions } from "./connection.js";
import type { Engine } from "./engine.js";
import { PIECES, sessionKey } from "./names.js";

/**
 * The batch that deletes it, of one tab or of all for which `isGone` says so; `undefined` where
 * there is nothing.
 */
export function sweeping(engine: Engine, isGone: (client: string) => boolean, only?: string): Uint8Array | undefined {
  const records = Sessions.of(engine).clients.filter(isGone).flatMap((client) => [sessionKey(client, "c"), sessionKey(client, "t")]);
  const pieces = piecesOf(engine, only === undefined ? PIECES : `${PIECES}${only}/`, isGone);
  const changes = [...records, ...pieces].map((key): EncodedChange => ({ key, value: undefined }));
  return changes.length === 0 ? undefined : encodeBatch(changes);
}

function piecesOf(engine: Engine, prefix: string, isGone: (client: string) => boolean): Uint8Array[] {
  const bytes = new TextEncoder().encode(prefix);
  const decoder = new TextDecoder();
  const gone: Uint8Array[] = [];
  for (let after = new Uint8Array();;) {
    const [pair] = decodePairs(engine.scan(bytes, after, 1, 0xffff_ffff), true);
    if (!pair) return gone;
    after = pair[0].slice();
    const [client = ""] = decoder.decode(after).slice(PIECES.length).split("/");
    if (isGone(client)) gone.push(after);
  }
}
