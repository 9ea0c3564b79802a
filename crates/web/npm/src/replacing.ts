/**
 * Putting a backup in the place of a database that does not open.
 *
 * The tab has read and checked it (`restoring.ts`); the writer, who holds the lock, writes it.
 */

import { orBroken } from "./broken.js";
import type { Tools } from "./engine.js";
import type { Place } from "./place.js";

/** So much of a stream is written at a time, in bytes. */
const WINDOW = 4 << 20;

/** Replaces whatever is there. */
export async function replace({ storage, name }: Place, streams: [string, Blob][], { Engine, Replacing }: Tools): Promise<void> {
  const replacing = await orBroken(Engine, Replacing.begin(storage, name), "OutcomeUnknown");
  try {
    for (const [stream, file] of streams) {
      let at = 0;
      do {
        const bytes = new Uint8Array(await file.slice(at, at + WINDOW).arrayBuffer());
        at += WINDOW;
        await orBroken(Engine, replacing.write(stream, bytes, at >= file.size), "OutcomeUnknown");
      } while (at < file.size);
    }
    await orBroken(Engine, replacing.finish(), "OutcomeUnknown");
  } finally {
    replacing.free();
  }
}
