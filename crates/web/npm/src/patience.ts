/**
 * Notices when nothing is heard of the writer while something waits for it.
 *
 * ```text
 *  0 s      1 s                    3 s                  8 s
 *  │ silent │ asked: are you there? │ told that it waits │ the candidate takes over
 *  │        │ and again each second │                    │
 * ```
 * Whatever the writer says is a sign of life, so one that works long is waited for. One that says
 * that it is about to open the database is told of, and not replaced.
 */

/** From then on people are told. In milliseconds, as all of these. */
const TELL_AFTER = 3000;
/** From then on the writer counts as suspended. */
const TAKE_OVER_AFTER = 8000;
const TICK = 1000;

/** What a tab waits for. */
export interface Waiter {
  /** Whether anything is unanswered. */
  waits(): boolean;
  /** Asks the writer for a sign of life. */
  ask(): void;
  /** Tells people since when the writer is silent, or with `undefined` that it is not any more. */
  tell(since: number | undefined): void;
  takeOver(): void;
}

export class Patience {
  readonly #waiter: Waiter;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ticked = 0;
  /** A tab that was suspended itself has heard nothing: it asks before it blames anybody. */
  #isExcused = false;
  #silentSince = 0;
  /** Until then somebody was at work on being the writer: nobody takes that away. */
  #atWork = 0;
  #isTold = false;

  constructor(waiter: Waiter) {
    this.#waiter = waiter;
  }

  /** Something waits from now on. */
  begin(): void {
    if (this.#timer !== undefined) return;
    this.#silentSince = this.#ticked = performance.now();
    this.#next();
  }

  /** The writer said something. */
  heard(): void {
    this.#silentSince = performance.now();
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#waiter.tell(undefined);
  }

  /** Somebody opens the database, and is not there yet: people are told all the same. */
  postpone(): void {
    this.#atWork = performance.now();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #next(): void {
    this.#timer = setTimeout(() => this.#tick(), TICK);
  }

  #tick(): void {
    this.#timer = undefined;
    if (!this.#waiter.waits()) return this.heard();
    const now = performance.now();
    this.#isExcused = now - this.#ticked > 2 * TICK && !this.#isExcused;
    this.#ticked = now;
    const silent = now - this.#silentSince;
    this.#next();
    if (silent >= TICK) this.#waiter.ask();
    if (this.#isExcused) return;
    if (silent >= TELL_AFTER && !this.#isTold) {
      this.#isTold = true;
      this.#waiter.tell(Date.now() - silent);
    }
    if (Math.min(silent, now - this.#atWork) >= TAKE_OVER_AFTER) this.#waiter.takeOver();
  }
}
