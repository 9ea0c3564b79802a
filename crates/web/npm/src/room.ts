/**
 * Room for deletions where there is no other.
 *
 * Where only deletions wait, the reserve is given away. Until the store is compacted, nothing but
 * deletions is taken, so that they have the reserve for themselves. Compacting lets go of the
 * second copy of the newest snapshot, writes one without what was deleted, and lets go of the rest:
 * a crash in between loses nothing, and the reserve's mark says after a reload that it is still to
 * be done.
 */

import { onlyDeletes } from "./batch.js";
import type { Connection } from "./connection.js";
import type { Engine } from "./engine.js";
import type { PlainError } from "./error.js";
import { Keeper } from "./keeper.js";
import { storedIn } from "./opening.js";
import { notSaved } from "./outcome.js";
import type { Place } from "./place.js";

/** Starts something with the engine that is waited for before the engine ends. */
type Track = <T>(start: () => Promise<T>) => Promise<T>;

export class Room {
  readonly #keeper: Keeper;
  readonly #track: Track;
  #engine: Engine | undefined;
  #isTight = false;
  #loosening: Promise<void> | undefined;
  /** Something was deleted since the last compacting. */
  #hasDeleted = false;
  /** A transaction of deletions waits. */
  #deletes = false;

  /** `expects` tells how many bytes are about to be committed. */
  constructor(place: Place, expects: () => number, track: Track) {
    this.#keeper = new Keeper(place, expects, () => {
      this.#isTight = true;
      void this.loosen();
    });
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

  /** A store was opened, and an engine has it. */
  opened(engine: Engine): void {
    this.#engine = engine;
    if (!this.#isTight) this.#keeper.opened(() => storedIn(engine));
  }

  /** The engine is of no more use. */
  failed(): void {
    this.#engine = undefined;
  }

  end(): void {
    this.#keeper.end();
  }

  /** Whether a commit has to wait for `ready`. */
  isAwaited(batch: Uint8Array | undefined): boolean {
    if (this.#isTight) return !isDeletion(batch);
    this.#keeper.prepare();
    const deletes = isDeletion(batch);
    if (deletes) this.#hasDeleted = true;
    return this.#keeper.lags || (deletes ? this.#keeper.isFull : this.#keeper.lacks);
  }

  /** Waits until there is room for the commit as far as that can be had; whether it may be made. */
  async ready(batch: Uint8Array | undefined): Promise<boolean> {
    // That it is tight may come out meanwhile.
    await this.#keeper.catchUp();
    const deletes = isDeletion(batch);
    if (deletes) this.#hasDeleted = true;
    if (!this.#isTight && (deletes ? this.#keeper.isFull : this.#keeper.lacks)) {
      if (!this.#hasDeleted) return false;
      await this.#tighten();
    }
    // Without an engine the next commit tries to open the store.
    if (!this.#isTight || deletes || !this.#engine) return true;
    await this.loosen();
    return !this.#isTight;
  }

  /** A transaction that only deletes waits for room. */
  wants(): void {
    this.#deletes = true;
  }

  /** Gives the reserve away if deletions wait, and only to them. */
  async make(connections: Iterable<Connection>, failure: PlainError | undefined): Promise<void> {
    const waiting = [...connections].flatMap((connection) => [...connection.waiting.values()].map(({ seq, batch }) => ({ connection, seq, deletes: onlyDeletes(batch) })));
    // Deletions before the disk was full have made room as well.
    if (!this.#deletes && !this.#hasDeleted && !waiting.some(({ deletes }) => deletes)) return;
    this.#deletes = false;
    for (const connection of new Set(waiting.map(({ connection }) => connection))) {
      const puts = waiting.filter((one) => one.connection === connection && !one.deletes);
      connection.lost(puts.map(({ seq }) => seq), notSaved(failure, failure));
    }
    await this.#tighten();
  }

  /** Gives the reserve to deletions. Where it cannot be given away, the next commit tells. */
  async #tighten(): Promise<void> {
    await this.#keeper.spend().catch(() => {});
    this.#isTight = true;
  }

  /** Compacts the store, with which what was deleted leaves the disk. */
  loosen(): Promise<void> {
    this.#loosening ??= this.#compact().catch(() => {
      // There is still no room: more has to be deleted.
    }).finally(() => (this.#loosening = undefined));
    return this.#loosening;
  }

  async #compact(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    await this.#track(() => engine.snapshot(true));
    this.#keeper.renew(() => storedIn(engine));
    this.#isTight = this.#hasDeleted = false;
  }
}

function isDeletion(batch: Uint8Array | undefined): boolean {
  return batch !== undefined && onlyDeletes(batch);
}
