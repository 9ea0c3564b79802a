/**
 * The Rust side: loading it once, and opening a store with it.
 */

import init, { Engine } from "./wasm/steadfast.js";
import { fault, plain } from "./error.js";
import type { Place, WasmSource } from "./place.js";

/**
 * What an older writer may still hold, it lets go of at once: the browser has ended it already. Each
 * try takes two seconds. Who still holds it after that is of another version of the package.
 */
const LOCKED_TRIES = 3;

type EngineClass = typeof Engine;

const loading = new Map<boolean, Promise<EngineClass>>();

/** Loads the engine for the place's storage, once for each tab or worker. */
export async function load({ storage, wasm }: Place): Promise<EngineClass> {
  const isOpfs = storage === "opfs";
  const loaded = loading.get(isOpfs) ?? instantiate(isOpfs, wasm);
  loading.set(isOpfs, loaded);
  try {
    return await loaded;
  } catch (error) {
    loading.delete(isOpfs);
    throw fault("Unsupported", "change-the-call", `the WebAssembly of steadfast could not be loaded (${plain(error).cause}): is ${isOpfs ? "steadfast_opfs_bg.wasm" : "steadfast_bg.wasm"} served beside the script? A bundler may need the option \`wasm\``);
  }
}

async function instantiate(isOpfs: boolean, wasm: WasmSource | undefined): Promise<EngineClass> {
  const source = wasm === undefined ? undefined : { module_or_path: wasm };
  if (!isOpfs) {
    await init(source);
    return Engine;
  }
  const opfs = await import("./wasm/steadfast_opfs.js");
  await opfs.default(source);
  // The same exports, built for another home.
  return opfs.Engine as unknown as EngineClass;
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
        await engine.replace(place.storage, place.name, place.backup);
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

export type { Engine };
