/**
 * Looks from time to time whether what was opened is still there.
 *
 * Nothing tells an open file that it was removed, and reading is done from memory: a tab that only
 * reads would show for ever what the person has cleared.
 */

/** Between two looks, in milliseconds. A look reads one row or asks for one name. */
const INTERVAL = 2000;

export class Watch {
  readonly #look: () => Promise<unknown>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(look: () => Promise<unknown>) {
    this.#look = look;
    this.#next();
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #next(): void {
    if (this.#isOver) return;
    // A look that fails tells nothing, and the next one may.
    const timer = (this.#timer = setTimeout(() => void this.#look().catch(() => {}).then(() => this.#next()), INTERVAL));
    // Node ends when nothing but this is left to do.
    (timer as { unref?: () => void }).unref?.();
  }
}
