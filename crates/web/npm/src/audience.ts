/**
 * The tabs that are told of changes. The engine remembers changes only while there is one.
 */

import { isPiece } from "./batch.js";
import type { Connection } from "./connection.js";
import type { Engine } from "./engine.js";

export class Audience {
  readonly #connections: ReadonlyMap<string, Connection>;
  /** Whether the engine remembers changes. */
  #isThere = false;

  constructor(connections: ReadonlyMap<string, Connection>) {
    this.#connections = connections;
  }

  /** A tab came or went, or the engine is another one. */
  update(engine: Engine): void {
    this.#isThere = [...this.#connections.values()].some(({ subscribed }) => subscribed);
    engine.listen(this.#isThere);
  }

  /** Tells what was applied, in the order in which it was. */
  publish(engine: Engine): void {
    const batches = this.#isThere ? engine.drain() as Uint8Array[] : [];
    if (batches.length > 0) this.tell(engine, batches.filter((batch) => !isPiece(batch)), false);
  }

  tell(engine: Engine, batches: Uint8Array[], missed: boolean): void {
    const commits = engine.commits() as number;
    for (const connection of this.#connections.values()) {
      if (connection.subscribed) connection.send({ type: "changes", commits, batches, missed });
    }
  }
}
