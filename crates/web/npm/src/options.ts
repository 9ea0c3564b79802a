/**
 * Which database is meant: its name and the options, each read once and checked. The sentences of
 * what is refused are loaded when they are needed.
 */

import { isUrl, optionsOf, tagOf } from "./check.js";
import { reading } from "./error.js";
import type { OpenOptions } from "./index.js";
import { rare } from "./parts.js";
import { isWhole } from "./tree.js";

export const NAME_LENGTH_MAX = 100;

const isAddress = (value: unknown): boolean => typeof value === "string" || isUrl(value);
const isWasm = (value: unknown): boolean => isAddress(value) || ArrayBuffer.isView(value) || /^(ArrayBuffer|WebAssembly.Module)$/.test(tagOf(value));

/** What each option can be. */
const IS_FINE = {
  storage: (value: unknown) => ["indexeddb", "opfs", "memory"].includes(value as string),
  worker: (value: unknown) => typeof value === "boolean" || typeof value === "function" || isAddress(value),
  wasm: isWasm,
  wholeWasm: isWasm,
  snapshotAfter: (value: unknown) => Number.isInteger(value) && value as number > 0 && value as number <= 0xffff_ffff,
  acceptLoss: (value: unknown) => typeof value === "boolean",
  onstatus: (value: unknown) => typeof value === "function",
} satisfies Record<keyof OpenOptions, (value: unknown) => boolean>;

/** An option's name. */
export type Option = keyof typeof IS_FINE;

/** The options, as they are now. */
export async function read(name: string, options: OpenOptions): Promise<OpenOptions> {
  const names = Object.keys(IS_FINE) as Option[];
  const given = optionsOf(options, names);
  const isFine = (option: Option): boolean => given[option] === undefined || reading(`the option \`${option}\``, () => IS_FINE[option](given[option]));
  const strange = names.find((option) => !isFine(option));
  if (strange) throw (await rare()).badOption(strange, given[strange]);
  if (typeof name !== "string" || name === "" || name.length > NAME_LENGTH_MAX || !isWhole(name)) throw (await rare()).badName(name);
  return given;
}
