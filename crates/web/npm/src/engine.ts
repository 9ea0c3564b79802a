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
import { glue } from "./wasm/glue.js";
import type { Engine } from "./wasm/steadfast.js";
import type { Engine as WholeEngine } from "./wasm/steadfast_whole.js";
import { fault, plain } from "./error.js";
import type { Place, WasmSource } from "./place.js";

/**
 * What an older writer may still hold, it lets go of at once: the browser has ended it already.
 * Each try takes two seconds. Who still holds it after that is of another version of the package.
 */
const LOCKED_TRIES = 3;

type EngineClass = typeof Engine;
type Whole = typeof WholeEngine;

const loading = new Map<Build, Promise<unknown>>();

/** Loads the engine for the place's storage, once for each tab or worker. */
export function load(place: Place): Promise<EngineClass> {
  if (place.storage === "indexeddb") return once("steadfast", place.wasm);
  // The same exports, and more.
  return loadWhole(place) as Promise<unknown> as Promise<EngineClass>;
}

/** Loads the engine that can do everything. */
export function loadWhole(place: Place): Promise<Whole> {
  return place.storage === "opfs" ? once("steadfast_opfs", place.wasm) : once("steadfast_whole", place.wholeWasm);
}

/** Loads what makes and reads backups, which needs no home. */
export function loadTools(place: Place): Promise<Whole> {
  return loadWhole({ ...place, storage: "memory" });
}

async function once<T>(build: Build, given: WasmSource | undefined): Promise<T> {
  const loaded = loading.get(build) ?? instantiate(build, given);
  loading.set(build, loaded);
  try {
    return await loaded as T;
  } catch (thrown) {
    loading.delete(build);
    const remedy = isForbidden(thrown)
      ? "the page's content security policy forbids WebAssembly, and needs 'wasm-unsafe-eval' in script-src"
      : `is ${build}_bg.wasm served beside the script? The option \`${build === "steadfast_whole" ? "wholeWasm" : "wasm"}\` takes its address, and a content security policy must allow that in connect-src`;
    throw fault("Unsupported", "change-the-call", `the WebAssembly of steadfast could not be loaded (${plain(thrown).cause}): ${remedy}`);
  }
}

async function instantiate(build: Build, given: WasmSource | undefined): Promise<unknown> {
  const { Engine, ...halves } = glue();
  await start(build, given, halves);
  return Engine;
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
      if (place.backup && (error.remedy === "restore" || error.kind === "NotAStore")) {
        const whole = await loadWhole(place);
        await whole.replace(place.storage, place.name, place.backup);
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
