/// <reference lib="esnext.disposable" preserve="true" />
/**
 * An open database: what users of the package hold in their hands.
 */

import { assembles, decodeBatch, decodePairs } from "./batch.js";
import { type Change, decodeChange, encodeChange } from "./change.js";
import { checkFunction, limitOf, listOf, optionsOf } from "./check.js";
import type { Changes, Client, WriterState } from "./client.js";
import { type SteadfastError, reading } from "./error.js";
import { refuseInside } from "./inside.js";
import { jsonLines, restoring, streaming, transactions } from "./parts.js";
import type { SnapshotInfo, Status, VerifyReport } from "./reports.js";
import type { Transaction } from "./transaction.js";
import { uncaught } from "./uncaught.js";
import { type Storable, type Value, decodeKey, decodeValue, encodeKey, encodePrefix, encodeValue } from "./value.js";

export type { Change };

/** A change whose value is checked by its type. */
type StorableChange<C> = C extends { value: infer T } ? (T extends undefined ? C : C & { value: Storable<T> }) : C;

/** What a subscriber is told. */
export interface ChangeEvent<T = Value> {
  /** What changed, in the order in which it did. Empty where `missed`. */
  changes: Change<T>[];
  /**
   * Some changes were not told: a writer died, this page stood still, or much was restored or
   * imported. Read again what you show.
   */
  missed: boolean;
  /** The database has ended without having been closed, as {@link Database.onfailure} tells it. */
  error?: SteadfastError;
}

/** Which part of what is found. */
export interface ScanOptions {
  /** Begin behind this key. */
  after?: string;
  /** Give no more than this. */
  limit?: number;
}

/** An open database. */
export class Database {
  /** The name that it was opened with. */
  readonly name: string;
  readonly #client: Client;
  readonly #subscribers = new Set<{ prefix: string; listener: (event: ChangeEvent) => void }>();

  private constructor(name: string, client: Client) {
    this.name = name;
    this.#client = client;
    const { onStatus } = client;
    client.onFailure = (error) => this.#ended(error);
    client.onStatus = (state) => {
      if (this.onstatus) this.onstatus(state);
      else onStatus(state);
    };
  }

  /** @internal */
  static of(name: string, client: Client): Database {
    return new Database(name, client);
  }

  /**
   * Called when a call waits for a writer that does not answer, when it answers again or another
   * one has taken its place, and when memory comes near its end (`memory`).
   */
  onstatus: ((state: WriterState) => void) | undefined;

  /**
   * Called when the database ends without having been closed: the error says why. Open it again.
   */
  onfailure: ((error: SteadfastError) => void) | undefined;

  /** Gives the key a value. When it resolves, the change is durable. */
  async put<T>(key: string, value: T & Storable<T>): Promise<void> {
    this.#begin("put");
    await this.#client.commit([{ key: encodeKey(key), value: encodeValue(value) }]);
  }

  /** Removes the key. When it resolves, the change is durable. */
  async delete(key: string): Promise<void> {
    this.#begin("delete");
    await this.#client.commit([{ key: encodeKey(key), value: undefined }]);
  }

  /** Makes all changes or none, in this order. When it resolves, they are durable. */
  async batch<C extends Change>(changes: Iterable<C & StorableChange<C>>): Promise<void> {
    this.#begin("batch");
    const encoded = reading("the changes", () => listOf("the changes", changes).map(encodeChange));
    if (encoded.length > 0) await this.#client.commit(encoded);
  }

  /** The value of a key, or `undefined`. */
  async get<T = Value>(key: string): Promise<T | undefined> {
    this.#begin();
    const value = await this.#client.ask<Uint8Array | undefined>("get", encodeKey(key));
    return value && (decodeValue(value) as T);
  }

