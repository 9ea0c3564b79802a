/**
 * One who waits to be the writer: each tab has one, in the page or in a worker of its own.
 *
 * The browser gives the writer's lock to one candidate, and when that one is gone, however it went,
 * to the next in line. The engine is loaded while waiting, so that a successor needs no network.
 *
 * **A writer that does not answer** (suspended, at a breakpoint, in a dialog) keeps its lock. A tab
 * that has waited long enough has its candidate take the lock away. That is safe whatever the old
 * writer still does: opening the store moves its fence, and nothing that is written behind the
 * fence is acknowledged. The old writer learns it from its next commit or look, and waits in line
 * again.
 *
 * Private files are open to their writer alone, until it closes them or ends. No fence would help
 * there, and no lock is taken away: the others wait, and are told so (see `seat.ts`).
 *
 * **The lock is a courtesy, the fence is the promise.** Chromium gives the lock to the next in line
 * while its holder lives, when the site's data is cleared.
 */

import { orBroken } from "./broken.js";
import { Host } from "./host.js";
import { load } from "./engine.js";
import { plain } from "./error.js";
import { type Held, request } from "./locks.js";
import type { FromCandidate, Port, ToCandidate } from "./messages.js";
import { Names } from "./names.js";
import { overBy } from "./opening.js";
import type { Place } from "./place.js";

/** What a candidate needs. For one in a worker, everything in it can be sent. */
export interface Candidacy {
  place: Place;
  /** The tab. */
  client: string;
  /** What people call the tab. */
  title: string;
  /** Between the tab and the host, should this candidate become it. */
  port: Port;
  /** Between the tab and this candidate. */
  control: MessagePort;
}

/** Waits, serves, and ends when it is told to resign. */
export async function stand({ place, client, title, port, control }: Candidacy): Promise<void> {
  const names = new Names(place.storage, place.name);
  const say = (message: FromCandidate): void => control.postMessage(message);
  const line = new Line(names);
  control.onmessage = ({ data }: MessageEvent<ToCandidate>) => {
    switch (data.type) {
      case "resign": return line.leave();
      case "ping": return say({ type: "here" });
      case "take-over": return line.jump();
      case "store": [place.store, place.backup] = [data.store, undefined];
    }
  };
  try {
    // Who cannot write yet keeps nobody waiting. A failure to load is told when it matters.
    await Promise.race([load(place).catch(() => {}), line.left]);
    for (;;) {
      const turn = await line.wait();
      if (!turn) return say({ type: "resigned" });
      let isLost = false;
      void turn.lock.ended.then(() => (isLost = true));
      try {
        place.takesOver = turn.heir !== undefined;
        const host = await orBroken(await load(place), Host.start(names, place, { client, title, port }));
        turn.heir?.release();
        const end = await Promise.race([host.over, line.left, turn.lock.ended.then(() => "moved" as const)]);
        await (end === undefined ? host.close() : host.end(end));
        if (typeof end === "object") return say({ type: "failed", error: end });
      } catch (thrown) {
        // Suspended while it opened the store, and replaced: another one writes, and it waits
        // again.
        if (!(isLost && overBy(plain(thrown), place) === "moved")) throw thrown;
      } finally {
        turn.heir?.release();
        turn.lock.release();
      }
    }
  } catch (thrown) {
    say(line.isLeft ? { type: "resigned" } : { type: "failed", error: plain(thrown) });
  }
}

/** What a candidate has when it is its turn. */
interface Turn {
  lock: Held;
  /**
   * Where it has jumped the line: held until it has opened the store, so that nobody jumps it
   * meanwhile.
   */
  heir: Held | undefined;
}

/** The line in front of the writer's lock. */
class Line {
  readonly left: Promise<void>;
  isLeft = false;
  readonly #names: Names;
  #leave: () => void = () => {};
  #waiting: AbortController | undefined;
  #jumps = false;

  constructor(names: Names) {
    this.#names = names;
    this.left = new Promise((resolve) => (this.#leave = resolve));
  }

  leave(): void {
    this.isLeft = true;
    this.#leave();
    this.#waiting?.abort();
  }

  /** Takes the lock away from whoever has it, if nobody else is doing that. */
  jump(): void {
    if (!this.#waiting) return;
    this.#jumps = true;
    this.#waiting.abort();
  }

  /** Waits for the turn; `undefined` where the candidate has left instead. */
  async wait(): Promise<Turn | undefined> {
    while (!this.isLeft) {
      const heir = this.#jumps ? await request(this.#names.heirLock, { ifAvailable: true }) : undefined;
      this.#jumps = false;
      if (this.isLeft) {
        heir?.release();
        return undefined;
      }
      this.#waiting = new AbortController();
      const { signal } = this.#waiting;
      try {
        const lock = await request(this.#names.writerLock, heir ? { steal: true } : { signal });
        if (lock) return { lock, heir };
      } catch (thrown) {
        heir?.release();
        // Aborted to leave or to jump.
        if (!signal.aborted) throw thrown;
      } finally {
        this.#waiting = undefined;
      }
    }
    return undefined;
  }
}
