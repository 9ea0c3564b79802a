/**
 * The writer: holds the engine, and serves every tab of the database, its own included.
 *
 * **Nothing acknowledged is lost**, because `done` is sent after the engine's commit, which is durable.
 *
 * **Nothing is committed twice**, though a tab sends again what was not answered. Every commit carries a record `tab → number` in its own batch,
 * so the store itself knows which of a tab's commits it has: those up to the last number. That holds only if a tab's commits
 * are applied in order; see `messages.ts` for how the order survives a change of writer, `line.rs` for how it survives the queue.
 *
 * **An engine that fails** is thrown away and another is opened. What was under way then is either in the store (the record says
 * so: it is answered) or it is not (it is tried once more). Where no engine can be opened, for lack of room say, the records are read without
 * opening. Only where even that fails is the outcome reported as unknown.
 */

import { alive, gone } from "./locks.js";
import { encodeBatch } from "./batch.js";
import { Connection, Sessions, prefix } from "./connection.js";
import { type Engine, load, openEngine } from "./engine.js";
import { SteadfastError, fault, plain, type PlainError } from "./error.js";
import type { Announcement, Port, ToWriter } from "./messages.js";
import { type Names, sessionKey, unique } from "./names.js";
import { Pause } from "./pause.js";
import type { Place } from "./place.js";
import { answer } from "./requests.js";

/** A commit is tried so often before it is given up. */
const FAILURES_MAX = 2;

/** The part of `snapshotAfter` from which on a snapshot is worth a pause. */
const PAUSE_SHARE = 1 / 8;

export class Host {
  readonly id = unique();
  readonly place: Place;
  readonly #names: Names;
  readonly #own: { client: string; port: Port };
  readonly #channel: BroadcastChannel;
  readonly #connections = new Map<string, Connection>();
  /** Settled by whatever is under way with the engine. */
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #pause = new Pause(() => this.#tidy());
  #engine: Engine | undefined;
  #epoch: number;
  /** Engines that failed and wait for their last promises to be settled. */
  #broken: Engine[] = [];
  /** Whether the last recovery could tell what is in the store. */
  #isKnown = true;
  #recovery: Promise<void> | undefined;
  #failure: PlainError | undefined;
  #closing = false;
  /** Whether the engine remembers changes. */
  #isHeard = false;
  /** Called when the engine broke down so that this thread cannot open another. */
  onBreakdown: (error: PlainError) => void = () => {};

  private constructor(names: Names, place: Place, own: { client: string; port: Port }, engine: Engine) {
    this.place = place;
    this.#names = names;
    this.#own = own;
    this.#engine = engine;
    this.#epoch = epochOf(engine);
    this.#channel = new BroadcastChannel(names.channel);
  }

