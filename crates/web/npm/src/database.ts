/// <reference lib="esnext.disposable" preserve="true" />
/**
 * An open database: what users of the package hold in their hands.
 */

import { decodeBatch, decodePairs } from "./batch.js";
import { type Change, decodeChange, encodeChange } from "./change.js";
import type { Changes, Client } from "./client.js";
import { SteadfastError, fault } from "./error.js";
import { jsonLines, tar } from "./parts.js";
import type { SnapshotInfo, Status, VerifyReport } from "./reports.js";
import type { Streams } from "./tar.js";
import { Transaction, transact } from "./transaction.js";
import { type Storable, type Value, decodeKey, decodeValue, encodeKey, encodePrefix, encodeValue } from "./value.js";

export type { Change };

/** A change whose value is checked by its type. */
type StorableChange<C> = C extends { value: infer T } ? (T extends undefined ? unknown : { value: Storable<T> }) : unknown;

/** What a subscriber is told. */
export interface ChangeEvent {
  /** What changed, in the order in which it did. Empty where `missed`. */
  changes: Change[];
  /** A writer died before it had told of everything, or a database was restored: read again what you show. */
  missed: boolean;
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

  /** @internal */
  constructor(name: string, client: Client) {
    this.name = name;
    this.#client = client;
    client.onFailure = (error) => this.onfailure?.(error);
  }

  /** Called when the database ends without having been closed: the error says why. Open it again. */
  onfailure: ((error: SteadfastError) => void) | undefined;

  /** Gives the key a value. When it resolves, the change is durable. */
  async put<T>(key: string, value: T & Storable<T>): Promise<void> {
    await this.#client.commit([{ key: encodeKey(key), value: encodeValue(value) }]);
  }

  /** Removes the key. When it resolves, the change is durable. */
  async delete(key: string): Promise<void> {
    await this.#client.commit([{ key: encodeKey(key), value: undefined }]);
  }

  /** Makes all changes or none, in this order. When it resolves, they are durable. */
  async batch<C extends Change<unknown>>(changes: Iterable<C & StorableChange<C>>): Promise<void> {
    const encoded = [...changes].map(encodeChange);
    if (encoded.length > 0) await this.#client.commit(encoded);
  }

  /** The value of a key, or `undefined`. */
  async get<T = Value>(key: string): Promise<T | undefined> {
    const value = await this.#client.ask<Uint8Array | undefined>("get", encodeKey(key));
    return value && (decodeValue(value) as T);
  }

  /** The pairs whose keys begin with the prefix, in the order of their keys' UTF-8. */
  async scan<T = Value>(prefix = "", { after = "", limit }: ScanOptions = {}): Promise<[string, T][]> {
    if (limit !== undefined && !(Number.isInteger(limit) && limit >= 0)) {
      throw fault("InvalidValue", "change-the-call", `the limit is a whole number, not ${String(limit)}`);
    }
    const pairs = await this.#client.ask<Uint8Array>("scan", encodePrefix(prefix), encodePrefix(after), Math.min(limit ?? ALL, ALL));
    return decodePairs(pairs).map(([key, value]) => [decodeKey(key), decodeValue(value) as T]);
  }

  /**
   * Reads, decides and changes with no other commit in between. `work` may run several times: it should do nothing but
   * read and change through its argument. If it throws, nothing is changed.
   */
  transact<T>(work: (transaction: Transaction) => T | Promise<T>): Promise<T> {
    return transact(this.#client, work);
  }

  /** Calls `listener` for changes under the prefix, from this tab and from others. Gives a function that ends it. */
  subscribe(listener: (event: ChangeEvent) => void, prefix = ""): () => void {
    const subscriber = { prefix, listener };
    this.#subscribers.add(subscriber);
    if (this.#subscribers.size === 1) this.#listen((changes) => this.#tell(changes));
    return () => {
      if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.#listen(undefined);
    };
  }

  /** Saves the whole state now; the log before the older of the two newest snapshots is deleted. Happens by itself when it is due. */
  snapshot(): Promise<SnapshotInfo> {
    return this.#client.ask("snapshot");
  }

  /** How the database stands. */
  async status(): Promise<Status> {
    const status = await this.#client.ask<Omit<Status, "writer">>("status");
    return { ...status, writer: this.#client.isWriter ? "this tab" : "another tab" };
  }

  /** Checks every checksum of everything that is stored. */
  verify(): Promise<VerifyReport> {
    return this.#client.ask("verify");
  }

  /** Everything as JSON Lines, as of one moment. */
  async export(): Promise<Blob> {
    const pairs = await this.transact((transaction) => transaction.scan());
    const { toLine } = await jsonLines();
    return new Blob(pairs.map(([key, value]) => toLine(key, value)), { type: "application/jsonl" });
  }

  /** Puts everything that JSON Lines hold, all or nothing; gives how many records that were. */
  async import(lines: Blob | string): Promise<number> {
    const { fromLines } = await jsonLines();
    const changes = await fromLines(lines);
    if (changes.length > 0) await this.#client.commit(changes);
    return changes.length;
  }

  /** A whole and checked copy, as of one moment: a tar archive, which unpacked is a store for the program `steadfast`. */
  async backup(): Promise<Blob> {
    const streams = await this.#client.ask<Streams>("backup");
    const { pack } = await tar();
    return pack(streams);
  }

  /** Makes the contents what the backup holds, in one commit. A damaged backup is refused. */
  async restore(backup: Blob): Promise<void> {
    const { unpack } = await tar();
    const restored = await this.#client.transact("restore", [await unpack(backup)], []);
    if (!restored) throw fault("Io", "retry", "the backup was not restored, and nothing was changed: the writer failed meanwhile");
  }

  /** Asks the browser not to evict the site's data when room gets scarce; whether it agreed. Some ask the user. */
  async persist(): Promise<boolean> {
    return await (navigator.storage as StorageManager | undefined)?.persist?.() ?? false;
  }

  /** Waits for what is under way, and closes. Another tab becomes the writer, if this one was it. */
  close(): Promise<void> {
    this.#subscribers.clear();
    return this.#client.close();
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #listen(onChanges: ((changes: Changes) => void) | undefined): void {
    // Where it fails the database has failed, and says so by other ways.
    this.#client.listen(onChanges).catch(() => {});
  }

  #tell({ batches, missed }: Changes): void {
    const changes = batches.flatMap(decodeBatch).map(decodeChange);
    for (const { prefix, listener } of [...this.#subscribers]) {
      const theirs = changes.filter(({ key }) => key.startsWith(prefix));
      if (missed || theirs.length > 0) listener({ changes: theirs, missed });
    }
  }
}

const ALL = 0xffff_ffff;
