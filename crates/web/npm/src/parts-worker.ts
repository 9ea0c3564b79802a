/**
 * The parts that a worker's script uses, of which it has all. The build puts this in the place of
 * `parts.ts` there.
 */

import * as engineParts from "./engine.js";
import * as replacingParts from "./replacing.js";
import * as reserveParts from "./reserve.js";

export const engine = async (): Promise<typeof engineParts> => engineParts;
export const replacing = async (): Promise<typeof replacingParts> => replacingParts;
export const reserve = async (): Promise<typeof reserveParts> => reserveParts;
