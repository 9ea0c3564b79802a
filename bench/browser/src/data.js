// Bytes that nothing can compress.

const RANDOM_MAX = 65_536;

/** So many random bytes. */
export function random(length) {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += RANDOM_MAX) crypto.getRandomValues(bytes.subarray(at, Math.min(at + RANDOM_MAX, length)));
  return bytes;
}
