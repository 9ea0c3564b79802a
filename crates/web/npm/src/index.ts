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

import { checkFunction, checkOptions, checkSource, wrong } from "./check.js";
import { Client, type WriterState } from "./client.js";
import { useCopies } from "./copies.js";
import { Database } from "./database.js";
import { SteadfastError, fault, plain } from "./error.js";
import { Names } from "./names.js";
import type { Place, WasmSource } from "./place.js";
import * as makes from "./make-worker.js";
import type { WorkerSource } from "./make-worker.js";
import { alone, inline, restoring, tar, thread } from "./parts.js";
import { hasLocks, useShared } from "./site.js";

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
   * * `"opfs"`: the private file system, in a worker, several times faster. Outlives a killed tab
   *   or browser; a **power failure may take** what was acknowledged shortly before it.
   * * `"memory"`: outlives **nothing**. For tests.
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
   * A snapshot is taken when the log is longer than this, in bytes, and than the last snapshot; 64
   * MiB by default. When nobody has saved for some seconds, an eighth of it is enough.
   */
  snapshotAfter?: number;
  /**
   * Begins a new database where there was one and all of it is gone, because the browser evicted it
   * or somebody deleted it. Without it that is an error (`Evicted`): lost data is never shown as an
   * empty database.
   */
  acceptLoss?: boolean;
  /**
   * Called when something waits for more than three seconds, as for a writer that does not answer
   * (suspended, at a breakpoint, in a dialog) or a worker that does not start, and when that is over.
   * {@link Database.onstatus} takes its place once the database is open.
   */
  onstatus?: (state: WriterState) => void;
}

const NAME_LENGTH_MAX = 100;
const SNAPSHOT_AFTER = 64 << 20;

/** Opens the database, and creates it where there is none. */
export async function open(name: string, options: OpenOptions = {}): Promise<Database> {
  const place = await placeOf(name, options);
  return Database.of(name, await connect(place, options));
}

/**
 * Opens the database with the contents of a backup: also where what is there is too damaged to
 * open.
 *
 * A database that opens gets the contents all or nothing, whatever their size. One that does not is
 * replaced; to keep it as evidence, `rescue` it first.
 */
export async function restore(name: string, backup: Blob | ReadableStream<Uint8Array>, options: OpenOptions = {}): Promise<Database> {
  const place = await placeOf(name, options);
  checkSource("the backup", backup);
  const [{ toBlob }, { unpack }] = await Promise.all([restoring(), tar()]);
  const file = await toBlob(backup);
  place.backup = await unpack(file);
  const database = Database.of(name, await connect(place, options));
  try {
    await database.restore(file);
  } catch (thrown) {
    await database.close();
    throw thrown;
  }
  return database;
}

/**
 * Everything that is stored, sound or not, as a tar archive: for databases that do not open. One
 * that a tab has open is refused after five seconds (`Locked`).
 */
export async function rescue(name: string, options: OpenOptions = {}): Promise<Blob> {
  const place = await placeOf(name, options);
  const [part, { pack }] = await Promise.all([alone(), tar()]);
  return pack(await part.alone("rescue", place, workerOf(options), new Names(place.storage, place.name), makes, options.onstatus) ?? []);
}

/**
 * Deletes the database with everything in it. One that a tab has open is refused after five seconds
 * (`Locked`). Where a suspended tab keeps the browser from deleting it, that is `OutcomeUnknown`: it
 * is deleted when that tab goes on or is closed, and that cannot be taken back.
 */
export async function destroy(name: string, options: OpenOptions = {}): Promise<void> {
  const place = await placeOf(name, options);
  await (await alone()).alone("destroy", place, workerOf(options), new Names(place.storage, place.name), makes, options.onstatus);
}

async function connect(place: Place, options: OpenOptions): Promise<Client> {
  try {
    return await Client.open(place, workerOf(options), options.onstatus);
  } catch (thrown) {
    throw thrown instanceof SteadfastError ? thrown : new SteadfastError(plain(thrown));
  }
}

async function placeOf(name: string, options: OpenOptions): Promise<Place> {
  useCopies({
    wasm: async (build) => (await inline()).wasm(build),
    worker: async () => (await inline()).worker(),
  });
  checkOptions(options);
  const { storage = "indexeddb", wasm, wholeWasm, snapshotAfter = SNAPSHOT_AFTER, acceptLoss = false, onstatus } = options;
  if (onstatus !== undefined) checkFunction("onstatus", onstatus);
  if (typeof name !== "string" || name === "" || name.length > NAME_LENGTH_MAX) {
    throw fault("InvalidKey", "change-the-call", `the name of a database is a string of 1 to ${NAME_LENGTH_MAX} characters`);
  }
  if (!["indexeddb", "opfs", "memory"].includes(storage)) {
    throw fault("Unsupported", "change-the-call", `there is no storage \`${String(storage)}\`: choose indexeddb, opfs or memory`);
  }
  if (!(Number.isInteger(snapshotAfter) && snapshotAfter > 0 && snapshotAfter <= 0xffff_ffff)) {
    throw fault("InvalidValue", "change-the-call", "snapshotAfter is a whole number of bytes, at least 1 and less than 4 GiB");
  }
  if (storage !== "memory" && !(globalThis.indexedDB && hasLocks())) {
    throw fault("Unsupported", "change-the-call", "there are no Web Locks or no IndexedDB here: in a browser load the page over https or from localhost; in Node, in tests and on a server open with `storage: \"memory\"`");
  }
  if (!hasLocks()) useShared((await thread()).thread);
  return { name, storage, snapshotAfter, anew: acceptLoss, wasm: sourceOf("wasm", wasm), wholeWasm: sourceOf("wholeWasm", wholeWasm) };
}

/** An address is relative to the page, and a worker has another. */
function sourceOf(option: string, wasm: WasmSource | undefined): WasmSource | undefined {
  if (typeof wasm !== "string" && !(wasm instanceof URL)) return wasm;
  try {
    return new URL(wasm, globalThis.location?.href).href;
  } catch {
    throw wrong(`the option \`${option}\``, "an address, a URL or bytes", wasm);
  }
}

function workerOf({ storage, worker = storage === "opfs" }: OpenOptions): WorkerSource {
  return storage === "opfs" && worker === false ? true : worker;
}
