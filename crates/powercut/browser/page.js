// What the browser does while its disk is recorded, and what it finds afterwards.

const SAVES = 40;
/**
 * So many more after a look at what is there, in strict IndexedDB. The next look must find them
 * too.
 */
const MORE = 3;
const NAME = "powercut";
const parameters = new URLSearchParams(location.search);
const [task, mode] = [parameters.get("task"), parameters.get("mode")];

const post = (path, body) => fetch(path, { method: "POST", body });
const say = (line) => post("/say", line);

/** Different for every number, and up to 20 kB long. */
function content(number) {
  const bytes = new Uint8Array((number * 7919) % 20_000 + 1);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (number * 31 + at * 7) & 255;
  return bytes;
}

const key = (number) => String(number).padStart(6, "0");

/** The package. */
async function ours(storage) {
  const { open } = await import("/steadfast/index.js");
  const db = await open(NAME, { storage });
  return { put: (number) => db.put(key(number), content(number)), all: async () => db.scan(), verify: () => db.verify() };
}

/** IndexedDB as it is used by most: `relaxed` is every browser's default, here it is asked for. */
async function relaxed() {
  const db = await new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("values");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const put = (number) => new Promise((resolve, reject) => {
    const transaction = db.transaction("values", "readwrite", { durability: "relaxed" });
    transaction.objectStore("values").put(content(number), key(number));
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  const all = () => new Promise((resolve, reject) => {
    const found = [];
    const request = db.transaction("values").objectStore("values").openCursor();
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null) return resolve(found);
      found.push([cursor.key, cursor.value]);
      cursor.continue();
    };
    request.onerror = () => reject(request.error);
  });
  return { put, all, verify: async () => undefined };
}

const open = () => (mode === "relaxed" ? relaxed() : ours(mode));

async function run() {
  await say("ready");
  await say("begin 0 0");
  const home = await open();
  await say("ack 0 0");
  for (let number = 1; number <= SAVES;) {
    // Now and then several at once, which share a transaction.
    const last = Math.min(SAVES, number % 5 === 0 ? number + 3 : number);
    await say(`begin 0 ${last}`);
    const saves = [];
    for (; number <= last; number += 1) saves.push(home.put(number));
    await Promise.all(saves);
    await say(`ack 0 ${last}`);
  }
  return "done";
}

async function check() {
  const home = await open();
  const verified = await home.verify();
  if (verified !== undefined && !verified.sound) return JSON.stringify({ error: `damage: ${JSON.stringify(verified.damage)}` });
  const found = await home.all();
  for (const [index, [name, bytes]] of found.entries()) {
    const wanted = content(index + 1);
    const same = bytes.length === wanted.length && wanted.every((byte, at) => byte === bytes[at]);
    if (name !== key(index + 1) || !same) return JSON.stringify({ error: `value ${index + 1} is not what was saved: ${name}, ${bytes.length} bytes` });
  }
  // Only there: elsewhere a save that fails would hide what was found.
  for (let more = 1; mode === "indexeddb" && more <= MORE; more += 1) await home.put(found.length + more);
  return JSON.stringify({ count: found.length });
}

try {
  await post("/end", task === "run" ? await run() : await check());
} catch (error) {
  await post("/end", task === "run" ? `failed ${error}` : JSON.stringify({ error: String(error) }));
}