  /** Opens the store and tells all tabs. The writer's lock must be held. */
  static async start(names: Names, place: Place, own: { client: string; port: Port }): Promise<Host> {
    const host = new Host(names, place, own, await openEngine(place));
    host.#channel.onmessage = ({ data }: MessageEvent<ToWriter | Announcement>) => {
      if (data.type === "hello") host.#hello(data.client);
    };
    await host.#forgetTheDead();
    host.#channel.postMessage({ type: "writer", host: host.id } satisfies Announcement);
    return host;
  }

  get tabs(): number {
    return this.#connections.size;
  }

  /** Finishes what is under way and closes the store. What comes from now on waits for the next writer. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#pause.end();
    this.#channel.close();
    await this.#recovery;
    await Promise.allSettled(this.#inFlight);
    for (const connection of this.#connections.values()) connection.end();
    const engine = this.#engine;
    this.#engine = undefined;
    if (engine) {
      try {
        await engine.close();
      } finally {
        engine.free();
      }
    }
  }

  #hello(client: string): void {
    if (this.#closing) return;
    let connection = this.#connections.get(client);
    if (!connection) {
      const port: Port = client === this.#own.client ? this.#own.port : new BroadcastChannel(this.#names.clientChannel(client));
      connection = new Connection(client, port);
      const added = connection;
      port.onmessage = ({ data }: MessageEvent<ToWriter>) => this.#receive(added, data);
      this.#connections.set(client, connection);
      if (this.#engine) Sessions.of(this.#engine).update(connection);
      gone(this.#names.clientLock(client), connection.watch.signal).then(() => this.#forget(added), () => {});
    }
    connection.send({ type: "welcome", host: this.id, epoch: this.#epoch, token: connection.renew() });
  }

  #receive(connection: Connection, message: ToWriter): void {
    if (this.#closing) return;
    if (message.type === "hello") return this.#hello(connection.client);
    if (message.token !== connection.token) return;
    switch (message.type) {
      case "commit": return this.#commit(connection, message.seq, message.batch);
      case "ask": return void this.#answer(connection, message.id, message.method, message.parameters);
      case "bye": return this.#forget(connection);
    }
  }

  #commit(connection: Connection, seq: number, batch: Uint8Array): void {
    if (connection.waiting.has(seq)) return;
    if (seq <= connection.last) return connection.done(seq);
    connection.waiting.set(seq, { seq, batch, failures: 0 });
    if (this.#engine) this.#submit(this.#engine, connection, seq, batch);
    else void this.#recover();
  }

  #submit(engine: Engine, connection: Connection, seq: number, batch: Uint8Array): void {
    this.track(() => engine.submit(batch)).then(
      () => {
        this.publish(engine);
        connection.done(seq);
      },
      (thrown: unknown) => {
        const error = plain(thrown);
        // The commit itself was refused: the engine is none the worse.
        if (error.remedy === "change-the-call") connection.lost([seq], error);
        else this.fail(engine, thrown);
      },
    );
  }

  async #answer(connection: Connection, id: number, method: string, parameters: unknown[]): Promise<void> {
    let value: unknown;
    try {
      value = await answer(this, connection, await this.#ready(), method, parameters);
    } catch (thrown) {
      if (this.#closing) return;
      return connection.send({ type: "refuse", id, error: plain(thrown) });
    }
    connection.send({ type: "answer", id, value });
  }

  /** The engine, opened again if it failed. */
  async #ready(): Promise<Engine> {
    if (!this.#engine) await this.#recover();
    if (this.#engine) return this.#engine;
    throw new SteadfastError(this.#failure ?? plain(fault("Closed", "reopen", "the database is being closed")));
  }

  /** Remembers that something is under way until it is settled. */
  track<T>(start: () => Promise<T>): Promise<T> {
    let promise: Promise<T>;
    try {
      promise = start();
    } catch (thrown) {
      promise = Promise.reject(thrown);
    }
    const end = (): unknown => this.#inFlight.delete(settled);
    const settled = promise.then(end, end);
    this.#inFlight.add(settled);
    return promise;
  }

  /** Tells subscribers what was applied, in the order in which it was. */
  publish(engine: Engine): void {
    this.#pause.saved();
    const batches = this.#isHeard && engine === this.#engine ? engine.drain() : [];
    if (batches.length === 0) return;
    this.#tellSubscribers(engine, batches, false);
  }

  /** Takes a snapshot that would soon be due. */
  #tidy(): void {
    const engine = this.#engine;
    if (!engine || this.#closing) return;
    try {
      const { logLength, snapshots } = engine.status() as { logLength: number; snapshots: { length: number }[] };
      const least = Math.max(this.place.snapshotAfter * PAUSE_SHARE, snapshots.at(-1)?.length ?? 0);
      // One that fails changes nothing, and a store that fails tells whoever commits.
      if (logLength >= least) this.track(() => engine.snapshot()).catch(() => {});
    } catch {
      // As above.
    }
  }

  #tellSubscribers(engine: Engine, batches: Uint8Array[], missed: boolean): void {
    const commits = engine.commits() as number;
    for (const connection of this.#connections.values()) {
      if (connection.subscribed) connection.send({ type: "changes", commits, batches, missed });
    }
  }

  /** Whether anybody listens decides whether the engine remembers changes. */
  subscribe(connection: Connection, on: boolean): void {
    connection.subscribed = on;
    if (this.#engine) this.#listen(this.#engine);
  }

  #listen(engine: Engine): void {
    this.#isHeard = [...this.#connections.values()].some(({ subscribed }) => subscribed);
    engine.listen(this.#isHeard);
  }

  /** The engine is of no more use. */
  fail(engine: Engine, thrown: unknown): void {
    if (engine !== this.#engine) return;
    this.#engine = undefined;
    this.#broken.push(engine);
    this.#failure = plain(thrown);
    for (const connection of this.#connections.values()) {
      connection.held.clear();
      for (const waiting of connection.waiting.values()) waiting.failures += 1;
    }
    if (thrown instanceof WebAssembly.RuntimeError) {
      const error = plain(fault("OutcomeUnknown", "reopen", `the engine broke down (${thrown.message}): load the page again, and what was under way may be saved or not`));
      for (const connection of this.#connections.values()) connection.lost([...connection.waiting.keys()], error);
      return this.onBreakdown(error);
    }
    void this.#recover();
  }

  /** Whether transaction `seq` of the tab is in the store, after the engine failed under it. */
  async resolve(connection: Connection, seq: number): Promise<boolean> {
    await this.#recover();
    if (seq <= connection.lastTransaction) return true;
    if (this.#engine) return false;
    throw new SteadfastError(this.#isKnown ? notSaved(this.#failure, undefined) : unknown(this.#failure));
  }

  #recover(): Promise<void> {
    if (this.#closing) return this.#recovery ?? Promise.resolve();
    this.#recovery ??= this.#reopen().finally(() => {
      this.#recovery = undefined;
      // What came in while an engine could not be had, and is still there, wants another try.
      if (!this.#engine && [...this.#connections.values()].some(({ waiting }) => waiting.size > 0)) void this.#recover();
    });
    return this.#recovery;
  }

  async #reopen(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
    for (const broken of this.#broken.splice(0)) broken.free();
    const given = new Map([...this.#connections.values()].map((connection) => [connection, [...connection.waiting.keys()]]));
    try {
      const engine = await openEngine(this.place);
      const sessions = Sessions.of(engine);
      this.#listen(engine);
      this.#engine = engine;
      this.#epoch = epochOf(engine);
      this.#isKnown = true;
      for (const connection of this.#connections.values()) this.#resume(engine, connection, sessions);
      this.#tellSubscribers(engine, [], true);
    } catch (thrown) {
      const failure = this.#failure ?? plain(thrown);
      this.#failure = plain(thrown);
      const sessions = await this.#peek();
      this.#isKnown = sessions !== undefined;
      for (const [connection, seqs] of given) {
        sessions?.update(connection);
        for (const seq of seqs.filter((seq) => sessions && seq <= connection.last)) connection.done(seq);
        const rest = seqs.filter((seq) => connection.waiting.has(seq));
        connection.lost(rest, sessions ? notSaved(failure, plain(thrown)) : unknown(failure));
      }
    }
  }

  /** Answers what is in the store, and tries the rest again, but not for ever. */
  #resume(engine: Engine, connection: Connection, sessions: Sessions): void {
    sessions.update(connection);
    const given: number[] = [];
    for (const { seq, batch, failures } of [...connection.waiting.values()]) {
      if (seq <= connection.last) connection.done(seq);
      else if (failures >= FAILURES_MAX || given.length > 0) given.push(seq);
      else this.#submit(engine, connection, seq, batch);
    }
    connection.lost(given, notSaved(this.#failure, this.#failure));
  }

  async #peek(): Promise<Sessions | undefined> {
    try {
      const engine = await load(this.place);
      return new Sessions(await engine.peek(this.place.storage, this.place.name, prefix()) as Uint8Array);
    } catch {
      return undefined;
    }
  }

  /** The tab is gone, and with it whoever could send its commits again. */
  #forget(connection: Connection): void {
    if (this.#closing || !this.#connections.delete(connection.client)) return;
    for (const held of connection.held.values()) this.#engine?.release(held);
    connection.end();
    this.#removeRecords([connection.client]);
  }

  async #forgetTheDead(): Promise<void> {
    if (!this.#engine) return;
    const clients = Sessions.of(this.#engine).clients;
    if (clients.length === 0) return;
    const locks = await alive();
    this.#removeRecords(clients.filter((client) => !locks.has(this.#names.clientLock(client))));
  }

  #removeRecords(clients: string[]): void {
    const engine = this.#engine;
    if (!engine || clients.length === 0) return;
    const lanes = ["c", "t"] as const;
    const changes = clients.flatMap((client) => lanes.map((lane) => ({ key: sessionKey(client, lane), value: undefined })));
    this.track(() => engine.submit(encodeBatch(changes))).catch((thrown: unknown) => this.fail(engine, thrown));
  }
}

function epochOf(engine: Engine): number {
  return (engine.status() as { epoch: number }).epoch;
}

/** The failure, as long as nobody can tell what it left. */
function unknown(error: PlainError | undefined): PlainError {
  const cause = error?.cause || error?.message || "";
  return { ...plain(fault("OutcomeUnknown", "reopen", `it is unknown whether the change was saved: open the database again to find out (${cause})`)), cause };
}

/** The failure, now that it is known that nothing was saved. */
function notSaved(first: PlainError | undefined, then: PlainError | undefined): PlainError {
  const error = [first, then].find((error) => error?.kind === "StorageFull") ?? first ?? then;
  if (!error) return plain(fault("Other", "retry", "the change was not saved"));
  const isFull = error.kind === "StorageFull" || /QuotaExceeded/.test(error.cause);
  return {
    ...error,
    kind: isFull ? "StorageFull" : error.kind === "OutcomeUnknown" || error.kind === "Poisoned" ? "Io" : error.kind,
    remedy: isFull ? "free-space" : error.remedy === "reopen" ? "retry" : error.remedy,
    message: isFull
      ? "no space left: the change was not saved; free some space, then try again"
      : `the change was not saved, and nothing of it is in the database (${error.cause || error.message})`,
  };
}
