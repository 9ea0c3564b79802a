/**
 * Which database, where, and how.
 */

/** Where the WebAssembly comes from, where the default does not fit. */
export type WasmSource = string | URL | BufferSource | WebAssembly.Module;

/** What a database is opened with, in a form that can be sent to a worker. */
export interface Place {
  name: string;
  storage: "indexeddb" | "opfs" | "memory";
  /** A snapshot is due when the log is this long, in bytes. */
  snapshotAfter: number;
  wasm: WasmSource | undefined;
  wholeWasm: WasmSource | undefined;
  /** Begin a new database where the old one was evicted. */
  anew: boolean;
  /** Which store the tab has had open: from then on no other may take its place. */
  store?: string | undefined;
  /** Take the lock away from a writer that does not answer. */
  takesOver?: boolean;
  /** The streams that replace what is there, should that not open. */
  backup?: [string, Blob][] | undefined;
}
