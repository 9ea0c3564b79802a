/**
 * A database in the browser that keeps what it acknowledged.
 *
 * ```js
 * import { open } from "steadfast";
 * const db = await open("notes");
 * await db.put("greeting", "hello");    // resolved: it survives a power failure
 * ```
 *
 * @packageDocumentation
 */

import { isUrl } from "./check.js";
import { Client, type WriterState } from "./client.js";
import { useCopies } from "./copies.js";
import { Database } from "./database.js";
import { SteadfastError, isOurs, plain } from "./error.js";
import type { Place, WasmSource } from "./place.js";
import type { Task } from "./errand.js";
import type { Streams } from "./tar.js";
import type { WorkerSource } from "./make-worker.js";
import { read } from "./options.js";
import { inline, rare, restoring, tar, thread } from "./parts.js";
import { mayKeep, useShared } from "./site.js";

export { type Change, type ChangeEvent, Database, type ScanOptions } from "./database.js";
export { type ErrorKind, type PlainError, type Remedy, SteadfastError } from "./error.js";
export type { MemoryState, RecoveryReport, SnapshotInfo, Status, Survives, TornTail, VerifyReport } from "./reports.js";
export type { Transaction } from "./transaction.js";
export type { Json, Storable, Value } from "./value.js";
export type { WasmSource, WorkerSource, WriterState };

/** How a database is opened. The defaults are right for most. */
export interface OpenOptions {
  /**
   * Where it lives.
   *
   * * `"indexeddb"` (the default): strict durability. What was acknowledged outlives a killed
   *   browser and a **power failure**.
   * * `"opfs"`: the private file system, in a worker, two to four times faster. Outlives a killed
   *   tab or browser; a **power failure may take** what was acknowledged shortly before it.
   * * `"memory"`: outlives **nothing**: it ends with the page that opened it first, or when all of
   *   that page's handles are closed. For tests.
   */
  storage?: "indexeddb" | "opfs" | "memory";
  /**
   * Whether the writer runs in a worker instead of in the page: `true`, or where the bundler needs
   * it the address of the script `steadfast/worker`, or a function that makes the worker. OPFS
   * always runs in one.
   */
  worker?: WorkerSource;
  /**
   * Where the WebAssembly is, for bundlers that do not find it themselves: the address of
   * `steadfast/steadfast.wasm` (for OPFS `steadfast/steadfast-opfs.wasm`), or its bytes.
   */
  wasm?: WasmSource;
  /**
   * The same for what is loaded when it is called (backups, `verify`, `rescue`, `destroy`) and for
   * `storage: "memory"`: the address of `steadfast/steadfast-whole.wasm`, or its bytes.
   */
  wholeWasm?: WasmSource;
  /**
   * A snapshot is taken when the log is as long as the last snapshot, and at least as long as this,
   * in bytes; 64 MiB by default. An eighth of it is enough when nobody has saved for some seconds.
   */
  snapshotAfter?: number;
  /**
   * Begins a new database where there was one and all of it is gone, because the browser evicted it
   * or somebody deleted it. Without it that is an error (`Evicted`), if a mark of the database is
   * left: one of a writer in a page is, where not all of the site's storage was cleared.
   */
  acceptLoss?: boolean;
  /**
   * Called when something waits for more than three seconds, as for a writer that does not answer
   * (suspended, at a breakpoint, in a dialog) or a worker that does not start, and when that is
   * over. {@link Database.onstatus} takes its place once the database is open.
   */
  onstatus?: (state: WriterState) => void;
}

const SNAPSHOT_AFTER = 64 << 20;

/** Opens the database, and creates it where there is none. */
export async function open(name: string, options: OpenOptions = {}): Promise<Database> {
  const { place, worker, onstatus } = await homeOf(name, options);
  return Database.of(name, await connect(place, worker, onstatus));
}

/**
 * Opens the database with the contents of a backup: also where what is there is too damaged to
 * open.
 *
 * A database that opens gets the contents all or nothing, whatever their size. One that does not is
 * replaced; to keep it as evidence, `rescue` it first.
 */
