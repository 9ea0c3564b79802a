/**
 * What tabs say to each other.
 *
 * ```text
 *  tab                                writer
 *   | -- hello -----------------------> |   on the common channel, at an open or a new writer
 *   | <--------------- welcome(token) -- |   on the tab's own channel; the token is sent along
 *   | -- commit(seq), ask(id) ---------> |   what is unanswered, again after every welcome
 *   │ ◀── done(seq), answer(id), … ───── │
 * ```
 * A message with another token than the last welcome's is dropped. So after every welcome the
 * writer sees a tab's commits in order and without a gap, whatever was under way when the last
 * writer died.
 *
 * **A message can get lost**: Chromium drops those to a page at a breakpoint. So each end numbers
 * what it sends after a welcome, and where a number is missing the tab says hello again. Without
 * that a later commit would be taken as a sign that an earlier one, which was lost, is stored.
 */

import type { PlainError } from "./error.js";
import type { MemoryState } from "./reports.js";
import type { LocalPort } from "./local-port.js";

/** Where messages go: between a tab and its own worker, between tabs, within a thread. */
export type Port = MessagePort | BroadcastChannel | LocalPort;

/** From a tab to the writer. */
export type ToWriter =
  | { type: "hello"; client: string }
  /** The token is that of the last welcome; the first message after it has number 1. */
  | Request & { token: string; number: number };

/** What a tab wants of the writer that has welcomed it. */
export type Request =
  /** `first`: it was sent to no other writer before, which may have committed it. */
  | { type: "commit"; seq: number; batch: Uint8Array; first: boolean }
  | { type: "ask"; id: number; method: string; parameters: unknown[] }
  /** Whether the writer is still there: the answer is `alive`. */
  | { type: "ping" }
  /** The tab is about to close. */
  | { type: "bye" };

/** From the writer to a tab: of the last welcome's session, in which the welcome has number 0. */
export type FromWriter = ToClient & { session: string; number: number };

/** What a writer says to a tab. */
export type ToClient =
  | { type: "welcome"; host: string; epoch: number; token: string; store: string; title: string }
  /** The writer is there, whatever else it does. */
  | { type: "alive" }
  /** The engine's memory comes near its end. */
  | { type: "near"; memory: MemoryState }
  /** The data is gone. There is no writer any more, and there will be none for this store. */
  | { type: "gone"; error: PlainError }
  /** Another writer has taken over, or this one doubts that the tab lives: it says hello again. */
  | { type: "moved" }
  /** Commit `seq` is durable. */
  | { type: "done"; seq: number }
  /** These commits failed; the connection is over until the tab says hello again. */
  | { type: "lost"; token: string; seqs: number[]; error: PlainError }
  | { type: "answer"; id: number; value: unknown }
  | { type: "refuse"; id: number; error: PlainError }
  /**
   * What changed, in order; there have been so many commits now. `missed`: there were changes that
   * are not told.
   */
  | { type: "changes"; commits: number; batches: Uint8Array[]; missed: boolean };

/** To all tabs, from whoever is about to write (`opening`) and from whoever can (`writer`). */
export interface Announcement { type: "opening" | "writer"; host: string }

/** From a tab's candidate for the writer's seat to that tab. */
export type FromCandidate =
  /** The worker lives for as long as this lock is held. */
  | { type: "alive"; lock: string }
  /** The database could not be opened, or the engine broke down. */
  | { type: "failed"; error: PlainError }
  | { type: "here" }
  /** It has let go of everything. */
  | { type: "resigned" };

/** From a tab to its candidate. */
export type ToCandidate =
  /** Finish what is under way, and end. */
  | { type: "resign" }
  /** The store that the tab has open. */
  | { type: "store"; store: string }
  /** The writer does not answer: take its place. */
  | { type: "take-over" }
  /** Whether the candidate is still there: the answer is `here`. */
  | { type: "ping" };