  /** The pairs whose keys begin with the prefix, in the order of their keys' UTF-8. */
  async scan<T = Value>(prefix = "", options: ScanOptions = {}): Promise<[string, T][]> {
    this.#begin();
    const [after, most] = partOf(options, ALL);
    const encoded = encodePrefix(prefix);
    const page = await this.#client.ask<Uint8Array>("scan", encoded, after, most, SCAN_LENGTH);
    if (page.length < SCAN_LENGTH) return decodePairs(page).map(([key, value]) => [decodeKey(key), decodeValue(value) as T]);
    // That may not be all.
    const { allOf } = await streaming();
    const pairs = await allOf(this.#client, encoded, after, most);
    return pairs.map(([key, value]) => [decodeKey(key), decodeValue(value) as T]);
  }

  /**
   * The same one after the other, for `for await`: read page by page as they are needed, each as of
   * its own moment. Costs what it has given out, however many there are.
   */
  entries<T = Value>(prefix = "", options: ScanOptions = {}): AsyncGenerator<[string, T], void, undefined> {
    this.#begin();
    return this.#entries(prefix, options);
  }

  async *#entries<T>(prefix: string, options: ScanOptions): AsyncGenerator<[string, T], void, undefined> {
    const encoded = encodePrefix(prefix);
    for (let [behind, left] = partOf(options, Infinity); left > 0;) {
      const page = decodePairs(await this.#client.ask<Uint8Array>("scan", encoded, behind, Math.min(left, PAGE), PAGE_LENGTH));
      const last = page.at(-1);
      if (!last) return;
      behind = last[0].slice();
      left -= page.length;
      for (const [key, value] of page) yield [decodeKey(key), decodeValue(value) as T];
    }
  }

  /**
   * Reads, decides and changes: commits if nothing that it read has changed meanwhile, and runs
   * again otherwise, so that no other commit is in between. `work` may run several times: it
   * should do nothing but read and change through its argument. If it throws, nothing is changed.
   */
  async transact<T>(work: (transaction: Transaction) => T | Promise<T>): Promise<T> {
    this.#begin("transact");
    checkFunction("what a transaction runs", work);
    const { transact } = await transactions();
    return transact(this.#client, work);
  }

  /**
   * Calls `listener` for changes under the prefix, from this tab and from others. Gives a function
   * that ends it. Each listener gets values of its own. Their type is as with {@link get}: not
   * checked at run time.
   */
  subscribe<T = Value>(listener: (event: ChangeEvent<T>) => void, prefix = ""): () => void {
    this.#begin();
    checkFunction("the listener", listener);
    encodePrefix(prefix);
    const subscriber = { prefix, listener: listener as (event: ChangeEvent) => void };
    this.#subscribers.add(subscriber);
    if (this.#subscribers.size === 1) this.#listen((changes) => this.#tell(changes));
    return () => {
      if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.#listen(undefined);
    };
  }

  /**
   * Writes the whole state anew, and deletes the log before the older of the two newest snapshots.
   * What was acknowledged does not wait for it. Happens by itself when it is due.
   */
  snapshot(): Promise<SnapshotInfo> {
    return this.#client.ask("snapshot");
  }

  /** How the database stands. */
  async status(): Promise<Status> {
    const status = await this.#client.ask<Omit<Status, "writer">>("status");
    return { ...status, writer: this.#client.isWriter ? "this tab" : "another tab" };
  }

  /** Checks every checksum of everything that is stored. Damage does not reject: see `sound`. */
  verify(): Promise<VerifyReport> {
    return this.#client.ask("verify");
  }

  /** Everything as JSON Lines, as of one moment. */
  async export(): Promise<Blob> {
    this.#begin();
    const { exportOf, fileOf } = await streaming();
    return fileOf(() => exportOf(this.#client), "application/jsonl");
  }

  /**
   * The same in pieces, made as they are read: for what is too long to be held in memory. Fails
   * (`Conflict`) where another tab becomes the writer meanwhile.
   */
  exportStream(): ReadableStream<Uint8Array> {
    return this.#stream("exportOf");
  }

  /**
   * Puts everything that JSON Lines hold, all or nothing, whatever their length; gives how many
   * records that were. They are read piece by piece: from a file, a stream such as the body of a
   * response, or anything that gives out strings or bytes.
   */
  async import(lines: Blob | string | ReadableStream<Uint8Array> | Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>): Promise<number> {
    this.#begin("import");
    const { importInto } = await jsonLines();
    return importInto(this.#client, lines);
  }

  /**
   * A whole and checked copy, as of one moment: a tar archive, which unpacked is a store for the
   * program `steadfast`.
   */
  async backup(): Promise<Blob> {
    this.#begin();
    const { backupOf, fileOf } = await streaming();
    return fileOf(() => backupOf(this.#client), "application/x-tar");
  }

  /** The same in pieces, made as they are read; see {@link exportStream}. */
  backupStream(): ReadableStream<Uint8Array> {
    return this.#stream("backupOf");
  }

  #stream(what: "exportOf" | "backupOf"): ReadableStream<Uint8Array> {
    this.#begin();
    const client = this.#client;
    let parts: ReadableStreamDefaultReader<Uint8Array> | undefined;
    let isOver = false;
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (!parts) {
          const streams = await streaming();
          // Cancelled meanwhile: what is begun now would never end.
          if (isOver) return;
          parts = streams.streamOf(streams[what](client)).getReader();
        }
        const { value, done } = await parts.read();
        if (isOver) return;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel(reason) {
        isOver = true;
        return parts?.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }

  /**
   * Makes the contents what the backup holds, all or nothing. A damaged backup is refused. It may
   * be of any size that the database can have.
   */
  async restore(backup: Blob | ReadableStream<Uint8Array>): Promise<void> {
    this.#begin("restore");
    const { restoreInto } = await restoring();
    await restoreInto(this.#client, backup);
  }

  /**
   * Asks the browser not to evict the site's data when room gets scarce. Gives whether it agreed;
   * some browsers ask the user.
   */
  async persist(): Promise<boolean> {
    this.#begin();
    try {
      return await (globalThis.navigator?.storage as StorageManager | undefined)?.persist?.() ?? false;
    } catch {
      // A frame that may store nothing can keep nothing.
      return false;
    }
  }

  /**
   * Waits for what is under way, and closes. Another tab becomes the writer, if this one was it.
   */
  close(): Promise<void> {
    this.#subscribers.clear();
    return this.#client.close();
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Refuses a call of a database that is closed or has ended, before its arguments are looked at;
   * and within a transaction one that commits by itself.
   */
  #begin(commits?: string): void {
    this.#client.check();
    if (commits) refuseInside(this.#client.database, commits);
  }

  #listen(onChanges: ((changes: Changes) => void) | undefined): void {
    // Where it fails the database has failed, and says so by other ways.
    this.#client.listen(onChanges).catch(() => {});
  }

  #tell({ batches, missed: someMissed }: Changes): void {
    const missed = someMissed || batches.some(assembles);
    const changes = missed ? [] : batches.flatMap(decodeBatch);
    for (const { prefix, listener } of [...this.#subscribers]) {
      call(() => {
        // Each gets values of its own: what one does to them, no other sees.
        const theirs = changes.filter(({ key }) => decodeKey(key).startsWith(prefix)).map(decodeChange);
        if (missed || theirs.length > 0) listener({ changes: theirs, missed });
      });
    }
  }

  /** It ended without having been closed: whoever shows what is in it learns it too. */
  #ended(error: SteadfastError): void {
    for (const { listener } of [...this.#subscribers]) call(() => listener({ changes: [], missed: true, error }));
    call(() => this.onfailure?.(error));
  }
}

/** What a listener throws is told as the browser tells it, and harms nobody else. */
function call(listener: () => void): void {
  try {
    listener();
  } catch (thrown) {
    uncaught(thrown);
  }
}

/** Behind which key what is found begins, and how much of it is given. */
function partOf(options: ScanOptions, all: number): [Uint8Array, number] {
  const { after = "", limit } = optionsOf(options, ["after", "limit"]);
  return [encodePrefix(after, "`after`"), limitOf(limit, all)];
}

const ALL = 0xffff_ffff;
/** More than that is read in pages, in bytes. */
const SCAN_LENGTH = 16 << 20;
/** What `entries` reads at a time: pairs, and bytes. */
const PAGE = 500;
const PAGE_LENGTH = 1 << 20;
