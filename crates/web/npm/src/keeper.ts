/**
 * Sees to it that the reserve grows with the data, and gives it away when only that helps.
 *
 * **Invariant: once half of the data is deleted, a snapshot of the rest fits** into the reserve and
 * the room of what goes before it (`spareLength`: a second copy, as long as the snapshot that it
 * is a copy of). So for little data the reserve is as long as they are, and for more it is what
 * half of them need and that copy does not give.
 *
 * Saves that are faster than the reserve wait for it, or a quota would be reached with a reserve of
 * nothing. What is about to be saved counts: the reserve comes first, and where there is no room
 * for it there is none for the save.
 */

import type { Place } from "./place.js";
import { reserve } from "./parts.js";

/** Less than this is not worth a reserve. In bytes. */
const LEAST = 64 << 10;

/** Up to so many bytes there are as many of reserve. */
const WHOLE_MAX = 16 << 20;

/** What a snapshot, its manifests and the browser's own records need besides its contents. */
const MARGIN = 2 << 20;

/** So many bytes more than the reserve may be written before a save waits for it. */
const AHEAD_MAX = 512 << 10;

/**
 * No save waits longer than this while the reserve does not grow, in milliseconds: a browser may
 * keep it waiting.
 */
const WAIT_MAX = 1000;

/** Between two looks at how far the reserve is, in milliseconds. */
const LOOK_INTERVAL = 10;

/** What is stored: the contents, and what is kept beside them, in bytes. */
export interface Stored { length: number; spare: number }

export class Keeper {
  readonly #place: Place;
  /** What is stored now. */
  #measure: () => Stored = () => ({ length: 0, spare: 0 });
  #stored: Stored = { length: 0, spare: 0 };
  /** How much is about to be written. */
  readonly #expects: () => number;
  /** How much was there when the store was opened. */
  #opened = 0;
  /** How long the reserve is; unknown before the first look at it. */
  #kept = 0;
  #isKnown = false;
  #growing: Promise<void> | undefined;
  #isSpent = false;
  #isStuck = false;
  #isFull = false;
  #isOver = false;
  /** The browser failed otherwise than for the quota. */
  #isBroken = false;

  /** `expects` tells how many bytes are about to be written. */
  constructor(place: Place, expects: () => number) {
    this.#place = place;
    this.#expects = expects;
  }

  /** A store was opened. */
  opened(measure: () => Stored): void {
    this.#measure = measure;
    this.#isBroken = false;
    this.#stored = measure();
    this.#opened = this.#stored.length;
    this.#grow();
  }

  /** More is about to be written. */
  prepare(): void {
    this.#grow();
  }

  /** Nothing will be written any more. */
  end(): void {
    this.#isOver = true;
  }

  /** So many bytes were written. */
  wrote(length: number): void {
    this.#stored.length += length;
    this.#isBroken = false;
    this.#grow();
  }

  /** Whether a save should wait for the reserve. */
  get lags(): boolean {
    if (!this.#growing || this.#isStuck) return false;
    return !this.#isKnown || this.#stored.length + this.#expected - this.#opened > AHEAD_MAX && this.#kept < this.#wanted - AHEAD_MAX;
  }

  /** Whether the reserve found no room to grow when it last tried. */
  get isFull(): boolean {
    return this.#isFull && !this.#isSpent;
  }

  /** Whether there is no room for the reserve that a save needs: it is refused. */
  get lacks(): boolean {
    return this.isFull && this.#kept < this.#forHalf(Math.min(MARGIN, this.#stored.length / 8)) - AHEAD_MAX;
  }

  /** Waits for the reserve, but not for long. */
  async catchUp(): Promise<void> {
    let [before, over] = [this.#kept, performance.now() + WAIT_MAX];
    while (this.lags) {
      if (this.#kept > before) [before, over] = [this.#kept, performance.now() + WAIT_MAX];
      if (performance.now() > over) this.#isStuck = true;
      else await Promise.race([this.#growing, new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL))]);
    }
  }

  /** Gives the reserve away. */
  async spend(): Promise<void> {
    this.#isSpent = true;
    this.#isFull = false;
    const { remove } = await reserve();
    // Who has the reserve open and is suspended keeps it: it is given away when that one goes on.
    await Promise.race([remove(this.#place), new Promise((resolve) => setTimeout(resolve, WAIT_MAX))]);
  }

  /** There is room again: the reserve begins anew. */
  renew(measure: () => Stored): void {
    this.#isSpent = false;
    this.#kept = 0;
    this.opened(measure);
  }

  /** How long the reserve should be. */
  get #wanted(): number {
    const total = this.#stored.length + this.#expected;
    return total <= LEAST ? 0 : Math.max(Math.min(total, WHOLE_MAX), this.#forHalf(MARGIN));
  }

  /** What a snapshot of half of the data needs that is not there beside it. */
  #forHalf(margin: number): number {
    // What a commit that finds no room has written goes late.
    const half = (this.#stored.length + this.#expected) / 2 + margin + this.#expected;
    // Chromium counts the next power of two for an open private file.
    const counted = this.#place.storage === "opfs" ? 2 ** Math.ceil(Math.log2(half)) : half;
    return counted - this.#stored.spare;
  }

  get #expected(): number {
    return this.#expects();
  }

  #grow(): void {
    if (this.#growing || this.#isSpent || this.#isOver || this.#isBroken || this.#place.storage === "memory" || this.#kept >= this.#wanted) return;
    try {
      // What was overwritten is counted no more, once a snapshot is without it.
      this.#stored = this.#measure();
    } catch {
      // The engine failed. The next one is measured.
      return;
    }
    if (this.#kept >= this.#wanted) return;
    // Where there is no room for a reserve, the next time may find some.
    this.#growing = this.#keep().then(() => (this.#isFull = false), (thrown: unknown) => {
      this.#isFull = /^Quota(?!.*(disk full|full disk))/.test(String(thrown));
      // On a disk without a free block nothing may be opened before the store is (`disk.rs`).
      this.#isBroken = !this.#isFull;
    }).then(() => {
      this.#growing = undefined;
      this.#isStuck = false;
    });
  }

  async #keep(): Promise<void> {
    const { keep } = await reserve();
    const wanted = (): number => (this.#isSpent || this.#isOver ? 0 : this.#wanted);
    await keep(this.#place, wanted, (length) => {
      [this.#kept, this.#isKnown] = [length, true];
    });
  }
}
