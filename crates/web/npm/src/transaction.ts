/**
 * Read, decide, change: with no other commit in between.
 *
 * A transaction reads from a state held still and keeps its changes to itself. When it commits, the
 * writer compares what it has read with what is there now: the same, and the changes are committed;
 * another, and the whole transaction runs again. So nobody waits for a tab that thinks long or dies
 * while it thinks.
 */

import { type EncodedChange, checkLength, decodePairs } from "./batch.js";
import type { Client } from "./client.js";
import { fault, isOurs } from "./error.js";
import { begin, resume } from "./inside.js";
import { unique } from "./names.js";
import { type Storable, type Value, decodeKey, decodeValue, encodeKey, encodePrefix, encodeValue } from "./value.js";
import { encodeReads } from "./reads.js";

/** More than that is read in pages, in bytes. */
const PAGE = 16 << 20;
/**
 * Under contention somebody always gets through; so often in a row it is never the same one who
 * does not.
 */
const TRIES_MAX = 100;
/** Those who were in each other's way wait for different times, so that each gets a turn. */
const PAUSE = 4;
const PAUSE_MAX = 100;

/** What a transaction comes to. */
interface End { reads: Uint8Array; changes: EncodedChange[] }

/** Ends a transaction: no call of a program's. */
let endOf: (transaction: Transaction) => End | undefined;

/** Whether it is an error with which a read of the transaction failed. */
let hasFailedWith: (transaction: Transaction, thrown: unknown) => boolean;

/**
 * What a transaction can do. Its changes are seen by itself at once, by all others when it is
 * committed.
 */
export class Transaction {
  readonly #client: Client;
  readonly #view: string;
  readonly #keys = new Map<string, Uint8Array>();
  readonly #prefixes = new Map<string, Uint8Array>();
  readonly #changes = new Map<string, EncodedChange>();
  #isOver = false;
  readonly #failures = new Set<unknown>();

  /** @internal */
  constructor(client: Client, view: string) {
    this.#client = client;
    this.#view = view;
  }

  /** The value of a key, or `undefined`. */
  get<T = Value>(key: string): Promise<T | undefined> {
    return resume(this.#client.database, this.#get(key));
  }

  async #get<T>(key: string): Promise<T | undefined> {
    this.#check();
    const bytes = encodeKey(key);
    const changed = this.#changes.get(key);
    if (changed) return changed.value && (decodeValue(changed.value) as T);
    this.#keys.set(key, bytes);
    const value = await this.#ask<Uint8Array | undefined>("get", bytes);
    return value && (decodeValue(value) as T);
  }

  /** All pairs whose keys begin with the prefix, in the order of their keys. */
  scan<T = Value>(prefix = ""): Promise<[string, T][]> {
    return resume(this.#client.database, this.#scan(prefix));
  }

  async #scan<T>(prefix: string): Promise<[string, T][]> {
    this.#check();
    const bytes = encodePrefix(prefix);
    this.#prefixes.set(prefix, bytes);
    const pairs = new Map<string, { key: Uint8Array; value: Uint8Array | undefined }>();
    for (let after = new Uint8Array(), isAll = false; !isAll;) {
      const page = await this.#ask<Uint8Array>("scan", bytes, after, 0xffff_ffff, PAGE);
      for (const [key, value] of decodePairs(page)) {
        pairs.set(decodeKey(key), { key, value });
        after = key as Uint8Array<ArrayBuffer>;
      }
      isAll = page.length < PAGE;
    }
    for (const [name, { key, value }] of this.#changes) {
      if (!name.startsWith(prefix)) continue;
      if (value) pairs.set(name, { key, value });
      else pairs.delete(name);
    }
    const ordered = [...pairs].sort(([, a], [, b]) => compare(a.key, b.key));
    return ordered.map(([name, { value }]) => [name, decodeValue(value as Uint8Array) as T]);
  }

  async #ask<T>(method: string, ...parameters: unknown[]): Promise<T> {
    try {
      return await this.#client.ask<T>(method, ...parameters, this.#view);
    } catch (thrown) {
      this.#failures.add(thrown);
      throw thrown;
    }
  }

  /** The key shall have this value. */
  put<T>(key: string, value: T & Storable<T>): void {
    this.#check();
    this.#changes.set(key, { key: encodeKey(key), value: encodeValue(value) });
  }

  /** The key shall be absent. */
  delete(key: string): void {
    this.#check();
    this.#changes.set(key, { key: encodeKey(key), value: undefined });
  }

  static {
    endOf = (transaction) => transaction.#end();
    hasFailedWith = (transaction, thrown) => transaction.#failures.has(thrown);
  }

  /** What it has read, and what it changes; `undefined` where it changes nothing. */
  #end(): End | undefined {
    this.#isOver = true;
    if (this.#changes.size === 0) return undefined;
    const changes = [...this.#changes.values()];
    checkLength(changes);
    return { reads: encodeReads([...this.#keys.values()], [...this.#prefixes.values()]), changes };
  }

  #check(): void {
    this.#client.check();
    if (this.#isOver) throw fault("Closed", "change-the-call", "the transaction is over: what is in it must be awaited before it ends");
  }
}

/** Runs `work` as a transaction, as often as it takes. */
export async function transact<T>(client: Client, work: (transaction: Transaction) => T | Promise<T>): Promise<T> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const view = unique();
    await client.ask("hold", view);
    const transaction = new Transaction(client, view);
    let isWorking = true;
    try {
      const result = await begin(client.database, () => work(transaction));
      isWorking = false;
      const end = endOf(transaction);
      if (!end || await client.transact([view, end.reads], end.changes)) return result;
    } catch (thrown) {
      endOf(transaction);
      // The writer that held the state still is gone, and with it nothing but a view. A conflict of
      // something else that the function does is the function's own.
      const isOwn = isWorking && !hasFailedWith(transaction, thrown);
      if (isOwn || !(isOurs(thrown) && thrown.kind === "Conflict")) throw thrown;
    } finally {
      client.ask("release", view).catch(() => {});
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(PAUSE * tries, PAUSE_MAX)));
  }
  throw fault("Conflict", "retry", `the transaction ran ${TRIES_MAX} times, and each time another commit changed what it had read: read less in it, and change the database by its argument alone`);
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
