// Backups: to a file, and back.

import { $, counted, download, onPress, size } from "./dom.js";
import { reload } from "./notes.js";

/** Makes the buttons work. */
export function start(db) {
  const say = (text) => { $("files").textContent = text; };
  const day = () => new Date().toISOString().slice(0, 10);
  onPress("backup", async () => {
    const file = await db.backup();
    download(file, `notes-${day()}.tar`);
    say(`${size(file.size)}, with a checksum for every byte. Unpacked, it is a store for the program steadfast.`);
  });
  onPress("export", async () => {
    const file = await db.export();
    download(file, `notes-${day()}.jsonl`);
    say(`${size(file.size)} of JSON Lines.`);
  });
  $("restore").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", async () => {
    const [file] = $("file").files;
    $("file").value = "";
    if (!file) return;
    try {
      await db.restore(file);
      await reload();
      say(`Restored ${file.name}: ${counted((await db.scan("note/")).length, "note")}, in one commit.`);
    } catch (error) {
      say(`Not restored, and nothing was changed: ${error.message}.`);
    }
  });
}
