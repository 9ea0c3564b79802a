/**
 * The WebAssembly of each build: where it is found.
 *
 * 1. Where the program says: the options `wasm` and `wholeWasm`. Nowhere else then.
 * 2. Beside the script, by `new URL("….wasm", import.meta.url)`. Bundlers know this form and copy
 *    the file. One that does not know it leaves an address at which there is nothing, or the
 *    application's page: so what comes from there is checked.
 * 3. In a copy: see `copies.ts`.
 */

import { isUrl, tagOf } from "./check.js";
import { type Build, copies } from "./copies.js";
import { nodeFiles } from "./node-files.js";
import type { WasmSource } from "./place.js";
import type { Glue } from "./wasm/glue.js";

const MAGIC = 0x6d736100;

// Bundlers find each only where it is written out.
const BESIDE: Record<Build, () => URL> = {
  steadfast: () => new URL("./steadfast_bg.wasm", import.meta.url),
  steadfast_whole: () => new URL("./steadfast_whole_bg.wasm", import.meta.url),
  steadfast_opfs: () => new URL("./steadfast_opfs_bg.wasm", import.meta.url),
};

/** Finds the WebAssembly and starts the build with it; gives its memory. */
export async function start(build: Build, given: WasmSource | undefined, { imports, finish }: Pick<Glue, "imports" | "finish">): Promise<WebAssembly.Memory> {
  const run = async (module: WebAssembly.Module): Promise<WebAssembly.Memory> => {
    // Each build names its script by a letter (`shorten.mjs`). Another build would start too, and
    // put the data into the wrong storage.
    if (!WebAssembly.Module.imports(module).some((wanted) => wanted.module === build.at(-1))) throw new Error(`it is not ${build}_bg.wasm`);
    const instance = await WebAssembly.instantiate(module, imports());
    finish(instance, module);
    return instance.exports["memory"] as WebAssembly.Memory;
  };
  if (given !== undefined) return run(await moduleOf(given));
  try {
    return await run(await moduleOf(BESIDE[build]()));
  } catch (thrown) {
    const others = copies();
    if (!others || isForbidden(thrown)) throw thrown;
    return run(await WebAssembly.compile(await others.wasm(build)));
  }
}

/** Whether a content security policy forbids all WebAssembly. */
export function isForbidden(thrown: unknown): boolean {
  return /content.security.policy|unsafe-eval|\bCSP\b/i.test(String(thrown));
}

/** Also one of another window. */
function isModule(source: WasmSource): source is WebAssembly.Module {
  return tagOf(source) === "WebAssembly.Module";
}

async function moduleOf(source: WasmSource): Promise<WebAssembly.Module> {
  if (isModule(source)) return source;
  if (typeof source !== "string" && !isUrl(source)) return WebAssembly.compile(source);
  const address = new URL(source);
  const files = address.protocol === "file:" && nodeFiles();
  if (files) return WebAssembly.compile(await files.readFile(address));
  const response = await fetch(address);
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  const type = response.headers.get("Content-Type");
  if (type === "application/wasm") return WebAssembly.compileStreaming(response);
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength < 4 || new DataView(bytes).getUint32(0, true) !== MAGIC) throw new Error(`at its address is ${type}, and no WebAssembly`);
  return WebAssembly.compile(bytes);
}
