/**
 * The memory that the engine has: all contents are in it, and WebAssembly has 4 GiB at most.
 *
 * A change that does not fit is refused before the engine begins with it, because an engine whose
 * memory ends in the middle of something is lost. A part is kept free for everything else: reading,
 * deleting, snapshots, the next open.
 */

import { onlyDeletes } from "./batch.js";
import type { Connection } from "./connection.js";
import { type Engine, memoryOf } from "./engine.js";
import { type PlainError, fault, plain } from "./error.js";
import type { Place } from "./place.js";
import type { MemoryState } from "./reports.js";

/** What WebAssembly can address, in bytes. */
const AVAILABLE = 2 ** 32;
/** The share in use from which on the tabs are warned. */
const NEAR = 3 / 4;

export class Memory {
  readonly #place: Place;
  readonly #onNear: () => void;
  #isNear = false;

  constructor(place: Place, onNear: () => void) {
    this.#place = place;
    this.#onNear = onNear;
  }

  /**
   * How much of it is taken. What is deleted is used again, but not given back until the page is
   * loaded again.
   */
  get state(): MemoryState {
    const used = memoryOf(this.#place);
    return { used, available: AVAILABLE, isNear: used >= AVAILABLE * NEAR };
  }

  /** Tells the tabs when it comes near its end, once. */
  tellIfNear(): void {
    if (this.#isNear || !this.state.isNear) return;
    this.#isNear = true;
    this.#onNear();
  }

  tell(connection: Connection): void {
    if (this.#isNear) connection.send({ type: "near", memory: this.state });
  }

  /** Why the batch does not fit, if it does not. */
  refusal(engine: Engine, batch: Uint8Array): PlainError | undefined {
    if (engine.hasRoom(batch.length) || onlyDeletes(batch)) return undefined;
    return plain(fault("OutOfMemory", "free-space", `there is no memory for a change of ${batch.length} bytes, and nothing was changed. Delete something and load the page again`));
  }
}
