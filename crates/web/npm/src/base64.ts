/**
 * Bytes as base64, where JSON has to hold them.
 */

/** As many bytes at a time as a call can have arguments. */
const PIECE = 0x8000;

/** The base64 of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

/** The bytes of base64. */
export function fromBase64(text: unknown): Uint8Array<ArrayBuffer> {
  if (typeof text === "string") {
    try {
      const characters = atob(text);
      const bytes = new Uint8Array(characters.length);
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = characters.charCodeAt(at);
      return bytes;
    } catch { /* told below */ }
  }
  throw new Error("the bytes are no base64");
}
