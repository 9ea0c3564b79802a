/**
 * Node's files: it cannot `fetch` one.
 */

interface Files { readFile: (address: URL) => Promise<Uint8Array<ArrayBuffer>> }

/** What reads them, in Node. */
export function nodeFiles(): Files | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: "node:fs/promises") => Files | undefined } };
  return process?.getBuiltinModule?.("node:fs/promises");
}
