/**
 * A tab's end of the conversation with the writer. It finds the writer, sends it what the tab
 * wants, and sends it again until it is answered.
 *
 * What is unanswered when the writer dies is sent to the next writer. For commits this is harmless:
 * each has a number under which the store remembers it. All other requests change nothing, but for
 * transactions. Transactions have numbers of their own and run one at a time, so the store has to
 * remember only the last one.
 */

import { fault, plain, SteadfastError } from "./error.js";
import { type EncodedChange, checkLength, encodeBatch } from "./batch.js";
import { Group, type Settle } from "./group.js";
import type { Tools } from "./engine.js";
import { evicted } from "./identity.js";
import { Patience } from "./patience.js";
import { engine, handles, silence } from "./parts.js";
import type { Place } from "./place.js";
import { hold } from "./locks.js";
import type { Announcement, FromWriter, Port, Request, ToWriter } from "./messages.js";
import type { MemoryState } from "./reports.js";
import { Names, sessionKey, sessionValue, unique } from "./names.js";
import { channel } from "./site.js";
import type { WorkerSource } from "./make-worker.js";
import { Seat } from "./seat.js";
import { uncaught } from "./uncaught.js";

interface Commit extends Settle<void> {
  batch: Uint8Array;
  /** The writers that it was sent to: the last one, and whether there was no other. */
  host?: string | undefined;
  first?: boolean;
}
interface Question extends Settle<unknown> { method: string; parameters: unknown[] }
interface Link { port: Port; host: string; token: string; title: string; sent: number }

/** Whether the writer answers. */
export interface WriterState {
  /** `waiting`: something is unanswered, and nothing was heard of a writer since `since`. */
  state: "ready" | "waiting";
  /** Since when, as `Date.now()` counts. */
  since: number | undefined;
  /** The title of the tab that writes or opens the database, as far as it is known. */
  writer: string | undefined;
  /** Told when the engine's memory comes near its end: soon larger changes are refused. */
  memory?: MemoryState;
}

/** How often a listening tab checks whether it stood still, in milliseconds. */
const BEAT = 500;
/** A beat later than this means a standstill. A hidden tab is slowed down to one beat a second. */
const STOOD_STILL_AFTER = 1100;

/** Changes as the writer tells them. */
export interface Changes { batches: Uint8Array[]; commits: number; missed: boolean }

export class Client {
  readonly id = unique();
  readonly #record = sessionKey(this.id, "c");
  readonly #place: Place;
  readonly #names: Names;
  readonly #seat: Seat;
  readonly #patience: Patience;
  readonly #channel: BroadcastChannel;
  readonly #own: BroadcastChannel;
  readonly #commits = new Map<number, Commit>();
  readonly #questions = new Map<number, Question>();
  #release: () => void = () => {};
  #local: Port | undefined;
  /** What was asked for since the program last paused. */
  #group: Group | undefined;
  #link: Link | undefined;
  /**
   * The token of the last accepted welcome. `#received` is the number of the last message after it.
   */
  #session = "";
  #received = 0;
  #epoch = 0;
  #lastCommit = 0;
  #lastQuestion = 0;
  #lastTransaction = 0;
  #transactions: Promise<unknown> = Promise.resolve();
  #dead: SteadfastError | undefined;
  #closed: Promise<void> | undefined;
  /** The page's handles on this database in memory, among which this one is counted. */
  #handles: typeof import("./handles.js") | undefined;
  /**
   * Nothing is sent or heard any more. A handle that is closing may still be waiting for something.
   */
  #isOver = false;
  #opened: Settle<void> | undefined;
  /** The number of commits that this tab was told of; `undefined` while it does not listen. */
  #told: number | undefined;
  /** Whether it has yet to learn, after a welcome, how many commits there are. */
  #isBehind = false;
  #onChanges: ((changes: Changes) => void) | undefined;
  #beat: ReturnType<typeof setTimeout> | undefined;
  /** Called when the database ends without having been closed. */
  onFailure: (error: SteadfastError) => void = () => {};
  /** Called when the writer does not answer, and when it does again. */
  onStatus: (state: WriterState) => void;
  /** The title of the tab that was the last writer. */
  #writer: string | undefined;

