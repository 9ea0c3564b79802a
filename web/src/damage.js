// The second trial: a byte of what is stored is flipped behind the database's back, found by a check, and mended from memory.

import { NAME } from "./database.js";
import { $, counted, element, tell } from "./dom.js";
import { refresh, setDamage } from "./health.js";

/** Flips a bit in the middle of what the log or a snapshot is stored as, as a failing disk would: of a row, or of the tail in its head. */
export async function letDamageIn(db) {
  // Something to damage, and something behind it: the end of a log that is cut off is no damage but a crash.
  for (let n = 0; n < 3; n += 1) await db.put("trial/damage", `a value that a failing disk will change, ${n}`);
  await db.delete("trial/damage");
  const raw = await done(indexedDB.open(`steadfast:${NAME}`));
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
    tell("wait", `One bit of one byte was changed, ${start + at} bytes into ${name}. The database does not know. Check everything, to see whether it notices.`);
    $("verify").focus();
  } finally {
    raw.close();
  }
}

/** Checks every checksum and says what it found. */
export async function verify(db) {
  tell("wait", "Checking every checksum…");
  const report = await db.verify();
  setDamage(report.damage.length);
  $("mend").hidden = report.sound;
  const scope = `${report.bytes.toLocaleString("en")} bytes in ${counted(report.segments, "segment")} and ${counted(report.snapshots, "snapshot")}, ${counted(report.commits, "commit")}`;
  if (report.sound) tell("good", `All checksums are right: ${scope}.`);
  else {
    tell("bad", `Damage in ${counted(report.damage.length, "place")}:`,
      element("ul", {}, ...report.damage.map(({ message }) => element("li", { textContent: message }))),
      "The notes in memory are whole. Mend writes them anew and lets go of what is damaged; or restore a backup.");
    $("mend").focus();
  }
  await refresh();
}

/** Two snapshots of the state in memory replace everything that is stored. */
export async function mend(db) {
  for (let n = 0; n < 2; n += 1) {
    await db.put("trial/mended", n);
    await db.snapshot();
  }
  await db.delete("trial/mended");
  await verify(db);
  $("verify").focus();
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
