/**
 * What the writer knows of one tab: how to reach it, what it has committed, what it waits for.
 */

import type { Engine } from "./engine.js";
import { decodePairs } from "./batch.js";
import type { PlainError } from "./error.js";
import type { FromWriter, Port, ToClient, ToWriter } from "./messages.js";
import { SESSIONS, sessionNumber, unique } from "./names.js";

/** The tab that the writer belongs to. */
export interface Own {
  client: string;
  /** What people call it. */
  title: string;
  port: Port;
}

/** A commit is tried so often before it is given up. */
const FAILURES_MAX = 2;
/** Where room was freed for it, which the browser may count late, so often. */
const FAILURES_MAX_FREED = 8;

/** A commit that is not durable yet. */
export interface Waiting {
  seq: number;
  batch: Uint8Array;
  /** How often an engine broke down under it. */
  failures: number;
  /** Whether an engine has it. */
  isSubmitted: boolean;
}

export class Connection {
  readonly client: string;
  readonly port: Port;
  /** Ends the watch over the tab's life. */
  readonly watch = new AbortController();
  /** What the tab's messages must carry; empty while there is none that would do. */
  token = "";
  /** The last token that the tab was given, which names what is said after it. */
  #session = "";
  /** How many messages were sent in this session, and received. */
  #sent = 0;
  #received = 0;
  /** The number of the last commit that is durable. */
  last = 0;
  /** The number of the last commit that an engine may have had: of this writer, or of another. */
  tried: number;
  /** The number of the last transaction that is durable. */
  lastTransaction = 0;
  /** In the order of their numbers. */
  readonly waiting = new Map<number, Waiting>();
  /** How long they are together, in bytes. */
  #length = 0;
  /** The last transaction: what is sent again while it is under way has the same answer. */
  transaction: { seq: number; length: number; committed: Promise<boolean> } | undefined;
  /** States held still for the tab's transactions: the tab's name for it to the engine's. */
  readonly held = new Map<string, number>();
  subscribed = false;
  #isOver = false;

  constructor(client: string, port: Port, tried: number) {
    this.tried = tried;
    this.client = client;
    this.port = port;
  }

  /** The tab has sent a commit; whether it was sent to no other writer before. */
  add(seq: number, batch: Uint8Array, first: boolean): void {
    this.waiting.set(seq, { seq, batch, failures: 0, isSubmitted: false });
    this.#length += batch.length;
    if (!first) this.#try(seq);
  }

  /** An engine has commit `seq` now. */
  submitted(seq: number): void {
    const waiting = this.waiting.get(seq);
    if (waiting) waiting.isSubmitted = true;
    this.#try(seq);
  }

