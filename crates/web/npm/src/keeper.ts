/**
 * Sees to it that the reserve grows with the data, and gives it away when only that helps.
 */

import type { Place } from "./place.js";
import { reserve } from "./parts.js";

/** Less than this is not worth a reserve. In bytes, as all of these. */
const LEAST = 64 << 10;
/** Behind this the reserve is as long as it ever gets. */
const MOST = 32 << 20;

export class Keeper {
  readonly #place: Place;
  /** How much there is, about: what was there when the store was opened, and what was written since. */
  #length = 0;
  /** The reserve is looked after when there is more than this. */
  #next = LEAST;
  #isBusy = false;

  constructor(place: Place) {
    this.#place = place;
  }

  /** So many bytes were written. */
  wrote(length: number): void {
    this.#length += length;
    if (this.#length < this.#next || this.#isBusy || this.#place.storage === "memory") return;
    this.#isBusy = true;
    this.#next = this.#length >= MOST ? Infinity : 2 * this.#length;
    // Where there is no room for a reserve, the next time may find some.
    this.#keep().catch(() => {}).finally(() => (this.#isBusy = false));
  }

  /** Gives the reserve away; the next bytes that are written begin another. */
  async spend(): Promise<void> {
    const { spend } = await reserve();
    await spend(this.#place);
    this.#next = 0;
  }

  async #keep(): Promise<void> {
    const { keep, rowsFor } = await reserve();
    await keep(this.#place, rowsFor(this.#length));
  }
}
