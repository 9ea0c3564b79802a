// The page's database: opened, opened again, and the worker that writes it when it is this tab's
// turn.
//
// `db` is a live binding: who imports it has the database of this moment.

export const NAME = "notes";
/** Tabs that have the notes open share this lock: who would delete them asks for it alone. */
const OPEN_LOCK = "notes-page/open";
/** Held by the tab that tries to break something: one at a time. */
const TRIAL_LOCK = "notes-page/trial";
const TRIAL_PATIENCE = 3000;

export let db;

/** The worker at this moment: the package starts another when it dies. */
let worker;
let letGo = () => {};

// Loaded when it is needed: a package that does not load is told like any other failure.
export const load = () => import("../steadfast/index.js");

const options = {
  worker: () => {
    worker = new Worker(new URL("../steadfast/worker.js", import.meta.url), {
      type: "module",
      name: "the writer",
    });
    return worker;
  },
};

/** Opens the notes; `onfailure` is told when they close by themselves. */
export async function connect(onfailure, more = {}) {
  const { open } = await load();
  letGo();
  // One that failed is closed at once; one that did not must not answer beside the new one.
  void db?.close().catch(() => {});
  db = await open(NAME, { ...options, ...more });
  db.onfailure = (error) => {
    letGo();
    onfailure(error);
  };
  letGo = await share(OPEN_LOCK);
}

/** The notes as the backup has them, also where what is stored does not open. */
export async function restoreUnopened(file) {
  const { restore } = await load();
  await (await restore(NAME, file, options)).close();
}

/** The notes begun anew, with these pairs, where the browser has deleted what was stored. */
export async function beginAnew(pairs = []) {
  const { open } = await load();
  const fresh = await open(NAME, { ...options, acceptLoss: true });
  if (pairs.length > 0) await fresh.batch(pairs.map(([key, value]) => ({ key, value })));
  await fresh.close();
}

/** Deletes everything that is stored; `false` where another tab has the notes open. */
export function deleteStored() {
  return alone(OPEN_LOCK, async () => (await load()).destroy(NAME));
}

/** Everything that is stored, sound or not. */
export async function rescue() {
  return (await load()).rescue(NAME);
}

/** Does something that one tab at a time may do; `false` where another one does it for so long. */
export const asTrial = (work) => alone(TRIAL_LOCK, work, TRIAL_PATIENCE);

/** Ends the worker at once, whatever it does: no handler runs, nothing is flushed. */
export const terminateWriter = () => worker.terminate();

/** Does something in a database of its own, in memory, and closes it. */
export async function inMemory(work, make = (steadfast, name, memory) => steadfast.open(name, memory)) {
  const name = `scratch-${crypto.randomUUID()}`;
  const scratch = await make(await load(), name, { storage: "memory" });
  try {
    return await work(scratch);
  } finally {
    await scratch.close();
  }
}

async function alone(lock, work, patience) {
  let isMine = false;
  const limit = new AbortController();
  const timer = patience === undefined ? undefined : setTimeout(() => limit.abort(), patience);
  const how = patience === undefined ? { ifAvailable: true } : { signal: limit.signal };
  try {
    await navigator.locks.request(lock, how, async (held) => {
      if (!held) return;
      isMine = true;
      clearTimeout(timer);
      await work();
    });
  } catch (error) {
    if (isMine || !limit.signal.aborted) throw error;
  }
  return isMine;
}

function share(lock) {
  return new Promise((resolve, reject) => {
    const held = () => new Promise((release) => resolve(release));
    navigator.locks.request(lock, { mode: "shared" }, held).catch(reject);
  });
}
