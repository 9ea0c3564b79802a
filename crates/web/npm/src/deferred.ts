/**
 * Commits that wait for room on the disk, in the order in which they came: a tab's commits must not
 * pass each other.
 */

import { tellBroken } from "./broken.js";
import type { Connection, Waiting } from "./connection.js";
import { plain } from "./error.js";
import type { Room } from "./room.js";

export class Deferred {
  readonly #room: Room;
  /** Commits or refuses one that has waited. */
  readonly #go: (connection: Connection, waiting: Waiting, isReady: boolean) => void;
  /** By their tab and number. */
  readonly #line: [Connection, number][] = [];

  constructor(room: Room, go: (connection: Connection, waiting: Waiting, isReady: boolean) => void) {
    this.#room = room;
    this.#go = go;
  }

  /** Whether the commit waits, because it has to or because others do. */
  takes(connection: Connection, seq: number, batch: Uint8Array): boolean {
    const mustWait = this.#room.isAwaited(batch);
    if (!mustWait && this.#line.length === 0) return false;
    if (this.#line.push([connection, seq]) === 1) void this.#move();
    return true;
  }

  async #move(): Promise<void> {
    for (let next; (next = this.#line[0]); this.#line.shift()) {
      const [connection, seq] = next;
      try {
        const waiting = connection.waiting.get(seq);
        const isReady = waiting && await this.#room.ready(waiting.batch);
        // Answered meanwhile, or submitted by a recovery.
        if (waiting === undefined || connection.waiting.get(seq) !== waiting || waiting.isSubmitted) continue;
        this.#go(connection, waiting, isReady === true);
      } catch (thrown) {
        // Those behind it do not wait for ever. A broken engine is the end of all of them.
        if (!tellBroken(thrown)) connection.lost([seq], plain(thrown));
      }
    }
  }
}
