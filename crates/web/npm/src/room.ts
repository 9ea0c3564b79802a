/**
 * Room for deletions where there is no other.
 *
 * Where deletions wait, the reserve is given away, and also where there may have been some and it
 * finds no room to grow. Until the store is compacted, nothing but deletions is taken, so that they
 * have the reserve for themselves. Compacting lets go of the second copy of the newest snapshot,
 * writes one without what was deleted, and lets go of the rest; a crash in between loses nothing.
 * After a reload nobody knows what was deleted: the first save that finds no room tries it.
 */

import { onlyDeletes } from "./batch.js";
import type { Connection } from "./connection.js";
import type { Engine } from "./engine.js";
import type { PlainError } from "./error.js";
import { Keeper } from "./keeper.js";
import { storedIn } from "./opening.js";
import { notSaved } from "./outcome.js";
import type { Place } from "./place.js";

/** A compaction that fails takes long, and nobody should wait for the next at once, in ms. */
const PAUSE = 1000;

/** Starts something with the engine that is waited for before the engine ends. */
type Track = <T>(start: () => Promise<T>) => Promise<T>;

export class Room {
  readonly #keeper: Keeper;
  readonly #track: Track;
  #engine: Engine | undefined;
  #isTight = false;
  #loosening: Promise<void> | undefined;
  /** Something may have been deleted since the last compacting; what was before, nobody knows. */
  #hasDeleted = true;
  /** The next is not begun before this, as `performance.now()` counts. */
  #again = 0;
  /** A transaction of deletions waits. */
  #deletes = false;
  /** The last commit found no room, and none was made since. */
  isRefusing = false;

  /** `expects` tells how many bytes are about to be committed. */
  constructor(place: Place, expects: () => number, track: Track) {
    this.#keeper = new Keeper(place, expects);
    this.#track = track;
  }

  /** Whether the reserve was given away, so that only deletions are taken. */
  get isTight(): boolean {
    return this.#isTight;
  }

  /** So many bytes were written. */
  wrote(length: number): void {
    this.isRefusing = false;
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
    const deletes = isDeletion(batch);
    // Also while the store is compacted: the snapshot may have begun without it.
    if (deletes) this.#hasDeleted = true;
    if (this.#isTight) return !deletes;
    this.#keeper.prepare();
    return this.#keeper.lags || this.#isShort;
  }

  /** Whether the reserve is needed: early where it can make room, while that is enough. */
  get #isShort(): boolean {
    return this.#hasDeleted ? this.#keeper.isFull : this.#keeper.lacks;
  }

  /** Waits until there is room for the commit as far as that can be had; whether it may be made. */
  async ready(batch: Uint8Array | undefined): Promise<boolean> {
    const hasRoom = await this.#hasRoom(batch);
    this.isRefusing = !hasRoom;
    return hasRoom;
  }

  async #hasRoom(batch: Uint8Array | undefined): Promise<boolean> {
    // That it is tight may come out meanwhile.
    await this.#keeper.catchUp();
    const deletes = isDeletion(batch);
    if (deletes) this.#hasDeleted = true;
    if (!this.#isTight && this.#isShort) {
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

  /**
   * Gives the reserve away: to deletions that wait, or after deletions, whose room comes back by
   * compacting. What it was given for, if it was.
   */
  async make(connections: Connection[]): Promise<"delete" | "compact" | undefined> {
    const isWanted = this.#deletes || connections.some(({ waiting }) => [...waiting.values()].some(({ batch }) => onlyDeletes(batch)));
    if (!isWanted && !this.#hasDeleted) return undefined;
    this.#deletes = false;
    await this.#tighten();
    return isWanted ? "delete" : "compact";
  }

  /**
   * The store is open, and the connections know what is in it: compacts it if that is what room was
   * made for, and refuses saves where the room is not theirs.
   */
  async admit(engine: Engine, connections: Connection[], made: "delete" | "compact", failure: PlainError | undefined): Promise<void> {
    this.opened(engine);
    if (made === "compact") await this.loosen();
    if (!this.#isTight) return;
    for (const connection of connections) {
      const saves = [...connection.waiting.values()].filter(({ seq, batch }) => seq > connection.last && !onlyDeletes(batch));
      connection.lost(saves.map(({ seq }) => seq), notSaved(failure, failure));
    }
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
    if (!engine || performance.now() < this.#again) return;
    this.#again = performance.now() + PAUSE;
    this.#hasDeleted = false;
    try {
      await this.#track(() => engine.snapshot(true));
    } catch (thrown) {
      this.#hasDeleted = true;
      throw thrown;
    }
    this.#keeper.renew(() => storedIn(engine));
    this.#isTight = this.isRefusing = false;
  }
}

function isDeletion(batch: Uint8Array | undefined): boolean {
  return batch !== undefined && onlyDeletes(batch);
}
