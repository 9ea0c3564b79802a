/**
 * The script's `queueMicrotask`, which the build puts in the place of the browser's: also in what
 * wasm-bindgen made.
 *
 * The browser's is one of its own functions, and costs ten times what a promise of the language
 * does. A save has eight of them.
 */

import { tellBroken } from "./broken.js";
import { uncaught } from "./uncaught.js";

const now = Promise.resolve();

/** What goes wrong is told as it would be: to the page, or to whoever has started the worker. */
export function queueMicrotask(task: () => void): void {
  void now.then(() => {
    try {
      task();
    } catch (error) {
      if (!tellBroken(error)) uncaught(error);
    }
  });
}
