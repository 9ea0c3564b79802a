/**
 * The writer: holds the engine, and serves every tab of the database, its own included.
 *
 * **Nothing acknowledged is lost**, because `done` is sent after the engine's commit, which is
 * durable.
 *
 * **Nothing is committed twice**, though a tab sends again what was not answered. Every commit
 * carries a record `tab → number` in its own batch, so the store itself knows which of a tab's
 * commits it has: those up to the last number. That holds only if a tab's commits are applied in
 * order; see `messages.ts` for how the order survives a change of writer, `line.rs` for how it
 * survives the queue.
 *
 * **An engine that fails** is thrown away and another is opened. What was under way then is either
 * in the store (the record says so: it is answered) or it is not (it is tried once more).
 *
 * **Where no other can be opened** the store is read without opening it: the records say what
 * became of the commits under way, and the next commit tries to open it again. Only where even
 * reading fails, or another may still commit, is the outcome of what an engine has had unknown.
 *
 * **What is gone is never made anew.** Only the first open of a tab may create a store. After that,
 * a store that is missing or has another identity ends the database in every tab.
 */

import { Audience } from "./audience.js";
import { ANSWER_MS_MAX, lockNames, request, waitForEnd } from "./locks.js";
import { onlyDeletes } from "./batch.js";
import { brokenDown, watchBroken } from "./broken.js";
import { Connection, type Own, Sessions } from "./connection.js";
import { type Engine, load } from "./engine.js";
import { Deferred } from "./deferred.js";
import { SteadfastError, fault, plain, type PlainError } from "./error.js";
import { Flights } from "./flights.js";
import { identityOf } from "./identity.js";
import { Memory } from "./memory.js";
import type { Announcement, Port, ToWriter } from "./messages.js";
import { type Names, unique } from "./names.js";
import { type Over, epochOf, isWorthSnapshot, openForReading, openForWriting, overBy, pause, verdict } from "./opening.js";
import { isDiskFull, isFull, noRoom, notSaved, unknown } from "./outcome.js";
import { Pause } from "./pause.js";
import type { Place } from "./place.js";
import { answer } from "./requests.js";
import { Room } from "./room.js";
import { channel } from "./site.js";
import { sweeping } from "./sweep.js";
import { uncaught } from "./uncaught.js";
import { Watch } from "./watch.js";

export class Host {
  readonly id = unique();
  readonly place: Place;
  readonly #names: Names;
  readonly #own: Own;
  readonly #channel: BroadcastChannel;
  readonly #connections = new Map<string, Connection>();
  /** The last commits that engines may have had, of tabs that were taken for gone. */
  readonly #tried = new Map<string, number>();
  readonly #audience = new Audience(this.#connections);
  readonly #flights = new Flights();
  readonly #pause = new Pause(() => this.#tidy());
  readonly #room: Room;
  readonly #deferred: Deferred;
  readonly memory: Memory;
  #unwatch = (): void => {};
  /** Tells other tabs whose writer this is. */
  readonly #title: ReturnType<typeof request>;
  readonly #watch = new Watch(() => this.endIfOver());
  /** Settled when it cannot go on, with the reason. */
  readonly over: Promise<Over>;
  #end: (over: Over) => void = () => {};
  /** Opened for writing. */
  #engine: Engine | undefined;
  /** Loaded, where it cannot be opened for writing. */
  #reader: Engine | undefined;
  #epoch = 0;
  #store = "";
  /** Engines that failed and wait for their last promises to be settled. */
  #broken: Engine[] = [];
  /** Whether it has ever opened the store for writing, which fences older writers off. */
  #hasWritten = false;
  /** Whether the last recovery could tell what is in the store. */
  #isKnown = true;
  #recovery: Promise<void> | undefined;
  #failure: PlainError | undefined;
  #closing = false;
  #isOver = false;

