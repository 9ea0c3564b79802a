/**
 * A pair of ports within one thread, for a page that is itself the writer.
 *
 * A `MessageChannel` would copy each message and wait for the event loop twice a save. Here the
 * other side hears of a message in the next microtask, in order. A message must not be changed
 * after it was sent.
 */

interface Hearing { data: unknown }

export class LocalPort {
  onmessage: ((event: MessageEvent) => void) | null = null;
  #other: LocalPort | undefined;

  /** Two ports, each the other end of the other. */
  static pair(): [LocalPort, LocalPort] {
    const [one, two] = [new LocalPort(), new LocalPort()];
    one.#other = two;
    two.#other = one;
    return [one, two];
  }

  postMessage(data: unknown): void {
    queueMicrotask(() => this.#other?.onmessage?.({ data } satisfies Hearing as MessageEvent));
  }

  close(): void {
    if (this.#other) this.#other.#other = undefined;
    this.#other = undefined;
  }
}
