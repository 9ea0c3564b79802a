/**
 * The parts that are loaded when they are needed, for the worker's script, which has them all. The
 * build puts this in the place of `parts.ts` there.
 */

import * as engineParts from "./engine.js";
import * as replacingParts from "./replacing.js";
import * as reserveParts from "./reserve.js";

export const engine = async (): Promise<typeof engineParts> => engineParts;
export const replacing = async (): Promise<typeof replacingParts> => replacingParts;
export const reserve = async (): Promise<typeof reserveParts> => reserveParts;
