/**
 * Sees to it that the reserve grows with the data, and gives it away when only that helps.
 *
 * Saves that are faster than the reserve wait for it, or a quota would be reached with a reserve of
 * nothing. So there are never many more bytes of data than of reserve, up to the reserve's limit.
 */

import type { Place } from "./place.js";
import { reserve } from "./parts.js";

/** Less than this is not worth a reserve. In bytes. */
const LEAST = 64 << 10;

/** So many bytes more than the reserve may be written before a save waits for it. */
const AHEAD_MAX = 512 << 10;

/** No save waits longer than this, in milliseconds: a browser may keep a reserve waiting. */
const WAIT_MAX = 1000;

/** Between two looks at how far the reserve is, in milliseconds. */
const LOOK_INTERVAL = 10;

export class Keeper {
  readonly #place: Place;
  /**
   * How much there is, about: what was there when the store was opened, and what was written since.
   */
  #length = 0;
  /** How much of it was there when the store was opened. */
  #opened = 0;
  /** The reserve is too short for more than this. */
  #enough = LEAST;
  #growing: Promise<void> | undefined;
  #isSpent = false;
  #isStuck = false;

  constructor(place: Place) {
    this.#place = place;
  }

  /** A store with so many bytes was opened. */
  opened(length: number): void {
    this.#opened = length;
    this.wrote(length);
  }

  /** So many bytes were written. */
  wrote(length: number): void {
    this.#length += length;
    if (this.#length <= this.#enough || this.#growing || this.#isSpent || this.#place.storage === "memory") return;
    // Where there is no room for a reserve, the next time may find some.
    this.#growing = this.#keep().catch(() => {}).finally(() => {
      this.#growing = undefined;
      this.#isStuck = false;
    });
  }

  /** Whether a save should wait for the reserve. */
  get lags(): boolean {
    return this.#growing !== undefined && !this.#isStuck && this.#length - this.#opened > this.#enough + AHEAD_MAX;
  }

  /** Waits for the reserve, but not for long. */
  async catchUp(): Promise<void> {
    const over = Date.now() + WAIT_MAX;
    while (this.lags) {
      if (Date.now() > over) this.#isStuck = true;
      else await Promise.race([this.#growing, new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL))]);
    }
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
    this.opened(length);
  }

  async #keep(): Promise<void> {
    const { keep } = await reserve();
    await keep(this.#place, () => (this.#isSpent ? 0 : this.#length), (enough) => (this.#enough = enough));
  }
}