  #try(seq: number): void {
    this.tried = Math.max(this.tried, seq);
  }

  /** How much is to be committed, in bytes. */
  get length(): number {
    return this.#length + (this.transaction?.length ?? 0);
  }

  send(message: ToClient): void {
    // What was under way when the tab went has nobody to be told to.
    if (this.#isOver) return;
    this.port.postMessage({ ...message, session: this.#session, number: this.#sent } satisfies FromWriter);
    this.#sent += 1;
  }

  /**
   * Whether the message is the next one of the tab. Where one was lost in front of it, all that
   * follow are dropped, and the tab is told to say hello again.
   */
  expects({ token, number }: Exclude<ToWriter, { type: "hello" }>): boolean {
    if (token !== this.token) return false;
    this.#received += 1;
    if (number === this.#received) return true;
    this.token = "";
    // If that gets lost as well, the tab says hello after some silence.
    this.send({ type: "moved" });
    return false;
  }

  /** Nothing is said or heard any more. */
  end(): void {
    this.#isOver = true;
    this.token = "";
    this.watch.abort();
    if ("name" in this.port) this.port.close();
  }

  /** What the tab is told from now on must be told again if it is told under another token. */
  renew(): string {
    this.token = this.#session = unique();
    this.#sent = this.#received = 0;
    return this.token;
  }

  /** Commit `seq` is durable. */
  done(seq: number): void {
    this.#remove(seq);
    this.last = Math.max(this.last, seq);
    this.send({ type: "done", seq });
  }

  /**
   * Answers what is in the store, as far as that is known, and tries the rest again; but not for
   * ever: then the error is told.
   */
  resume(submit: (seq: number, batch: Uint8Array) => void, error: PlainError, isFreed: boolean): void {
    const given: number[] = [];
    for (const { seq, batch, failures } of [...this.waiting.values()]) {
      // Dropped, when one before it was refused.
      if (!this.waiting.has(seq)) continue;
      if (seq <= this.last) this.done(seq);
      else if (failures >= (isFreed ? FAILURES_MAX_FREED : FAILURES_MAX) || given.length > 0) given.push(seq);
      else submit(seq, batch);
    }
    this.lost(given, error);
  }

  /**
   * Answers those of these commits that are in the store; the rest are lost. What no engine has had
   * is not in the store, even where nobody can look: it is told apart (`tried`, `untried`).
   */
  conclude(seqs: number[], sessions: Sessions | undefined, tried: PlainError, untried: PlainError): void {
    sessions?.update(this);
    for (const seq of seqs.filter((seq) => sessions && seq <= this.last)) this.done(seq);
    const left = seqs.filter((seq) => this.waiting.has(seq));
    const open = left.filter((seq) => seq <= this.tried);
    if (open.length > 0) this.lost(open, tried);
    else this.lost(left, untried);
  }

  /**
   * These commits are not in the database, and nobody will try them again.
   *
   * What the tab sent after these must not overtake the news of their failure: the record of a
   * later one would say that these are in the database. So what no engine has yet is dropped, and
   * so is what comes under this token. The tab sends it again.
   */
  lost(seqs: number[], error: PlainError): void {
    if (seqs.length === 0) return;
    for (const seq of seqs) this.#remove(seq);
    const first = Math.min(...seqs);
    for (const { seq, isSubmitted } of [...this.waiting.values()]) if (seq > first && !isSubmitted) this.#remove(seq);
    this.send({ type: "lost", token: this.token, seqs, error });
    this.token = "";
  }

  #remove(seq: number): void {
    this.#length -= this.waiting.get(seq)?.batch.length ?? 0;
    this.waiting.delete(seq);
  }
}

/**
 * What the store remembers of sessions: for each tab the numbers of its last commit and
 * transaction.
 */
export class Sessions {
  readonly #numbers = new Map<string, { c: number; t: number }>();

  /** Reads the records from an open store. */
  static of(engine: Engine): Sessions {
    return new Sessions(engine.scan(prefix(), new Uint8Array(), 0xffff_ffff, 0xffff_ffff));
  }

  /** From the pairs of the records. */
  constructor(pairs: Uint8Array) {
    const decoder = new TextDecoder();
    for (const [key, value] of decodePairs(pairs, true)) {
      const [client = "", lane] = decoder.decode(key).slice(SESSIONS.length).split("/");
      const numbers = this.#numbers.get(client) ?? { c: 0, t: 0 };
      if (lane === "c" || lane === "t") numbers[lane] = sessionNumber(value);
      this.#numbers.set(client, numbers);
    }
  }

  get clients(): string[] {
    return [...this.#numbers.keys()];
  }

  /** Brings a connection up to what is durable. */
  update(connection: Connection): void {
    const numbers = this.#numbers.get(connection.client);
    connection.last = Math.max(connection.last, numbers?.c ?? 0);
    connection.lastTransaction = Math.max(connection.lastTransaction, numbers?.t ?? 0);
  }
}

/** The prefix of the records, in bytes. */
export function prefix(): Uint8Array {
  return new TextEncoder().encode(SESSIONS);
}
