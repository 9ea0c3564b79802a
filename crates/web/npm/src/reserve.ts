/**
 * Room that is kept, so that deleting works when there is no other.
 *
 * Also a deletion is a record of the log, and what it frees is free only when a snapshot without it
 * is written. Where the site's room is used up neither could be written. So a database of its own
 * holds bytes that mean nothing; when a commit of deletions finds no room, that database goes
 * first. How long it is: see `keeper.ts`. Deleting one is allowed at any quota.
 *
 * Its rows are long enough for browsers to keep each in a file of its own (from 64 KiB on in
 * Chromium), whose room is free at once.
 */

import type { Place } from "./place.js";

const ROW_LENGTH = 256 << 10;
/** `getRandomValues` gives no more at a time. Other bytes could be compressed away. */
const DRAW_LENGTH = 1 << 16;
const STORE = "rows";

/**
 * Makes the reserve as long as wanted, also where more is wanted meanwhile. Tells with every row
 * how long it is. Fails where there is no room for it.
 */
export async function keep(place: Place, wanted: () => number, tell: (length: number) => void): Promise<void> {
  const database = await opened(place);
  try {
    const present = await settled(database.transaction(STORE).objectStore(STORE).getAllKeys());
    for (let row = 0; ; row += 1) {
      tell(row * ROW_LENGTH);
      if (row * ROW_LENGTH >= wanted()) return;
      if (!present.includes(row)) await settled(database.transaction(STORE, "readwrite").objectStore(STORE).put(drawn(ROW_LENGTH), row));
    }
  } finally {
    database.close();
  }
}

/** Gives the room away. */
export async function remove(place: Place): Promise<void> {
  await settled(indexedDB.deleteDatabase(nameOf(place)));
}

async function opened(place: Place): Promise<IDBDatabase> {
  const opening = indexedDB.open(nameOf(place), 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  // Who gives the room away does not wait for the rest of it.
  database.onversionchange = () => database.close();
  return database;
}

function nameOf({ storage, name }: Place): string {
  return `steadfast-reserve:${storage}:${name}`;
}

function drawn(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += DRAW_LENGTH) crypto.getRandomValues(bytes.subarray(at, at + DRAW_LENGTH));
  return bytes;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const { transaction } = request;
    request.onerror = () => reject(request.error);
    if (!transaction || transaction.mode === "readonly") request.onsuccess = () => resolve(request.result);
    else {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    }
  });
}
