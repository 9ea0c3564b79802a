// Opens the database, and lets the parts of the page have it.

import { open } from "./database.js";
import { letDamageIn, mend, verify } from "./damage.js";
import { onPress, tell } from "./dom.js";
import * as files from "./files.js";
import * as health from "./health.js";
import * as notes from "./notes.js";
import { terminate } from "./terminate.js";
import { complain, trouble } from "./trouble.js";

if ("serviceWorker" in navigator) {
  // Without it the page works, but not offline.
  navigator.serviceWorker.register("sw.js").catch(() => {});
}

try {
  const db = await open();
  db.onfailure = trouble;
  await notes.start(db, complain);
  health.start(db);
  files.start(db);
  const trials = { terminate, damage: letDamageIn, verify, mend };
  for (const [id, trial] of Object.entries(trials)) {
    onPress(id, async () => {
      try {
        await trial(db);
      } catch (error) {
        tell("bad", `${error.message}.`);
      }
      await health.refresh();
    });
  }
} catch (error) {
  trouble(error);
}
