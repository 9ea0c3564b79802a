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
  readonly #line: [Connection, Waiting][] = [];

  constructor(room: Room, go: (connection: Connection, waiting: Waiting, isReady: boolean) => void) {
    this.#room = room;
    this.#go = go;
  }

  /** Whether the commit waits, because it has to or because others do. */
  takes(connection: Connection, seq: number, batch: Uint8Array): boolean {
    const mustWait = this.#room.isAwaited(batch);
    if (!mustWait && this.#line.length === 0) return false;
    const waiting = connection.waiting.get(seq);
    if (waiting && this.#line.push([connection, waiting]) === 1) void this.#move();
    return true;
  }

  async #move(): Promise<void> {
    for (let next; (next = this.#line[0]); this.#line.shift()) {
      const [connection, waiting] = next;
      // Answered meanwhile, submitted by a recovery, or sent again: then it stands further behind.
      const isOver = (): boolean => connection.waiting.get(waiting.seq) !== waiting || waiting.isSubmitted;
      try {
        if (isOver()) continue;
        const isReady = await this.#room.ready(waiting.batch);
        if (!isOver()) this.#go(connection, waiting, isReady);
      } catch (thrown) {
        // Those behind it do not wait for ever. A broken engine is the end of all of them.
        if (!tellBroken(thrown)) connection.lost([waiting.seq], plain(thrown));
      }
    }
  }
}
