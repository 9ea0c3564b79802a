/**
 * The Rust side: loading it once, and opening a store with it.
 */

import init, { Engine } from "./wasm/steadfast.js";
import { fault, plain } from "./error.js";
import type { Place, WasmSource } from "./place.js";

/** What an older writer may still hold, it lets go of at once: the browser has ended it already. */
const LOCKED_TRIES = 20;
const LOCKED_PAUSE = 100;

let loaded: Promise<unknown> | undefined;

/** Loads the engine, once for each tab or worker. */
export async function load(wasm: WasmSource | undefined): Promise<void> {
  loaded ??= init(wasm === undefined ? undefined : { module_or_path: wasm });
  try {
    await loaded;
  } catch (error) {
    loaded = undefined;
    throw fault("Unsupported", "change-the-call", `the WebAssembly of steadfast could not be loaded (${plain(error).cause}): is steadfast_bg.wasm served beside the script? A bundler may need the option \`wasm\``);
  }
}

/** Opens the store for writing. */
export async function openEngine(place: Place): Promise<Engine> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await Engine.open(place.storage, place.name, place.snapshotAfter, place.anew);
    } catch (thrown) {
      const error = plain(thrown);
      if (place.backup && (error.remedy === "restore" || error.kind === "NotAStore")) {
        await Engine.replace(place.storage, place.name, place.backup);
        place.backup = undefined;
      } else if (error.kind !== "Locked" || tries >= LOCKED_TRIES) {
        throw thrown;
      }
      await new Promise((resolve) => setTimeout(resolve, LOCKED_PAUSE));
    }
  }
}

export { Engine };
