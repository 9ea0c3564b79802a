/**
 * Copies of the WebAssembly and of the worker within scripts, for where the files are not found.
 *
 * Vite's development server (5 to 7), esbuild and Rollup by themselves move the package's scripts
 * and leave its files behind. From a CDN the files come, but a browser makes no worker of another
 * site's script: it makes one of a copy.
 */

import type { Build } from "./copies.js";

/** The module that has a copy. */
type Copy = Promise<{ default: string }>;

const COPIES: Record<Build, () => Copy> = {
  steadfast: () => import("./wasm/steadfast_inline.js"),
  steadfast_whole: () => import("./wasm/steadfast_whole_inline.js"),
  steadfast_opfs: () => import("./wasm/steadfast_opfs_inline.js"),
};

let address: string | undefined;

/** The WebAssembly of a build. */
export async function wasm(build: Build): Promise<ArrayBuffer> {
  const { default: text } = await COPIES[build]();
  const gunzip = new DecompressionStream("gzip");
  const writer = gunzip.writable.getWriter();
  const unpacked = new Response(gunzip.readable).arrayBuffer();
  await Promise.all([writer.write(Uint8Array.from(atob(text), (char) => char.charCodeAt(0))), writer.close()]);
  return unpacked;
}

/** The address of the worker's script. */
export async function worker(): Promise<string> {
  const { default: text } = await import("./wasm/worker_inline.js");
  return (address ??= URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
}
