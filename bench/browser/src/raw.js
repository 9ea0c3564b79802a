// What the browser itself can do: the same durability, no library, nothing kept but the bytes.

function openDatabase(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("values");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function putStrictly(database, key, value) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("values", "readwrite", { durability: "strict" });
    transaction.objectStore("values").put(value, key);
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

/** A strict transaction for each put. */
export async function byHand() {
  const database = await openDatabase("by hand");
  return { put: (key, value) => putStrictly(database, key, value) };
}

/** All puts that wait at the same moment, as one value in one strict transaction. */
export async function inOneRow() {
  const database = await openDatabase("in one row");
  let waiting = [];
  let isBusy = false;
  let row = 0;
  async function flush() {
    isBusy = true;
    // Those who were answered together put their next before any of it is written.
    await undefined;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      const length = group.reduce((sum, { value }) => sum + value.length, 0);
      const whole = new Uint8Array(length);
      let at = 0;
      for (const { value } of group) {
        whole.set(value, at);
        at += value.length;
      }
      row += 1;
      await putStrictly(database, row, whole);
      for (const { resolve } of group) resolve();
      await new Promise((resolve) => setTimeout(resolve));
    }
    isBusy = false;
  }
  return {
    put: (_key, value) => new Promise((resolve) => {
      waiting.push({ value, resolve });
      if (!isBusy) void flush();
    }),
  };
}

/** The loop runs in the worker: a page that asked for each append would measure messages. */
export async function opfsByHand() {
  const worker = new Worker("/src/opfs-by-hand.js", { type: "module" });
  const ask = (message) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
    worker.postMessage(message);
  });
  return { measure: (length, milliseconds) => ask({ length, milliseconds }) };
}
