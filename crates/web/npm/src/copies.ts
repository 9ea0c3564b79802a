/**
 * Copies of the package's files within scripts, for where the files are not found: who has them.
 *
 * A tab loads them by `import()`, which every bundler and Node follow (see `inline.ts`). A worker
 * asks its tab, so that its own script is one file: Vite's build (5 to 7) takes no worker with an
 * `import()` in it.
 */

/** A build of the engine. Its file is `NAME_bg.wasm`. */
export type Build = "steadfast" | "steadfast_whole" | "steadfast_opfs";

export interface Copies {
  /** The WebAssembly of a build. */
  wasm(build: Build): Promise<ArrayBuffer>;
  /** The address of the worker's script. A worker makes no other. */
  worker?(): Promise<string>;
}

let known: Copies | undefined;

/** Says where copies are to be had. */
export function useCopies(copies: Copies): void {
  known = copies;
}

/** Where they are to be had. */
export function copies(): Copies | undefined {
  return known;
}
