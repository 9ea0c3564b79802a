/**
 * Putting a backup in the place of a database that does not open any more.
 *
 * The backup is checked to its end before anything is changed. What another program made is put together anew, with the package's values.
 */

import { orBroken } from "./broken.js";
import type { loadReplacing, loadTools } from "./engine.js";
import { PIECE } from "./pieces.js";
import type { Place } from "./place.js";
import type { Files } from "./tar.js";

/** So much of a stream is written at a time, in bytes. */
const WINDOW = 4 << 20;
/** The manifest makes the other streams a store, so it comes last. */
const MANIFESTS = "manifest/";

/** What loads the engine's builds: handed over, so that what a page loads at first stays in one file. */
export interface Load {
  loadTools: typeof loadTools;
  loadReplacing: typeof loadReplacing;
}

/** Replaces whatever is there. */
export async function replace(place: Place, backup: Files, load: Load): Promise<void> {
  const files = await checked(await load.loadTools(place), backup);
  const build = await load.loadReplacing(place);
  const replacing = await orBroken(build.Engine, build.Replacing.begin(place.storage, place.name));
  try {
    for (const [name, file] of files) {
      for (let at = 0; at < file.size; at += WINDOW) {
        const bytes = new Uint8Array(await file.slice(at, at + WINDOW).arrayBuffer());
        await orBroken(build.Engine, replacing.write(name, bytes, at + WINDOW >= file.size));
      }
    }
    await orBroken(build.Engine, replacing.finish());
  } finally {
    replacing.free();
  }
}

type Tools = Awaited<ReturnType<typeof loadTools>>;

/** The streams to write, in order. */
async function checked(tools: Tools, backup: Files): Promise<[string, Blob][]> {
  const unpacked = await orBroken(tools.Engine, tools.Unpacked.of(backup));
  try {
    return inOrder(unpacked.wasTagged ? backup : await madeAnew(tools, unpacked));
  } finally {
    unpacked.free();
  }
}

async function madeAnew(tools: Tools, unpacked: Tools["Unpacked"]["prototype"]): Promise<Files> {
  const packing = await orBroken(tools.Engine, tools.Packing.begin());
  const files: Files = [];
  const keep = (streams: (string | Uint8Array<ArrayBuffer>)[]): void => {
    for (const part of streams) files.push(typeof part === "string" ? part : new Blob([part]));
  };
  try {
    for (let page = unpacked.nextPairs(PIECE); page; page = unpacked.nextPairs(PIECE)) keep(await orBroken(tools.Engine, packing.add(page)));
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
