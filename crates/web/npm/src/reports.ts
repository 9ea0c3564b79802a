/**
 * What the database tells about itself.
 */

import type { PlainError } from "./error.js";

/** What acknowledged changes outlive. */
export type Survives =
  /** The power may fail. IndexedDB with strict durability. */
  | "power-loss"
  /** The tab or the browser may be killed; the machine must stay up. OPFS. */
  | "process-crash"
  /** Gone when the page is. */
  | "nothing";

/** A whole state that was saved. */
export interface SnapshotInfo {
  /** The last commit in it. */
  commits: number;
  /** Its length in bytes. */
  length: number;
}

/** What a crash left of commits that nobody was promised. */
export interface TornTail { key: string; offset: number; length: number }

/** What recovery did when the present writer opened the store. */
export interface RecoveryReport {
  /** Everything was as a clean end leaves it. */
  clean: boolean;
  /** There was no store yet. */
  created: boolean;
  /** The snapshot that was loaded. */
  snapshot: SnapshotInfo | null;
  /** How many commits of the log were applied to it. */
  replayed: number;
  /** The last commit that was found. */
  commits: number;
  /** What a crash cut short. Not damage. */
  torn: TornTail | null;
  /**
   * Damaged things that were not needed, because something else that is kept gives the same state.
   */
  skipped: PlainError[];
}

/** The memory of the engine, in bytes. */
export interface MemoryState {
  /**
   * What it has taken. Room of deleted values is used again, and given back when the page is loaded
   * again.
   */
  used: number;
  /** What it can take at most; a device may have less. */
  available: number;
  /** The end is near: soon larger changes are refused (`OutOfMemory`). */
  isNear: boolean;
}

/** How the database stands. */
export interface Status {
  name: string;
  storage: "indexeddb" | "opfs" | "memory";
  /**
   * Why it can be read and not written at this moment: there is no room, as a rule. `null` where it
   * can be written.
   */
  failure: PlainError | null;
  /** Where it is, in the backend's words. */
  location: string;
  survives: Survives;
  /** How many keys there are. */
  keys: number;
  /** How many commits there have been. */
  commits: number;
  /** How many writers there have been. */
  epoch: number;
  segments: number;
  /** Bytes of log behind the newest snapshot. */
  logLength: number;
  /** Bytes that are kept in case that the newest snapshot is damaged. */
  spareLength: number;
  snapshots: SnapshotInfo[];
  recovery: RecoveryReport;
  /** Whether this tab writes, or another one does it for it. */
  writer: "this tab" | "another tab";
  /** How many tabs have the database open. */
  tabs: number;
  /** All contents are in memory; this is that of the tab that writes. */
  memory: MemoryState;
  /** What the whole site has used and may use in all, in bytes, as far as the browser tells. */
  quota: { used: number; available: number } | null;
  /** Whether the browser promised not to evict the site's data; see {@link Database.persist}. */
  persisted: boolean;
}

/** What a check of every checksum found. */
export interface VerifyReport {
  /** Nothing is damaged or missing. */
  sound: boolean;
  damage: PlainError[];
  torn: TornTail | null;
  manifests: number;
  snapshots: number;
  segments: number;
  commits: number;
  bytes: number;
}
