// The second trial: one bit of a **copy** of the notes is flipped behind the database's back.
//
// The copy is a database of its own, made of a backup. It is damaged, checked, opened, brought back
// and deleted; the notes themselves are only read. A copy that a closed tab left is deleted by the
// next tab that starts, and by the next trial.

import { db, asTrial, load } from "./database.js";
import { counted, element, tell } from "./dom.js";
import { rewrite } from "./check.js";
import { readNotes } from "./note.js";
import { detail, reason } from "./words.js";

const COPY = "damage-demo";

/** Makes the copy, damages it, and shows what a database does about it. */
export async function letDamageIn() {
  const isMine = await asTrial(async () => {
    tell("wait", "Making a copy of your notes, and letting damage into the copy…");
    const steps = [];
    try {
      const isWhole = await tryCopy(steps);
      tell(isWhole ? "good" : "bad",
        isWhole ? "A copy of your notes was damaged, and nothing was lost." : "The copy of your notes did not come back whole.",
        element("ol", {}, ...steps.map(({ said }) => element("li", { textContent: said }))),
        "Your own notes were not touched. The copy is deleted.",
        detail(...steps.flatMap(({ details = [] }) => details)));
    } catch (error) {
      tell("bad", `The trial with a copy did not come to an end. ${reason(error)} Your own notes were not touched.`, detail(error));
    } finally {
      await throwAway();
    }
  });
  if (!isMine) tell("wait", "Another tab is trying this just now. Press the button again when it is done.");
}

/** Deletes a copy that a closed tab left, unless another tab is at work with it. */
export async function tidy() {
  const { databases } = indexedDB;
  const left = databases ? (await indexedDB.databases()).some(({ name }) => name === stored(COPY)) : false;
  if (left) await asTrial(throwAway);
}

async function throwAway() {
  const { destroy } = await load();
  // Nobody's notes are in it: what is left of it is deleted the next time.
  await destroy(COPY).catch(() => {});
}

async function tryCopy(steps) {
  const { open, restore } = await load();
  const backup = await db.backup();
  await throwAway();
  let copy = await restore(COPY, backup, { acceptLoss: true });
  try {
    const { notes } = await readNotes(copy);
    const same = async () => JSON.stringify((await readNotes(copy)).notes) === JSON.stringify(notes);
    const places = (report) => report.damage.map(({ message }) => `${message}.`);

    // Something behind the damage: the end of what is stored, cut off, is no damage but a crash.
    for (let n = 0; n < 3; n += 1) await copy.put("trial/damage", n);
    steps.push({ said: `One bit of the copy was changed, as a failing disk would. The copy has ${counted(notes.length, "note")}.`, details: [await flip()] });
    const found = await copy.verify();
    steps.push({ said: found.sound ? "A check did not find it." : "A check found it and names the place.", details: places(found) });
    await rewrite(copy);
    const mended = (await copy.verify()).sound && await same();
    steps.push({ said: mended ? "What was in memory replaced it, and every note is the same." : "It could not be mended." });

    await copy.put("trial/damage", "again");
    await copy.put("trial/damage", "and something behind it");
    const again = await flip();
    await copy.close();
    copy = undefined;
    const refused = await open(COPY).then((opened) => { copy = opened; }, (error) => error);
    steps.push({
      said: refused ? "Damaged again and opened: refused, rather than shown with something missing." : "Damaged again and opened: what was damaged was not needed.",
      details: [again, ...(refused ? [`${refused.message}.`] : [])],
    });
    await copy?.close();
    copy = await restore(COPY, backup);
    const isBack = await same();
    steps.push({ said: isBack ? "The backup brought every note back." : "The backup did not bring it back." });
    return !found.sound && mended && isBack;
  } finally {
    await copy?.close();
  }
}

const stored = (name) => `steadfast:${name}`;

/**
 * Flips a bit in the middle of what the copy's log is stored as: of a row, or of the tail in its
 * head.
 */
async function flip() {
  const raw = await done(indexedDB.open(stored(COPY)));
  try {
    const transaction = raw.transaction(["heads", "rows"], "readwrite", { durability: "strict" });
    const heads = transaction.objectStore("heads");
    const rows = transaction.objectStore("rows");
    const names = (await done(heads.getAllKeys())).filter((name) => /^(wal|snapshot)\//.test(name));
    const name = names.find((name) => name.startsWith("wal/")) ?? names[0];
    const head = await done(heads.get(name));
    const [epoch, number, length, tail] = head;
    const range = IDBKeyRange.bound([epoch, number], [epoch, number, []]);
    const keys = await done(rows.getAllKeys(range));
    const key = keys[Math.floor(keys.length / 2)];
    const bytes = key ? await done(rows.get(key)) : tail;
    const at = Math.floor(bytes.length / 2);
    bytes[at] ^= 0x01;
    if (key) rows.put(bytes, key);
    else heads.put(head, name);
    const start = key ? key[2] : length - tail.length;
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    return `Changed: one bit, ${start + at} bytes into ${name}.`;
  } finally {
    raw.close();
  }
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