  private constructor(place: Place, worker: WorkerSource, onStatus: (state: WriterState) => void) {
    const names = new Names(place.storage, place.name);
    this.#place = place;
    this.#names = names;
    this.onStatus = onStatus;
    this.#channel = channel(names.channel);
    this.#own = channel(names.clientChannel(this.id));
    const title = typeof document === "undefined" ? "" : document.title || location.href;
    this.#seat = new Seat(place, this.id, title, worker, (port) => this.#listen((this.#local = port)), (error) => this.#fail(error));
    this.#patience = new Patience({
      waits: () => this.#opened !== undefined || this.#commits.size > 0 || this.#questions.size > 0,
      ask: () => this.#askForLife(),
      tell: (since) => this.#tellStatus(since),
      takeOver: () => this.#seat.takeOver(),
    });
  }

  /** Waits until there is a writer that can be talked to: this tab's own, or another's. */
  static async open(place: Place, worker: WorkerSource, onStatus: (state: WriterState) => void = () => {}): Promise<Client> {
    const client = new Client(place, worker, onStatus);
    const opened = new Promise<void>((resolve, reject) => (client.#opened = { resolve, reject }));
    try {
      // The lock comes before any message: the writer takes a client without a lock for gone.
      client.#release = await hold(client.#names.clientLock(client.id));
      if (place.storage === "memory") (client.#handles = await handles()).come(place.name);
      client.#listen(client.#own);
      client.#channel.onmessage = ({ data }: MessageEvent<Announcement | ToWriter>) => {
        if (data.type === "writer" && data.host !== client.#link?.host) client.#sayHello();
        else if (data.type === "opening") client.#patience.postpone();
      };
      client.#patience.begin();
      client.#seat.start();
      if (!client.#dead) client.#sayHello();
      await opened;
    } catch (thrown) {
      client.#leave();
      throw thrown;
    }
    return client;
  }

  /** What is called seldom, loaded in this tab. */
  async tools(): Promise<Tools> {
    const { loadTools } = await engine();
    return loadTools(this.#place);
  }

  /** Which database it is: the same for all tabs. */
  get database(): string {
    return this.#names.base;
  }

  /** Whether the writer is this tab's own candidate. */
  get isWriter(): boolean {
    return this.#link !== undefined && this.#link.port === this.#local;
  }

  /**
   * Commits changes. It is settled when they are durable, when they are known not to be in the
   * database, or when neither can be known.
   */
  commit(changes: readonly EncodedChange[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.check();
      checkLength(changes);
      if (this.#group && !this.#group.fits(changes)) this.#sendGroup();
      if (!this.#group) {
        this.#group = new Group();
        queueMicrotask(() => this.#sendGroup());
      }
      this.#group.add(changes, { resolve, reject });
    });
  }

  /** Sends what was asked for, as one commit. */
  #sendGroup(): void {
    const group = this.#group;
    this.#group = undefined;
    if (!group) return;
    const seq = this.#lastCommit + 1;
    let batch: Uint8Array;
    try {
      batch = encodeBatch([...group.changes, { key: this.#record, value: sessionValue(seq) }]);
    } catch (error) {
      // There is no memory for the message: nothing was sent, and the callers are told so.
      group.reject(new SteadfastError(plain(error)));
      return;
    }
    this.#lastCommit = seq;
    const commit = { batch, resolve: () => group.resolve(), reject: (error: SteadfastError) => group.reject(error) };
    this.#commits.set(seq, commit);
    this.#patience.begin();
    try {
      this.#sendCommit(seq, commit);
    } catch (error) {
      // A later one must not make the writer think that it has this one.
      this.#commits.delete(seq);
      group.reject(new SteadfastError(plain(error)));
    }
  }

  /** Asks the writer for something that changes nothing. */
  ask<T>(method: string, ...parameters: unknown[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.check();
      // What was asked for before is sent before.
      this.#sendGroup();
      this.#lastQuestion += 1;
      const id = this.#lastQuestion;
      this.#questions.set(id, { method, parameters, resolve: resolve as (value: unknown) => void, reject });
      this.#patience.begin();
      this.#send({ type: "ask", id, method, parameters });
    });
  }

  /** Asks for something that commits, as this tab's next transaction; `false` where it did not. */
  transact(parameters: unknown[], changes: readonly EncodedChange[]): Promise<boolean> {
    const turn = async (): Promise<boolean> => {
      this.#lastTransaction += 1;
      const seq = this.#lastTransaction;
      const batch = encodeBatch([...changes, { key: sessionKey(this.id, "t"), value: sessionValue(seq) }]);
      return this.ask<boolean>("transact", seq, ...parameters, batch);
    };
    const next = this.#transactions.then(turn);
    this.#transactions = next.catch(() => {});
    return next;
  }

  /** Begins to hear of changes, or stops it. */
  async listen(onChanges: ((changes: Changes) => void) | undefined): Promise<void> {
    this.#onChanges = onChanges;
    this.#told = undefined;
    clearTimeout(this.#beat);
    if (onChanges) this.#watchStandstill();
    const commits = await this.ask<number>("subscribe", onChanges !== undefined);
    if (onChanges) this.#told ??= commits;
  }

  /**
   * Asks the writer for an answer after each standstill. The answer's number tells whether changes
   * got lost meanwhile. Without it the tab would learn this only with the next change.
   */
  #watchStandstill(): void {
    const began = performance.now();
    this.#beat = setTimeout(() => {
      if (performance.now() - began > STOOD_STILL_AFTER) this.#send({ type: "ping" });
      this.#watchStandstill();
    }, BEAT);
    // This timer alone must not keep Node running.
    (this.#beat as { unref?: () => void }).unref?.();
  }

  /** Waits for what is under way, and leaves. A second call waits as well. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    if (this.#dead) return;
    this.#sendGroup();
    const under = [...this.#commits.values(), ...this.#questions.values()].map((waiting) => settled(waiting));
    this.#dead = fault("Closed", "reopen", "the database is closed: open it again");
    await Promise.all(under);
    if (this.#isOver) return;
    this.#send({ type: "bye" });
    const ending = this.#end(this.isWriter);
    await Promise.all(ending.map((seat) => seat.resign()));
    this.#leave(ending);
  }

  /**
   * The seats that end with this handle: its own, or none while other handles of the page need it.
   */
  #end(isNeeded: boolean): Seat[] {
    const handles = this.#handles;
    this.#handles = undefined;
    return handles ? handles.go(this.#place.name, this.#seat, isNeeded) : [this.#seat];
  }

  /** Refuses where the database is closed or has ended, with the error that says so. */
  check(): void {
    if (this.#dead) throw this.#dead;
  }

  #listen(port: Port): void {
    port.onmessage = ({ data }: MessageEvent<FromWriter>) => {
      if (this.#isInOrder(data)) this.#receive(port, data);
    };
  }

  #sayHello(): void {
    this.#link = undefined;
    this.#channel.postMessage({ type: "hello", client: this.id } satisfies ToWriter);
  }

  /** Asks the known writer whether it is there; where none is known, asks any writer. */
  #askForLife(): void {
    if (this.#link) this.#send({ type: "ping" });
    else this.#sayHello();
    // Also looks up the title of a writer that has never sent this tab anything.
    silence().then(({ writerOf }) => writerOf(this.#names)).then((title) => (this.#writer = title ?? this.#writer), () => {});
  }

  #tellStatus(since: number | undefined): void {
    // There may be another writer whose announcement got lost.
    if (since !== undefined) this.#sayHello();
    guarded(() => this.onStatus({ state: since === undefined ? "ready" : "waiting", since, writer: this.#writer }));
  }

  #sendCommit(seq: number, commit: Commit): void {
    const { host = commit.host } = this.#link ?? {};
    commit.first = commit.first !== false && (commit.host === undefined || commit.host === host);
    commit.host = host;
    this.#send({ type: "commit", seq, batch: commit.batch, first: commit.first });
  }

  #send(request: Request): void {
    const link = this.#link;
    if (!link) return;
    try {
      link.port.postMessage({ ...request, token: link.token, number: link.sent + 1 } satisfies ToWriter);
      link.sent += 1;
    } catch (thrown) {
      // The argument cannot be sent, or there is no memory for it.
      throw new SteadfastError(plain(thrown));
    }
  }

  /**
   * Whether the message is the next one of its writer. Where one is missing, all that follow are
   * dropped and the tab says hello again. What is unanswered then is answered again.
   */
  #isInOrder({ type, session, number }: FromWriter): boolean {
    if (type === "welcome" || type === "gone" || type === "moved") return true;
    if (session !== this.#session) return false;
    if (number !== this.#received + 1) {
      this.#session = "";
      this.#sayHello();
      return false;
    }
    this.#received = number;
    return true;
  }

  #receive(port: Port, message: FromWriter): void {
    this.#patience.heard();
    switch (message.type) {
      case "welcome":
        if (this.#isStrange(message.store)) return this.#fail(evicted(this.#place.name));
        if (message.epoch >= this.#epoch) this.#welcomed({ port, ...message });
        return;
      case "alive": return;
      case "near": return guarded(() => this.onStatus({ state: "ready", since: undefined, writer: this.#writer, memory: message.memory }));
      case "gone": return this.#fail(new SteadfastError(message.error));
      case "moved":
        if (port === this.#link?.port) this.#sayHello();
        return;
      case "done": return this.#settle(this.#commits, message.seq, (commit) => commit.resolve());
      case "answer": return this.#settle(this.#questions, message.id, (question) => question.resolve(message.value));
      case "refuse": return this.#settle(this.#questions, message.id, (question) => question.reject(new SteadfastError(message.error)));
      case "changes": {
        if (this.#told === undefined || this.#isBehind || !this.#onChanges) return;
        this.#told = message.commits;
        return this.#onChanges(message);
      }
      case "lost": {
        // These commits have been sent to another writer since, and that one will answer.
        if (message.token !== this.#link?.token) return;
        for (const seq of message.seqs) this.#settle(this.#commits, seq, (commit) => commit.reject(new SteadfastError(message.error)));
        this.#link = undefined;
        return port.postMessage({ type: "hello", client: this.id } satisfies ToWriter);
      }
    }
  }

  /**
   * Whether the writer's store is another one than the tab has had open. Then the tab's store was
   * cleared, and this one was made since.
   */
  #isStrange(store: string): boolean {
    return this.#place.store !== undefined && store !== "" && store !== this.#place.store;
  }

  #welcomed({ port, host, token, epoch, title, store }: Omit<Link, "sent"> & { epoch: number; store: string }): void {
    this.#epoch = epoch;
    this.#link = { port, host, token, title, sent: 0 };
    this.#session = token;
    this.#received = 0;
    this.#writer = title;
    if (store !== "" && store !== this.#place.store) this.#seat.remember(store);
    for (const [seq, commit] of this.#commits) this.#sendCommit(seq, commit);
    for (const [id, { method, parameters }] of this.#questions) this.#send({ type: "ask", id, method, parameters });
    if (this.#told !== undefined) void this.#catchUp();
    this.#opened?.resolve();
    this.#opened = undefined;
  }

  /**
   * Listens to the new writer, and notices if the last one died before it had told of every commit.
   */
  async #catchUp(): Promise<void> {
    this.#isBehind = true;
    const commits = await this.ask<number>("subscribe", true).catch(() => undefined);
    this.#isBehind = false;
    if (commits === undefined || this.#told === undefined || commits === this.#told) return;
    this.#told = commits;
    this.#onChanges?.({ batches: [], commits, missed: true });
  }

  #settle<T>(all: Map<number, T>, number: number, how: (one: T) => void): void {
    const one = all.get(number);
    if (one === undefined) return;
    all.delete(number);
    this.#seat.praise();
    how(one);
  }

  /** The database cannot be used any more. What is unanswered may be in the store or not. */
  #fail(error: SteadfastError): void {
    if (this.#isOver) return;
    const isClosing = this.#dead !== undefined;
    this.#sendGroup();
    this.#dead ??= error;
    this.#leave();
    const wasOpen = this.#link !== undefined || this.#epoch > 0;
    const unknown = fault("OutcomeUnknown", "reopen", `it is unknown whether the change was saved: open the database again to find out (${error.message})`);
    // Where the data is gone, the commits under way are gone too, and their outcome is known.
    const left = error.kind === "Evicted" ? error : unknown;
    for (const { reject } of this.#commits.values()) reject(left);
    for (const { method, reject } of this.#questions.values()) reject(method === "transact" ? left : error);
    this.#commits.clear();
    this.#questions.clear();
    this.#opened?.reject(error);
    this.#opened = undefined;
    if (wasOpen && !isClosing) guarded(() => this.onFailure(error));
  }

  #leave(ending = this.#end(false)): void {
    this.#isOver = true;
    clearTimeout(this.#beat);
    this.#patience.end();
    for (const seat of ending) seat.stop();
    this.#channel.close();
    this.#own.close();
    this.#release();
  }
}

/** Calls a function of the program's. If it throws, the answers to others still go out. */
function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    uncaught(error);
  }
}

/** Resolves when the promise behind it is settled, either way. */
function settled(waiting: { resolve: (value: never) => void; reject: (error: SteadfastError) => void }): Promise<void> {
  return new Promise((done) => {
    const { resolve, reject } = waiting;
    waiting.resolve = (value: never) => { resolve(value); done(); };
    waiting.reject = (error) => { reject(error); done(); };
  });
}