  private constructor(names: Names, place: Place, own: Own) {
    this.place = place;
    this.#room = new Room(place, () => this.#expected, (start) => this.track(start));
    this.#deferred = new Deferred(this.#room, (connection, { seq, batch }, isReady) => {
      if (isReady) this.#go(connection, seq, batch);
      else connection.lost([seq], noRoom());
    });
    this.memory = new Memory(place, () => {
      for (const connection of this.#connections.values()) this.memory.tell(connection);
    });
    this.#names = names;
    this.#own = own;
    this.over = new Promise((resolve) => (this.#end = (over) => {
      this.#isOver = true;
      resolve(over);
    }));
    this.#channel = channel(names.channel);
    this.#title = request(`${names.titles}${Date.now()}/${own.title}`, { ifAvailable: true });
  }

  /** Opens the store and tells all tabs. The writer's lock must be held. */
  static async start(names: Names, place: Place, own: Own): Promise<Host> {
    const host = new Host(names, place, own);
    const say = (type: Announcement["type"]): void => host.#channel.postMessage({ type, host: host.id } satisfies Announcement);
    host.#channel.onmessage = ({ data }: MessageEvent<ToWriter | Announcement>) => {
      if (data.type !== "hello") return;
      // Opening may take long; who asks meanwhile hears that somebody is at it.
      if (host.#current) void host.#hello(data.client);
      else say("opening");
    };
    try {
      say("opening");
      host.#unwatch = watchBroken(await load(place), (error) => host.#broke(error));
      await Promise.race([host.#open().then(() => host.#forgetTheDead()), host.over.then((over) => {
        // It broke down, or was cleared or taken over right after it was opened.
        throw over === "moved" ? fault("Fenced", "reopen", "replaced") : new SteadfastError(over);
      })]);
    } catch (thrown) {
      await host.#stop();
      throw thrown;
    }
    say("writer");
    return host;
  }

  /** The engine that serves reads: the one open for writing, or the one that only loaded. */
  get #current(): Engine | undefined {
    return this.#engine ?? this.#reader;
  }

  /** How much is about to be committed, in bytes. */
  get #expected(): number {
    let length = 0;
    for (const connection of this.#connections.values()) length += connection.length;
    return length;
  }

  get tabs(): number {
    return this.#connections.size;
  }

  /**
   * Finishes what is under way and closes the store. What comes from now on waits for the next
   * writer.
   */
  async close(): Promise<void> {
    const engine = await this.#stop();
    try {
      await engine?.close();
    } finally {
      engine?.free();
    }
  }

  /** Ends after `over`, and tells the tabs why. */
  async end(over: Over): Promise<void> {
    for (const connection of this.#connections.values()) connection.send(over === "moved" ? { type: "moved" } : { type: "gone", error: over });
    (await this.#stop())?.free();
  }

  /** Lets go of everything; gives the engine, if there is one that can be closed. */
  async #stop(): Promise<Engine | undefined> {
    this.#closing = true;
    this.#pause.end();
    this.#room.end();
    this.#unwatch();
    this.#watch.end();
    this.#channel.close();
    this.#title.then((held) => held?.release(), () => {});
    await this.#recovery;
    await this.#flights.settled();
    for (const connection of this.#connections.values()) connection.end();
    const engine = this.#engine;
    for (const useless of [this.#reader, ...this.#broken.splice(0)]) useless?.free();
    this.#engine = this.#reader = undefined;
    return engine;
  }

  /** Welcomes a tab; a new one only to a store that is still there: it would be told of its end. */
  async #hello(client: string): Promise<void> {
    if (client !== this.#own.client && !this.#connections.has(client) && await this.endIfOver() || this.#closing) return;
    let connection = this.#connections.get(client);
    if (!connection) {
      const port: Port = client === this.#own.client ? this.#own.port : channel(this.#names.clientChannel(client));
      connection = new Connection(client, port, this.#tried.get(client) ?? 0);
      const added = connection;
      port.onmessage = ({ data }: MessageEvent<ToWriter>) => this.#receive(added, data);
      this.#connections.set(client, connection);
      if (this.#current) Sessions.of(this.#current).update(connection);
      waitForEnd(this.#names.clientLock(client), connection.watch.signal).then(() => this.#askForLife(added), () => {});
    }
    connection.send({ type: "welcome", host: this.id, epoch: this.#epoch, token: connection.renew(), store: this.#store, title: this.#own.title });
    this.memory.tell(connection);
  }

  /** The tab's lock is free: it is gone, or lost its locks. A living one says hello again. */
  #askForLife(connection: Connection): void {
    const { token } = connection;
    connection.send({ type: "moved" });
    setTimeout(() => {
      if (connection.token === token) this.#forget(connection);
    }, ANSWER_MS_MAX);
  }

  #receive(connection: Connection, message: ToWriter): void {
    if (this.#closing) return;
    if (message.type === "hello") return void this.#hello(connection.client);
    if (!connection.expects(message)) return;
    switch (message.type) {
      case "commit": return this.#commit(connection, message);
      case "ping": return connection.send({ type: "alive" });
      case "ask": return void this.#answer(connection, message.id, message.method, message.parameters);
      case "bye": return this.#forget(connection);
    }
  }

  #commit(connection: Connection, { seq, batch, first }: Extract<ToWriter, { type: "commit" }>): void {
    if (connection.waiting.has(seq)) return;
    if (seq <= connection.last) return connection.done(seq);
    connection.add(seq, batch, first);
    if (!this.#deferred.takes(connection, seq, batch)) this.#go(connection, seq, batch);
  }

  /** Commits; where there is no engine, as soon as there is one. */
  #go(connection: Connection, seq: number, batch: Uint8Array): void {
    if (this.#engine) this.#submit(this.#engine, connection, seq, batch);
    else void this.#recover();
  }

  #submit(engine: Engine, connection: Connection, seq: number, batch: Uint8Array): void {
    const refused = this.memory.refusal(engine, batch);
    if (refused) return connection.lost([seq], refused);
    connection.submitted(seq);
    this.track(() => engine.submit(batch)).then(
      () => {
        this.committed(engine, batch.length);
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
      value = await answer(this, connection, await this.#readable(), method, parameters);
    } catch (thrown) {
      if (this.#closing) return;
      if (thrown instanceof WebAssembly.RuntimeError) this.#broke(thrown);
      const error = plain(thrown);
      // Every tab has been told, and asks the next writer if there is one.
      if (await this.endIfOver(error)) return;
      return connection.send({ type: "refuse", id, error });
    }
    connection.send({ type: "answer", id, value });
  }

  /** The engine that serves reads, opened again if it failed. */
  async #readable(): Promise<Engine> {
    if (!this.#current) await this.#recover();
    return this.#current ?? this.#cannot();
  }

  /** The engine, opened for writing: to commit the batch, if there is one. */
  async writable(batch?: Uint8Array): Promise<Engine> {
    if (this.#room.isAwaited(batch) && !await this.#room.ready(batch)) throw new SteadfastError(noRoom());
    if (!this.#engine) {
      if (batch && onlyDeletes(batch)) this.#room.wants();
      await this.#recover();
    }
    return this.#engine ?? this.#cannot();
  }

  #cannot(): never {
    throw new SteadfastError(this.#failure ?? plain(fault("Closed", "reopen", "the database is being closed")));
  }

  /** Why the database cannot be written at this moment, if it cannot. */
  get failure(): PlainError | null {
    return !this.#engine ? this.#failure ?? null : this.#room.isTight || this.#room.isRefusing ? noRoom() : null;
  }

  /** Starts something with the engine, and remembers it until it is settled. */
  track<T>(start: () => Promise<T>): Promise<T> {
    return this.#flights.track(start);
  }

  /** A commit of so many bytes is durable: counts it, and tells subscribers. */
  committed(engine: Engine, length: number): void {
    this.#pause.saved();
    this.#room.wrote(length);
    this.memory.tellIfNear();
    if (engine !== this.#engine) return;
    try {
      this.#audience.publish(engine);
    } catch (thrown) {
      // It is durable all the same, and whoever waits for it is told so.
      uncaught(thrown);
    }
  }

  /** In a pause: compacts where the reserve was given away, or takes a snapshot soon due. */
  #tidy(): void {
    const engine = this.#engine;
    if (!engine || this.#closing) return;
    if (this.#room.isTight) return void this.#room.loosen();
    // One that fails changes nothing, and a store that fails tells whoever commits.
    if (isWorthSnapshot(engine, this.place)) this.track(() => engine.snapshot(false)).catch(() => {});
  }

  subscribe(connection: Connection, on: boolean): void {
    connection.subscribed = on;
    if (this.#engine) this.#audience.update(this.#engine);
  }

  /** The engine is of no more use. */
  fail(engine: Engine, thrown: unknown): void {
    if (engine !== this.#engine) return;
    this.#engine = undefined;
    this.#room.failed();
    this.#broken.push(engine);
    this.#failure = plain(thrown);
    for (const connection of this.#connections.values()) {
      connection.held.clear();
      for (const waiting of connection.waiting.values()) {
        waiting.failures += 1;
        waiting.isSubmitted = false;
      }
    }
    if (thrown instanceof WebAssembly.RuntimeError) return this.#broke(thrown);
    void this.#recover();
  }

  /** The engine is of no use, and its memory neither: in this place there is no other. */
  #broke(thrown: WebAssembly.RuntimeError): void {
    const error = plain(brokenDown(thrown));
    // What broke down cannot be freed or closed, and what it had under way is never settled.
    this.#broken = [];
    this.#room.failed();
    this.#engine = this.#reader = undefined;
    this.#failure = error;
    this.#flights.forget();
    this.#recovery = undefined;
    this.#end(error);
  }

  /**
   * Looks whether the store is still there and this writer's; after an error, whether that is why.
   * If not, the writer ends, and every tab is told; whether it did.
   */
  async endIfOver(error?: PlainError): Promise<boolean> {
    const engine = this.#current;
    const over = engine && await verdict(engine, this.place, error);
    if (over && engine === this.#current) this.#end(over);
    await this.#recovery;
    return this.#isOver;
  }

  /** Whether transaction `seq` of the tab is in the store, after the engine failed under it. */
  async wasCommitted(connection: Connection, seq: number): Promise<boolean> {
    await this.#recover();
    if (seq <= connection.lastTransaction) return true;
    if (this.#engine) return false;
    throw new SteadfastError(this.#isKnown ? notSaved(this.#failure, undefined) : unknown(this.#failure));
  }

  #recover(): Promise<void> {
    // One that is over must not fence off its successor.
    if (this.#closing || this.#isOver) return this.#recovery ?? Promise.resolve();
    this.#recovery ??= this.#reopen().finally(() => {
      this.#recovery = undefined;
      // What came in while an engine could not be had, and is still there, wants another try.
      if (!this.#engine && [...this.#connections.values()].some(({ waiting }) => waiting.size > 0)) void this.#recover();
    });
    return this.#recovery;
  }

  /** The first time: nobody waits yet. */
  async #open(): Promise<void> {
    try {
      this.#use(await openForWriting(this.place));
    } catch (thrown) {
      this.#failure = plain(thrown);
      if (!isFull(this.#failure)) throw thrown;
      this.#read(await openForReading(this.place).catch((second: unknown) => {
        throw plain(second).kind === "Evicted" ? second : thrown;
      }));
    }
  }

  #use(engine: Engine): void {
    this.#reader?.free();
    this.#reader = undefined;
    this.#engine = engine;
    this.#hasWritten = true;
    this.#know(engine);
    this.#room.opened(engine);
  }

  #read(reader: Engine): void {
    this.#reader = reader;
    this.#know(reader);
  }

  #know(engine: Engine): void {
    this.#epoch = epochOf(engine);
    this.#store = identityOf(engine);
    // From now on this writer opens this store and no other.
    if (this.#store !== "") this.place.store = this.#store;
    for (const connection of this.#connections.values()) connection.held.clear();
  }

  async #reopen(): Promise<void> {
    await this.#flights.settled();
    for (let broken = this.#broken.shift(); broken; broken = this.#broken.shift()) {
      const over = await verdict(broken, this.place);
      broken.free();
      if (over) return this.#end(over);
    }
    const given = new Map([...this.#connections.values()].map((connection) => [connection, [...connection.waiting.keys()]]));
    // Private files are open to one only.
    if (this.place.storage === "opfs" && this.#reader) {
      this.#reader.free();
      this.#reader = undefined;
    }
    try {
      const failure = this.#failure;
      const made = isFull(failure) && !isDiskFull(failure) ? await this.#room.make([...this.#connections.values()]) : undefined;
      // What was tried again at once would find the room not counted yet.
      if (made === "delete") await pause();
      const engine = await openForWriting(this.place, made !== undefined);
      const sessions = Sessions.of(engine);
      for (const connection of this.#connections.values()) sessions.update(connection);
      // There is no `#engine` yet: a newer commit must not overtake those that wait.
      if (made) await this.#room.admit(engine, [...this.#connections.values()], made, failure);
      this.#audience.update(engine);
      this.#use(engine);
      this.#room.isRefusing = isFull(failure);
      for (const connection of this.#connections.values()) {
        // Again, for tabs that came while the store was compacted.
        sessions.update(connection);
        connection.resume((seq, batch) => this.#submit(engine, connection, seq, batch), notSaved(this.#failure, this.#failure), made === "delete");
      }
      this.#audience.tell(engine, [], true);
    } catch (thrown) {
      const over = overBy(plain(thrown), this.place);
      if (over) return this.#end(over);
      const failure = this.#failure ?? plain(thrown);
      this.#failure = plain(thrown);
      const sessions = await this.#peek();
      // A writer that was only taken for dead, and was not fenced off yet, may still commit.
      this.#isKnown = sessions !== undefined && (this.#hasWritten || !this.place.takesOver);
      const untried = notSaved(failure, plain(thrown));
      for (const [connection, seqs] of given) connection.conclude(seqs, sessions, this.#isKnown ? untried : unknown(failure), untried);
    }
  }

  /** Reads what cannot be opened; the numbers of the commits that are in it. */
  async #peek(): Promise<Sessions | undefined> {
    try {
      if (!this.#reader) this.#read(await openForReading(this.place));
      return this.#reader && Sessions.of(this.#reader);
    } catch {
      return undefined;
    }
  }

  /** The tab is gone, and with it whoever could send its commits again. */
  #forget(connection: Connection): void {
    if (this.#closing || !this.#connections.delete(connection.client)) return;
    this.#tried.set(connection.client, connection.tried);
    for (const held of connection.held.values()) this.#current?.release(held);
    connection.end();
    this.#sweep((client) => client === connection.client, connection.client);
  }

  async #forgetTheDead(): Promise<void> {
    if (!this.#engine) return;
    const locks = await lockNames();
    this.#sweep((client) => !locks.has(this.#names.clientLock(client)));
  }

  /** Deletes what tabs have left that are gone. */
  #sweep(isGone: (client: string) => boolean, only?: string): void {
    const engine = this.#engine;
    const batch = engine && sweeping(engine, isGone, only);
    if (batch) this.track(() => engine.submit(batch)).catch((thrown: unknown) => this.fail(engine, thrown));
  }
}
