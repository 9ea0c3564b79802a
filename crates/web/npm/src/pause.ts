/**
 * Notices when the saving pauses, which is the moment for a snapshot.
 *
 * The engine takes one by itself when the log is as long as `snapshotAfter`: in the midst of the
 * work that made it so long. A snapshot in a pause delays nobody, and makes the next open as short.
 */

/** How long nobody has to save, in milliseconds. The snapshot comes after up to twice that time. */
const PAUSE = 2000;

export class Pause {
  readonly #onPause: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wasSaved = false;

  constructor(onPause: () => void) {
    this.#onPause = onPause;
  }

  /** Something was saved. One timer serves many saves, so that each costs no more than this. */
  saved(): void {
    this.#wasSaved = true;
    this.#timer ??= setTimeout(() => this.#look(), PAUSE);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#wasSaved) {
      this.saved();
      this.#wasSaved = false;
    } else {
      this.#onPause();
    }
  }
}
