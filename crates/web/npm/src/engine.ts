/**
 * The Rust side: loading it once, and opening a store with it.
 *
 * There are three builds of it. A page with IndexedDB loads the small one at first, and the whole
 * one when it is asked for what is called seldom: checks, backups, evidence, deletion. A page with
 * OPFS loads the whole one for OPFS, because private files are open to one handle only. What is
 * kept in memory uses the whole one.
 */

import { isForbidden, start } from "./binary.js";
import type { Build } from "./copies.js";
import { type Glue, glue } from "./wasm/glue.js";
import type { Engine } from "./wasm/steadfast.js";
import type { Engine as WholeEngine } from "./wasm/steadfast_whole.js";
import { brokenDown } from "./broken.js";
import { SteadfastError, fault, plain } from "./error.js";
import { replacing } from "./parts.js";
import type { Place, WasmSource } from "./place.js";

/**
 * What an older writer may still hold, it lets go of at once: the browser has ended it already.
 * Each try takes two seconds. Who still holds it after that is of another version of the package.
 */
const LOCKED_TRIES = 3;

type EngineClass = typeof Engine;
/** What a build offers. The small one has only a part of `Engine`. */
export type Tools = Omit<Glue, "imports" | "finish">;

const BUILDS = { indexeddb: "steadfast", opfs: "steadfast_opfs", memory: "steadfast_whole" } as const;
const memories = new Map<Build, WebAssembly.Memory>();
const loading = new Map<Build, Promise<Tools>>();

/** How much memory the engine for the place's storage has taken, in bytes. */
export function memoryOf({ storage }: Place): number {
  return memories.get(BUILDS[storage])?.buffer.byteLength ?? 0;
}

/** Loads the engine for the place's storage, once for each tab or worker. */
export async function load(place: Place): Promise<EngineClass> {
  const tools = place.storage === "indexeddb" ? once("steadfast", place.wasm) : loadReplacing(place);
  // The same exports, and more.
  return (await tools).Engine as unknown as EngineClass;
}

/** Loads the engine that can do everything. */
export async function loadWhole(place: Place): Promise<typeof WholeEngine> {
  return (await loadReplacing(place)).Engine;
}

/** Loads the build that can write anything into the place's storage. */
export function loadReplacing(place: Place): Promise<Tools> {
  return place.storage === "opfs" ? once("steadfast_opfs", place.wasm) : loadTools(place);
}

/** Loads what makes and reads backups, which needs no home. */
export function loadTools(place: Place): Promise<Tools> {
  return once("steadfast_whole", place.wholeWasm);
}

async function once(build: Build, given: WasmSource | undefined): Promise<Tools> {
  const loaded = loading.get(build) ?? instantiate(build, given);
  loading.set(build, loaded);
  try {
    const tools = await loaded;
    // It is the same for all that the tab does, and what broke down stays so.
    if (tools.Engine.isBroken()) throw brokenDown({ message: "earlier" });
    return tools;
  } catch (thrown) {
    if (thrown instanceof SteadfastError) throw thrown;
    loading.delete(build);
    const remedy = isForbidden(thrown)
      ? "the page's content security policy forbids WebAssembly, and needs 'wasm-unsafe-eval' in script-src"
      : `is ${build}_bg.wasm served beside the script? The option \`${build === "steadfast_whole" ? "wholeWasm" : "wasm"}\` takes its address, which a content security policy must allow in connect-src`;
    throw fault("Unsupported", "change-the-call", `the WebAssembly of steadfast could not be loaded (${plain(thrown).cause}): ${remedy}`);
  }
}

async function instantiate(build: Build, given: WasmSource | undefined): Promise<Tools> {
  const { imports, finish, ...tools } = glue();
  memories.set(build, await start(build, given, { imports, finish }));
  return tools;
}

/** Opens the store for writing. */
export async function openEngine(place: Place): Promise<Engine> {
  const engine = await load(place);
  for (let tries = 1; ; tries += 1) {
    try {
      const goesOn = place.store !== undefined;
      return await engine.open(place.storage, place.name, place.snapshotAfter, place.anew, goesOn, place.takesOver ?? false) as Engine;
    } catch (thrown) {
      const error = plain(thrown);
      // A tab that has had the database open replaces nothing, whatever happens to it later.
      if (place.backup && place.store === undefined && (error.remedy === "restore" || error.kind === "NotAStore")) {
        const { replace } = await replacing();
        await replace(place, place.backup, await loadReplacing(place));
        place.backup = undefined;
      } else if (error.kind !== "Locked" || tries >= LOCKED_TRIES) {
        throw thrown;
      }
    }
  }
}

/** Reads the store without opening it: to write there may be no room. */
export async function loadEngine(place: Place): Promise<Engine> {
  const engine = await load(place);
  return await engine.load(place.storage, place.name) as Engine;
}

export type { Engine, WholeEngine };
