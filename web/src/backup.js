// Backups: to a file, and back. What is in a file is looked at before anything is changed.

import { db, inMemory } from "./database.js";
import { $, action, counted, download, onPress, say, size, today } from "./dom.js";
import { PREFIX, TRIAL_PREFIX, readNotes } from "./note.js";
import { reload, settle } from "./notes.js";
import { detail, reason } from "./words.js";

/** Makes the buttons work. */
export function start() {
  const onError = (error) => say("files", `That did not work. ${reason(error)}`, detail(error));
  onPress($("backup"), async () => {
    const file = await db.backup();
    download(file, `notes-${today()}.tar`);
    say("files", `All notes are in one file, ${size(file.size)}. Keep it on another device.`);
  }, onError);
  onPress($("export"), async () => {
    const file = await db.export();
    download(file, `notes-${today()}.jsonl`);
    say("files", `All notes are in one file of text, ${size(file.size)}: a line for each note.`);
  }, onError);
  $("restore").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", async () => {
    const [file] = $("file").files;
    $("file").value = "";
    if (file) await restoreChecked(file, "files", replace);
  });
}

/**
 * Restores a backup where all of it is notes; says in the place `id` what came of it. Where a part
 * of it is something else, it offers to restore the notes alone.
 */
export async function restoreChecked(file, id, restore) {
  say(id, `Looking at ${file.name}…`);
  let found;
  try {
    found = await inspect(file);
  } catch (error) {
    const why = error.kind === "NewerFormat" || error.kind === "StorageFull" ? reason(error) : `${file.name} is no backup of notes, or only a part of one.`;
    return say(id, `Not restored, and nothing was changed: ${why}`, detail(error));
  }
  if (found.notes === 0) {
    return say(id, `Not restored, and nothing was changed: there are no notes in ${file.name}.`);
  }
  const run = async (backup) => {
    try {
      await restore(backup, `Restored ${counted(found.notes, "note")} from ${file.name}.`, id);
    } catch (error) {
      say(id, `Not restored: ${reason(error)}`, detail(error));
    }
  };
  if (found.isAllNotes) return run(file);
  say(id, `Not restored, and nothing was changed: ${file.name} has ${counted(found.notes, "note")}, and also what is none.`,
    action("Restore the notes alone", async () => run(await inspect(file, true).then(({ cleaned }) => cleaned)), () => {}));
}

/**
 * Looks at a backup in a database in memory: how many notes it has, and whether there is more in
 * it.
 */
function inspect(file, cleans = false) {
  const opened = (steadfast, name, memory) => steadfast.restore(name, file, memory);
  return inMemory(async (scratch) => {
    const { notes, passedOver } = await readNotes(scratch);
    let others = passedOver;
    try {
      const all = await scratch.scan();
      others += all.filter(([key]) => !key.startsWith(PREFIX) && !key.startsWith(TRIAL_PREFIX)).length;
    } catch (error) {
      if (error.kind !== "Codec") throw error;
      others += 1;
    }
    const cleaned = cleans ? await backupOf(notes) : undefined;
    return { notes: notes.length, isAllNotes: others === 0, cleaned };
  }, opened);
}

/** A backup of these notes, without a database. */
export function backupOf(pairs) {
  return inMemory(async (scratch) => {
    if (pairs.length > 0) await scratch.batch(pairs.map(([key, value]) => ({ key, value })));
    return scratch.backup();
  });
}

/** The backup replaces the notes; they are kept for an undo while the page is open. */
async function replace(backup, said, id) {
  const before = await db.backup();
  await db.restore(backup);
  await reload();
  settle();
  say(id, said, action("Undo the restore", async () => {
    await db.restore(before);
    await reload();
    settle();
    say(id, "The notes are as they were before.");
  }, (error) => say(id, `Not undone: ${reason(error)}`, detail(error))));
}