export async function restore(name: string, backup: Blob | ReadableStream<Uint8Array>, options: OpenOptions = {}): Promise<Database> {
  const { place, worker, onstatus } = await homeOf(name, options);
  const { openWith } = await restoring();
  return Database.of(name, await openWith(place, backup, () => connect(place, worker, onstatus)));
}

/**
 * Everything that is stored, sound or not, as a tar archive: for databases that do not open. One
 * that a tab has open is refused after five seconds (`Locked`).
 */
export async function rescue(name: string, options: OpenOptions = {}): Promise<Blob> {
  const streams = await byItself("rescue", name, options);
  const { pack } = await tar();
  return pack(streams ?? []);
}

/**
 * Deletes the database with everything in it. One that a tab has open is refused after five seconds
 * (`Locked`). Where a suspended tab keeps the browser from deleting it, that is `OutcomeUnknown`:
 * it is deleted when that tab goes on or is closed, and that cannot be taken back.
 */
export async function destroy(name: string, options: OpenOptions = {}): Promise<void> {
  await byItself("destroy", name, options);
}

async function byItself(task: Task, name: string, options: OpenOptions): Promise<Streams | undefined> {
  const { place, worker, onstatus } = await homeOf(name, options);
  const { alone } = await rare();
  try {
    return await alone(task, place, worker, onstatus);
  } catch (thrown) {
    throw await told(thrown, place);
  }
}

async function connect(place: Place, worker: WorkerSource, onStatus: OpenOptions["onstatus"]): Promise<Client> {
  if (place.storage === "opfs" && !worker) throw (await rare()).noWorker();
  try {
    return await Client.open(place, worker, onStatus);
  } catch (thrown) {
    throw await told(thrown, place);
  }
}

/** What was thrown, as well as it can be said: where the sentence cannot be loaded, as it is. */
async function told(thrown: unknown, place: Place): Promise<SteadfastError> {
  const error = isOurs(thrown) ? thrown : new SteadfastError(plain(thrown));
  // Where the browser has not answered, nothing more is asked of it.
  if (!/^(NoStore|NewerFormat|Evicted|Corrupt|Missing)$/.test(error.kind) && !/NotFoundError/.test(String(error.cause))) return error;
  return rare().then(({ explained }) => explained(error, place), () => error);
}

/** Where a database is, and what writes it. */
interface Home { place: Place; worker: WorkerSource; onstatus: OpenOptions["onstatus"] }

async function homeOf(name: string, options: OpenOptions): Promise<Home> {
  useCopies({
    wasm: async (build) => (await inline()).wasm(build),
    worker: async () => (await inline()).worker(),
  });
  const given = await read(name, options);
  const { storage = "indexeddb", worker = false, snapshotAfter = SNAPSHOT_AFTER, acceptLoss = false, onstatus } = given;
  const [wasm, wholeWasm] = await Promise.all((["wasm", "wholeWasm"] as const).map((option) => sourceOf(option, given[option])));
  const may = await mayKeep();
  if (may !== true) {
    if (storage !== "memory") throw (await rare()).noHome(may);
    // It ends with this thread: so it needs nothing that others see.
    useShared((await thread()).thread);
  }
  // Private files can be handled in a worker only. Where none can be made, this is one already.
  const source = typeof Worker === "undefined" ? false : storage === "opfs" ? worker || true : worker;
  return { place: { name, storage, snapshotAfter, anew: acceptLoss, wasm, wholeWasm }, worker: source, onstatus };
}

/** An address is relative to the page, and a worker has another. */
async function sourceOf(option: "wasm" | "wholeWasm", wasm: WasmSource | undefined): Promise<WasmSource | undefined> {
  if (typeof wasm !== "string" && !isUrl(wasm)) return wasm;
  try {
    return new URL(wasm, globalThis.location?.href).href;
  } catch {
    throw (await rare()).badOption(option, wasm);
  }
}
