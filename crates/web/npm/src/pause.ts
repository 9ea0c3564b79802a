/**
 * Notices when the saving pauses, which is the moment for a snapshot.
 *
 * The engine takes one by itself when the log is as long as `snapshotAfter`: in the midst of the work that made it so long. One taken when
 * nobody saves keeps nobody waiting, and the next open is as short.
 */

/** For so long nobody saves, in milliseconds, or for up to twice as long. */
const PAUSE = 2000;

export class Pause {
  readonly #onPause: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wasSaved = false;

  constructor(onPause: () => void) {
    this.#onPause = onPause;
  }

  /** Something was saved. One timer for many saves: each costs no more than this. */
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
