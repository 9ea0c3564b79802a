/**
 * Room for deletions where there is no other.
 *
 * Where only deletions wait, the reserve is given away. Until two snapshots without what was
 * deleted are written, nothing but deletions is taken, so that they have the reserve for
 * themselves.
 */

import { encodeBatch, onlyDeletes } from "./batch.js";
import type { Connection } from "./connection.js";
import type { Engine } from "./engine.js";
import type { PlainError } from "./error.js";
import { Keeper } from "./keeper.js";
import { sessionKey } from "./names.js";
import { notSaved } from "./outcome.js";
import type { Place } from "./place.js";

/** Starts something with the engine that is waited for before the engine ends. */
type Track = <T>(start: () => Promise<T>) => Promise<T>;

export class Room {
  readonly #host: string;
  readonly #keeper: Keeper;
  readonly #track: Track;
  #isTight = false;
  #loosening: Promise<void> | undefined;
  /** A transaction of deletions waits. */
  #deletes = false;

  constructor(host: string, place: Place, track: Track) {
    this.#host = host;
    this.#keeper = new Keeper(place);
    this.#track = track;
  }

  /** Whether the reserve was given away, so that only deletions are taken. */
  get isTight(): boolean {
    return this.#isTight;
  }

  /** So many bytes were written. */
  wrote(length: number): void {
    if (!this.#isTight) this.#keeper.wrote(length);
  }

  /** So many bytes were there when the store was opened. */
  opened(length: number): void {
    if (!this.#isTight) this.#keeper.opened(length);
  }

  /** Whether a commit has to wait for `ready`. */
  isAwaited(batch: Uint8Array | undefined): boolean {
    return this.#isTight ? !isDeletion(batch) : this.#keeper.lags;
  }

  /** Waits until there is room for the commit as far as that can be had; whether it may be made. */
  async ready(engine: Engine | undefined, batch: Uint8Array | undefined): Promise<boolean> {
    if (this.#isTight && !isDeletion(batch)) await this.loosen(engine);
    else await this.#keeper.catchUp();
    return !this.#isTight || isDeletion(batch);
  }

  /** A transaction that only deletes waits for room. */
  wants(): void {
    this.#deletes = true;
  }

  /** Gives the reserve away if deletions wait, and only to them. */
  async make(connections: Iterable<Connection>, failure: PlainError | undefined): Promise<void> {
    const waiting = [...connections].flatMap((connection) => [...connection.waiting.values()].map(({ seq, batch }) => ({ connection, seq, deletes: onlyDeletes(batch) })));
    if (!this.#deletes && !waiting.some(({ deletes }) => deletes)) return;
    this.#deletes = false;
    for (const { connection, seq, deletes } of waiting) if (!deletes) connection.lost([seq], notSaved(failure, failure));
    // Where it cannot be given away, opening tells.
    await this.#keeper.spend().catch(() => {});
    this.#isTight = true;
  }

  /** Takes the snapshots with which what was deleted leaves the disk. */
  loosen(engine: Engine | undefined): Promise<void> {
    if (!engine) return Promise.resolve();
    this.#loosening ??= this.#takeTwo(engine).catch(() => {
      // There is still no room: more has to be deleted.
    }).finally(() => (this.#loosening = undefined));
    return this.#loosening;
  }

  async #takeTwo(engine: Engine): Promise<void> {
    await this.#track(() => engine.snapshot());
    // The log goes with the second, and there is none without a commit in between.
    await this.#track(() => engine.submit(encodeBatch([{ key: sessionKey(this.#host, "c"), value: undefined }])));
    const { length } = await this.#track(() => engine.snapshot() as Promise<{ length: number }>);
    this.#isTight = false;
    this.#keeper.renew(length);
  }
}

function isDeletion(batch: Uint8Array | undefined): boolean {
  return batch !== undefined && onlyDeletes(batch);
}
