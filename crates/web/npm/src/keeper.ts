/**
 * Sees to it that the reserve grows with the data, and gives it away when only that helps.
 */

import type { Place } from "./place.js";
import { reserve } from "./parts.js";

/** Less than this is not worth a reserve. In bytes. */
const LEAST = 64 << 10;

export class Keeper {
  readonly #place: Place;
  /** How much there is, about: what was there when the store was opened, and what was written since. */
  #length = 0;
  /** The reserve is too short for more than this. */
  #enough = LEAST;
  #isBusy = false;
  #isSpent = false;

  constructor(place: Place) {
    this.#place = place;
  }

  /** So many bytes were written. */
  wrote(length: number): void {
    this.#length += length;
    if (this.#length <= this.#enough || this.#isBusy || this.#isSpent || this.#place.storage === "memory") return;
    this.#isBusy = true;
    // Where there is no room for a reserve, the next time may find some.
    this.#keep().catch(() => {}).finally(() => (this.#isBusy = false));
  }

  /** Gives the reserve away. */
  async spend(): Promise<void> {
    this.#isSpent = true;
    const { spend } = await reserve();
    await spend(this.#place);
  }

  /** There is room again, and so many bytes of data: the reserve begins anew. */
  renew(length: number): void {
    this.#isSpent = false;
    this.#enough = LEAST;
    this.#length = 0;
    this.wrote(length);
  }

  async #keep(): Promise<void> {
    const { keep } = await reserve();
    this.#enough = await keep(this.#place, this.#length);
  }
}
