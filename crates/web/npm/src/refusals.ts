/**
 * The sentences of what `open`, `restore`, `rescue` and `destroy` refuse.
 */

import { wrong } from "./check.js";
import { SteadfastError, fault, plain } from "./error.js";
import { NAME_LENGTH_MAX, type Option } from "./options.js";
import type { Place } from "./place.js";
import { describe } from "./tree.js";

const WASM = "an address, a URL, bytes or a module";
const MUST: Record<Option, string> = {
  storage: "indexeddb, opfs or memory",
  worker: "true, false, an address, a URL or a function that makes a worker",
  wasm: WASM,
  wholeWasm: WASM,
  snapshotAfter: "a whole number of bytes, at least 1 and less than 4 GiB",
  acceptLoss: "true or false",
  onstatus: "a function",
};
/** What every layout of a database has had: see `schema.rs`. */
const STORES = ["heads", "rows", "staged", "about"];
/** As much of a word as a message shows. */
const SHOWN_MAX = 40;

/** The error of an option. */
export function badOption(option: Option, value: unknown): SteadfastError {
  if (option === "storage" && typeof value === "string") return fault("Unsupported", "change-the-call", `there is no storage \`${value.slice(0, SHOWN_MAX)}\`: choose ${MUST.storage}`);
  return wrong(`the option \`${option}\``, MUST[option], value);
}

/** The error of a database's name. */
export function badName(name: unknown): SteadfastError {
  const is = typeof name !== "string" ? describe(name) : name.length === 0 ? "empty" : name.length > NAME_LENGTH_MAX ? `${name.length} long` : "one with half a character (a lone surrogate)";
  return fault("InvalidKey", "change-the-call", `the name of a database is a string of 1 to ${NAME_LENGTH_MAX} characters, and this one is ${is}`);
}

/** The error of where nothing can be kept; what the browser threw, if it did. */
export function noHome(thrown: unknown): SteadfastError {
  if (thrown) {
    const error = plain(thrown);
    return new SteadfastError(error.kind !== "PermissionDenied" ? error : {
      ...error,
      message: `the browser lets this page store nothing: it is in a sandboxed frame, or its site's data is blocked; open the database in a page of its own, or with \`storage: "memory"\` (${error.cause})`,
    });
  }
  return fault("Unsupported", "change-the-call", "there are no Web Locks or no IndexedDB here: in a browser load the page over https or from localhost; in Node, in tests and on a server open with `storage: \"memory\"`");
}

/** The error of where private files are wanted, and no worker can be made. */
export function noWorker(): SteadfastError {
  const here = "SharedWorkerGlobalScope" in globalThis ? "a shared worker" : "a worker of this kind";
  return fault("Unsupported", "change-the-call", `\`storage: "opfs"\` needs a worker of its own, and ${here} can make none: open the database in the page, or with \`storage: "indexeddb"\``);
}

/** The error again, where more can be said about it. */
export async function explained(error: SteadfastError, { name, storage }: Place): Promise<SteadfastError> {
  if (error.kind === "NoStore") {
    return fault("NoStore", "change-the-call", `there is no database \`${name}\`: look at its name and at the option \`storage\`; what is in memory goes with the page that has it open`);
  }
  if (error.kind === "Evicted") {
    return again(error, `all of \`${name}\` is gone: the browser evicted it, or somebody cleared it; restore a backup, or open it with \`acceptLoss: true\` to begin anew`);
  }
  if (/^(Corrupt|Missing)$/.test(error.kind)) return named(error, name);
  if (storage === "indexeddb" && await isForeign(`steadfast:${name}`)) {
    return fault("NotAStore", "change-the-call", `the IndexedDB database \`steadfast:${name}\` was made by another program: choose another name, or delete it with \`destroy\` if nobody needs it`);
  }
  return error.kind === "NewerFormat" ? named(error, name) : error;
}

/** The error, with the database that it is about: a program may open several. */
function named(error: SteadfastError, name: string): SteadfastError {
  return again(error, `the database \`${name}\`: ${error.message}`);
}

function again(error: SteadfastError, message: string): SteadfastError {
  return new SteadfastError({ ...plain(error), message });
}

/** Whether another program has made the database: it has other object stores. */
function isForeign(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = indexedDB.open(name);
    request.onerror = request.onblocked = () => resolve(false);
    // There is none, and none shall be made.
    request.onupgradeneeded = () => request.transaction?.abort();
    request.onsuccess = () => {
      const stores = request.result.objectStoreNames;
      request.result.close();
      resolve(!STORES.every((store) => stores.contains(store)));
    };
  });
}
