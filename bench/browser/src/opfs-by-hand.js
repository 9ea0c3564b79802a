// Appends and flushes for as long as it is told, in a file of the private file system.

import { random } from "./data.js";

const LENGTH_MAX = 64 << 20;

const folder = await navigator.storage.getDirectory();
const file = await folder.getFileHandle("by hand", { create: true });
const handle = await file.createSyncAccessHandle();

addEventListener("message", ({ data: { length, milliseconds } }) => {
  const value = random(length);
  const times = [];
  const start = performance.now();
  let at = 0;
  let now = start;
  try {
    do {
      if (at > LENGTH_MAX) at = 0;
      handle.write(value, { at });
      handle.flush();
      at += length;
      const then = performance.now();
      times.push(then - now);
      now = then;
    } while (now - start < milliseconds);
    postMessage({ rate: (times.length * 1000) / (now - start), times });
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
