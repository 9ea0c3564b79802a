/**
 * Pieces of restores and imports that nobody will finish: their tab is gone.
 */

import { decodePairs, encodeBatch } from "./batch.js";
import type { Engine } from "./engine.js";
import { RESERVED } from "./value.js";

/**
 * Keys that begin with this are pieces: `…/TAB/ONE/NUMBER`, with an empty one in front of the rest.
 */
export const PIECES = `${RESERVED}pieces/`;

/**
 * The batch that deletes the pieces under the prefix of tabs that are gone; `undefined` where there
 * are none. All at once: pieces whose first is there are complete as far as they were put, and
 * `pieces.ts` relies on it.
 */
export function sweeping(engine: Engine, prefix: string, isGone: (client: string) => boolean): Uint8Array | undefined {
  const bytes = new TextEncoder().encode(prefix);
  const decoder = new TextDecoder();
  const gone: Uint8Array[] = [];
  for (let after = new Uint8Array();;) {
    const [pair] = decodePairs(engine.scan(bytes, after, 1, 0xffff_ffff), true);
    if (!pair) break;
    after = pair[0].slice();
    const [client = ""] = decoder.decode(after).slice(PIECES.length).split("/");
    if (isGone(client)) gone.push(after);
  }
  return gone.length === 0 ? undefined : encodeBatch(gone.map((key) => ({ key, value: undefined })));
}
