/**
 * One who waits to be the writer: each tab has one, in the page or in a worker of its own.
 *
 * The browser gives the writer's lock to one candidate, and when that one is gone, however it went, to the next in line. The engine is
 * loaded while waiting, so that a successor needs no network.
 */

import { Host } from "./host.js";
import { load } from "./engine.js";
import { plain } from "./error.js";
import { hold } from "./locks.js";
import type { FromCandidate, Port, Resign } from "./messages.js";
import { Names } from "./names.js";
import type { Place } from "./place.js";

/** What a candidate needs. For one in a worker, everything in it can be sent. */
export interface Candidacy {
  place: Place;
  /** The tab. */
  client: string;
  /** Between the tab and the host, should this candidate become it. */
  port: Port;
  /** Between the tab and this candidate. */
  control: MessagePort;
}

/** Waits, serves, and ends when it is told to resign. */
export async function stand({ place, client, port, control }: Candidacy): Promise<void> {
  const names = new Names(place.storage, place.name);
  const say = (message: FromCandidate): void => control.postMessage(message);
  const resign = new AbortController();
  control.onmessage = ({ data }: MessageEvent<Resign>) => {
    if (data.type === "resign") resign.abort();
  };
  // A failure to load is told when it matters.
  load(place).catch(() => {});
  let release: () => void;
  try {
    release = await hold(names.writerLock, resign.signal);
  } catch {
    return say({ type: "resigned" });
  }
  try {
    const host = await Host.start(names, place, { client, port });
    host.onBreakdown = (error) => {
      release();
      say({ type: "failed", error });
    };
    await aborted(resign.signal);
    await host.close();
    release();
    say({ type: "resigned" });
  } catch (thrown) {
    release();
    say(resign.signal.aborted ? { type: "resigned" } : { type: "failed", error: plain(thrown) });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
