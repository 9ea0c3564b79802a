/**
 * The names that the tabs of one database share: locks, channels, and the records of sessions.
 *
 * | name | is |
 * |---|---|
 * | lock `…/writer` | held by the writer; all others wait for it in line |
 * | lock `…/heir` | held by the tab that replaces a writer that does not answer |
 * | lock `…/title/TIME/TITLE` | held by whoever writes or is about to; names suspended tabs too |
 * | lock `…/client/ID` | held by a living tab: the writer waits for its end |
 * | lock `…/worker/ID` | held by a living worker: its tab waits for its end |
 * | channel `…` | announcements to all tabs |
 * | channel `…/client/ID` | between one tab and the writer, where they are not the same |
 * | record `\0steadfast/session/ID/c` | the number of the last commit of that tab |
 * | record `\0steadfast/session/ID/t` | the number of its last transaction |
 */

import { RESERVED } from "./value.js";

/**
 * Raised when the messages between tabs change. Then tabs of two versions do not meet, and the
 * backend's lock refuses the second writer.
 */
const PROTOCOL = 1;

export class Names {
  readonly base: string;

  constructor(storage: string, name: string) {
    this.base = `steadfast/${PROTOCOL}/${storage}/${name}`;
  }

  get writerLock(): string { return `${this.base}/writer`; }
  get heirLock(): string { return `${this.base}/heir`; }
  get titles(): string { return `${this.base}/title/`; }
  clientLock(client: string): string { return `${this.base}/client/${client}`; }
  workerLock(worker: string): string { return `${this.base}/worker/${worker}`; }
  get channel(): string { return this.base; }
  clientChannel(client: string): string { return `${this.base}/client/${client}`; }
}

/** The prefix of all sessions' records. */
export const SESSIONS = `${RESERVED}session/`;

/**
 * The prefix of all pieces of restores and imports: `…/TAB/ONE/NUMBER`. An empty piece stands in
 * front of the others.
 */
export const PIECES = `${RESERVED}pieces/`;

/** `c` counts the commits of a tab, `t` its transactions. */
export type Lane = "c" | "t";

const encoder = new TextEncoder();

/** The key of a session's record. */
export function sessionKey(client: string, lane: Lane): Uint8Array {
  return encoder.encode(`${SESSIONS}${client}/${lane}`);
}

/** A number as a session's record has it. */
export function sessionValue(number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number), true);
  return bytes;
}

/** The number in a session's record; 0 where there is none. */
export function sessionNumber(bytes: Uint8Array | undefined): number {
  if (bytes?.length !== 8) return 0;
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
}

/** A name that no other tab has. */
export function unique(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
