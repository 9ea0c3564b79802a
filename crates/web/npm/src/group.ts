/**
 * Commits that were asked for in one go, sent as one commit.
 *
 * A program with a hundred saves in flight asks for the next hundred when the last are answered,
 * one after the other and without a pause. A message, a log frame and a promise for each of them
 * would take more time than the disk. So everything asked for until the program pauses (until its
 * microtasks are done) is sent as one commit. All of it or nothing of it is durable, and nobody is
 * told before that.
 *
 * A group stays below the length from which on browsers keep a value in a file of its own. It also
 * stays small enough that a small save does not fail together with a large one.
 */

import { type EncodedChange, lengthOf } from "./batch.js";
import type { SteadfastError } from "./error.js";

const LENGTH_MAX = 60_000;

/** Who is told the outcome. */
export interface Settle<T> {
  resolve: (value: T) => void;
  reject: (error: SteadfastError) => void;
}

export class Group implements Settle<void> {
  readonly changes: EncodedChange[] = [];
  readonly #waiting: Settle<void>[] = [];
  #length = 0;

  /** Whether these changes fit into the group as well. The first ones always do. */
  fits(changes: readonly EncodedChange[]): boolean {
    return this.#waiting.length === 0 || this.#length + lengthOf(changes) <= LENGTH_MAX;
  }

  add(changes: readonly EncodedChange[], waiting: Settle<void>): void {
    this.#length += lengthOf(changes);
    for (const change of changes) this.changes.push(change);
    this.#waiting.push(waiting);
  }

  resolve(): void {
    for (const { resolve } of this.#waiting) resolve();
  }

  reject(error: SteadfastError): void {
    for (const { reject } of this.#waiting) reject(error);
  }
}
