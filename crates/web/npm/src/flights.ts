/** What is under way with an engine: before the engine ends, all of it has to be settled. */
export class Flights {
  readonly #all = new Set<Promise<unknown>>();

  /** Starts something and remembers it until it is settled. */
  track<T>(start: () => Promise<T>): Promise<T> {
    let promise: Promise<T>;
    try {
      promise = start();
    } catch (thrown) {
      promise = Promise.reject(thrown);
    }
    const end = (): unknown => this.#all.delete(settled);
    const settled = promise.then(end, end);
    this.#all.add(settled);
    return promise;
  }

  async settled(): Promise<void> {
    await Promise.all(this.#all);
  }

  /** The engine broke down, and nothing of it will be settled. */
  forget(): void {
    this.#all.clear();
  }
}
