/**
 * The parts that are loaded when they are needed, for the worker's script, which has them all. The
 * build puts this in the place of `parts.ts` there.
 */

import { load, loadEngine, loadReplacing, loadTools, loadWhole, memoryOf, openEngine } from "./engine.js";
import { replace } from "./replacing.js";
import { keep, remove } from "./reserve.js";

// Written out: `import * as` would make an object of getters.
export const engine = async (): Promise<typeof import("./engine.js")> => ({ load, loadEngine, loadReplacing, loadTools, loadWhole, memoryOf, openEngine });
export const replacing = async (): Promise<typeof import("./replacing.js")> => ({ replace });
export const reserve = async (): Promise<typeof import("./reserve.js")> => ({ keep, remove });
