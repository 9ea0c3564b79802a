/**
 * A tab's candidate, seen from the tab: started in the page or in a worker, watched, replaced when
 * its worker dies, told to resign.
 */

import type { Candidacy } from "./candidate.js";
import type { Place } from "./place.js";
import { SteadfastError, fault, plain, type PlainError } from "./error.js";
import { LocalPort } from "./local-port.js";
import { ANSWER_MS_MAX, waitForEnd } from "./locks.js";
import { isAlone } from "./site.js";
import { type WorkerSource, makeWorker, useCopy } from "./make-worker.js";
import type { FromCandidate, Port, ToCandidate } from "./messages.js";
import { candidate, silence } from "./parts.js";

/** A worker that dies so often without having done anything is not started again. */
const DEATHS_MAX = 5;

/**
 * A candidate may take so long to finish its log, in milliseconds; what is acknowledged is durable
 * before.
 */
const RESIGN_MAX = 10_000;

/** A worker that has said nothing by now is looked after, in milliseconds. */
const SILENT_AFTER = 3000;

export class Seat {
  readonly #place: Place;
  /** What the candidate has to know of the tab. */
  readonly #tab: Pick<Candidacy, "place" | "client" | "title">;
  readonly #source: WorkerSource;
  readonly #end = new AbortController();
  /** Called with the port to the candidate, before it can become the writer. */
  readonly #onPort: (port: Port) => void;
  readonly #onFailure: (error: SteadfastError) => void;
  #worker: Worker | undefined;
  /** Aborted when the worker speaks, or is not waited for any more. */
  #silent = new AbortController();
  #control: MessagePort | undefined;
  #port: Port | undefined;
  #resigned: (() => void) | undefined;
  /** Whether a worker of this tab has ever run. */
  #isAlive = false;
  #deaths = 0;
  #unanswered: ReturnType<typeof setTimeout> | undefined;

  constructor(place: Place, client: string, title: string, source: WorkerSource, onPort: (port: Port) => void, onFailure: (error: SteadfastError) => void) {
    this.#place = place;
    this.#tab = { place, client, title };
    this.#source = source;
    this.#onPort = onPort;
    this.#onFailure = onFailure;
  }

  start(): void {
    this.#silent.abort();
    const [control, others] = controls();
    this.#port?.close();
    this.#control?.close();
    this.#control = control;
    this.#control.onmessage = ({ data }: MessageEvent<FromCandidate>) => this.#receive(data);
    const common = { ...this.#tab, control: others };
    if (this.#source === false || isAlone()) {
      const [near, far] = this.#pair();
      this.#onPort((this.#port = near));
      candidate().then(({ stand }) => stand({ ...common, port: far })).catch((thrown: unknown) => this.#fail(plain(thrown)));
      return;
    }
    const port = new MessageChannel();
    this.#onPort((this.#port = port.port1));
    const candidacy = { ...common, port: port.port2 } satisfies Candidacy;
    try {
      this.#worker = makeWorker(this.#source);
    } catch (thrown) {
      return void this.#startAgain(String(thrown));
    }
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      void this.#startAgain(event.message);
    });
    this.#worker.postMessage(candidacy, [candidacy.port, candidacy.control]);
    const { signal } = (this.#silent = new AbortController());
    setTimeout(() => void (signal.aborted || this.#awaitWord(signal)), SILENT_AFTER);
  }

  /** Gives the worker up if it says nothing for too long. */
  async #awaitWord(signal: AbortSignal): Promise<void> {
    // Where that cannot be loaded, the tab has been told that it waits.
    const part = await silence().catch(() => undefined);
    if (part) await this.#startAgain(await part.silence(this.#source, signal));
  }

  /** The script of the worker could not be loaded, failed, or is another one. */
  async #startAgain(reason: string): Promise<void> {
    this.#silent.abort();
    this.#worker?.terminate();
    this.#worker = undefined;
    if (!this.#isAlive && await useCopy(this.#source)) {
      if (!this.#end.signal.aborted) this.start();
    } else {
      this.#fail(await silence().then(({ noWorker }) => noWorker(reason, this.#source), plain));
    }
  }

  /** Which store the tab has open: its candidate shall open no other. */
  remember(store: string): void {
    this.#place.store = store;
    this.#say({ type: "store", store });
  }

  /**
   * The writer does not answer: the candidate shall take its place. What is in memory cannot be
   * taken over, and private files are open to the writer alone, however long it is suspended: they
   * are waited for.
   */
  takeOver(): void {
    if (this.#place.storage === "indexeddb") this.#say({ type: "take-over" });
  }

  #say(message: ToCandidate): void {
    this.#control?.postMessage(message);
  }

  /** The writer did something: it lives. */
  praise(): void {
    this.#deaths = 0;
  }

  /** Has the candidate finish what it does, and ends it. */
  async resign(): Promise<void> {
    const resigned = new Promise<void>((resolve) => (this.#resigned = resolve));
    if (!this.#control || this.#end.signal.aborted) return;
    this.#say({ type: "resign" });
    // A worker that is suspended cannot answer; ending it lets go of all that it holds.
    const late = setTimeout(() => this.#resigned?.(), RESIGN_MAX);
    await resigned;
    clearTimeout(late);
    this.stop();
  }

  /** Ends the candidate, whatever it does. */
  stop(): void {
    this.#end.abort();
    this.#silent.abort();
    clearTimeout(this.#unanswered);
    this.#worker?.terminate();
    this.#port?.close();
    this.#control?.close();
    this.#resigned?.();
  }

  /** Two ends of a port within this thread. */
  #pair(): [Port, Port] {
    // What is kept in memory is durable at once: a program that saves in a loop would never let the
    // page draw.
    if (this.#place.storage !== "memory" || isAlone()) return LocalPort.pair();
    const { port1, port2 } = new MessageChannel();
    return [port1, port2];
  }

  #receive(message: FromCandidate): void {
    switch (message.type) {
      case "alive":
        this.#isAlive = true;
        this.#silent.abort();
        waitForEnd(message.lock, this.#end.signal).then(() => this.#askForLife(), () => {});
        return;
      case "here": return clearTimeout(this.#unanswered);
      case "failed": return this.#fail(message.error);
      case "resigned": return this.#resigned?.();
    }
  }

  /** The worker's lock is free: it is dead, or all locks were let go of. */
  #askForLife(): void {
    this.#unanswered = setTimeout(() => this.#replace(), ANSWER_MS_MAX);
    this.#say({ type: "ping" });
  }

  /** The worker is gone and nobody told it to go. */
  #replace(): void {
    this.#deaths += 1;
    // Told to resign, it can no longer say that it has.
    if (this.#resigned) return this.#resigned();
    if (this.#deaths > DEATHS_MAX) return this.#fail("the writing worker dies again and again");
    this.start();
  }

  #fail(reason: string | PlainError): void {
    if (this.#end.signal.aborted) return;
    this.stop();
    this.#onFailure(typeof reason === "string" ? fault("Unsupported", "change-the-call", reason) : new SteadfastError(reason));
  }
}

/**
 * Two ends of what a tab and its candidate say to each other. An open `MessagePort` would keep Node
 * from ending.
 */
function controls(): [MessagePort, MessagePort] {
  if (isAlone()) return LocalPort.pair() as unknown as [MessagePort, MessagePort];
  const { port1, port2 } = new MessageChannel();
  return [port1, port2];
}
