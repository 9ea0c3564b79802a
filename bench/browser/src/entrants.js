// Who takes part. Each is opened once, and then puts values under keys. `put` is settled when the
// library says that it is done.

import Dexie from "dexie";
import * as keyval from "idb-keyval";
import { open } from "steadfast";
import { byHand, inOneRow, opfsByHand } from "./raw.js";

const RELAXED = "relaxed: a power failure can take what was acknowledged";

/** Opened in this order. `works` names the works of an entrant that does not take part in all. */
export const ENTRANTS = [
  { name: "IndexedDB by hand, strict", kind: "raw", remark: "one put, one transaction", open: byHand, works: ["one", "hundred", "save"] },
  { name: "IndexedDB by hand, strict, in one row", kind: "raw", remark: "the 100 puts that wait become one value, without keys to read them by", open: inOneRow, works: ["hundred"] },
  { name: "OPFS by hand", kind: "raw", remark: "append and flush in a loop inside the worker, without a page that asks", open: opfsByHand, works: ["one", "save"] },
  { name: "steadfast", kind: "ours", remark: "as it is opened by default: strict IndexedDB, outlives a power failure", open: () => ours({}) },
  { name: "steadfast in a worker", kind: "ours", remark: "the same, and the page never waits for the writer's work", open: () => ours({ worker: true }) },
  { name: "steadfast, OPFS", kind: "ours", remark: "outlives a killed browser; a power failure can take what was acknowledged shortly before", open: () => ours({ storage: "opfs" }) },
  { name: "Dexie, strict", kind: "peer", remark: "chromeTransactionDurability: \"strict\"", open: () => dexie("strict") },
  { name: "Dexie", kind: "peer", remark: `as by default, ${RELAXED}`, open: () => dexie(undefined) },
  { name: "idb-keyval", kind: "peer", remark: RELAXED, open: openKeyval },
  { name: "localForage", kind: "peer", remark: RELAXED, open: openForage },
];

async function ours(options) {
  const db = await open("bench", { ...options });
  return { put: (key, value) => db.put(key, value), get: (key) => db.get(key) };
}

async function dexie(durability) {
  const db = new Dexie(`dexie ${durability ?? "default"}`, durability && { chromeTransactionDurability: durability });
  db.version(1).stores({ values: "" });
  await db.open();
  return { put: (key, value) => db.values.put(value, key), get: (key) => db.values.get(key) };
}

async function openKeyval() {
  const store = keyval.createStore("idb-keyval", "values");
  return { put: (key, value) => keyval.set(key, value, store), get: (key) => keyval.get(key, store) };
}

async function openForage() {
  const store = window.localforage.createInstance({ name: "localforage", driver: window.localforage.INDEXEDDB });
  return { put: (key, value) => store.setItem(key, value), get: (key) => store.getItem(key) };
}
