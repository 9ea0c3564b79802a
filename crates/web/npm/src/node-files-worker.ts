/**
 * The same for the worker's script, where the build puts it in the place of `node-files.ts`: in
 * Node there is no such worker.
 */

import type { nodeFiles as inNode } from "./node-files.js";

export const nodeFiles = (): ReturnType<typeof inNode> => undefined;
