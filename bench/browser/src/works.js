// What the entrants have to do, and how fast they do it.

import { random } from "./data.js";

/**
 * The works. `lanes` is how many puts are under way at once. If `keys` is 1, one value is replaced
 * again and again.
 */
export const WORKS = [
  { name: "one", title: "Durable puts of 100 bytes, one at a time", unit: "puts/s", length: 100, lanes: 1, keys: 10_000 },
  { name: "hundred", title: "100 in flight", unit: "puts/s", length: 100, lanes: 100, keys: 10_000 },
  { name: "save", title: "Saves of 1 MiB", unit: "saves/s", length: 1 << 20, lanes: 1, keys: 1 },
];

/** Has an open entrant work for a while: its rate, and how long each put took in milliseconds. */
export async function measure(entrant, { length, lanes, keys }, milliseconds) {
  if (entrant.measure) return entrant.measure(length, milliseconds);
  // Other bytes for each put of a round, made before it.
  const values = Array.from({ length: Math.max(1, Math.min(1000, (8 << 20) / length)) }, () => random(length));
  const times = [];
  let next = Math.floor(Math.random() * keys);
  const start = performance.now();
  const lane = async () => {
    let now = performance.now();
    do {
      next += 1;
      await entrant.put(`key ${next % keys}`, values[next % values.length]);
      const then = performance.now();
      times.push(then - now);
      now = then;
    } while (now - start < milliseconds);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { rate: (times.length * 1000) / (performance.now() - start), times };
}
