// Opens the database, and lets the parts of the page have it.

import * as backup from "./backup.js";
import { know } from "./badge.js";
import { mend, verify } from "./check.js";
import { letDamageIn, tidy } from "./damage.js";
import { connect } from "./database.js";
import { $, onPress, say, tell } from "./dom.js";
import * as health from "./health.js";
import * as notes from "./notes.js";
import { clearTrial, terminate } from "./terminate.js";
import { complain, enable, start, trouble } from "./trouble.js";
import { detail, reason } from "./words.js";

/** Who waits for longer than this is told for what. */
const PATIENCE = 8000;

if ("serviceWorker" in navigator) {
  // Without it the page works, but not offline.
  navigator.serviceWorker.register("sw.js").catch(() => {});
}

start(openNotes);
backup.start();
const trials = { terminate, damage: letDamageIn, verify, mend };
for (const [id, trial] of Object.entries(trials)) {
  onPress($(id), async () => {
    await trial();
    await health.refresh();
  }, (error) => tell("bad", `That did not come to an end. ${reason(error)}`, detail(error)));
}
await openNotes();

async function openNotes() {
  const late = setTimeout(() => {
    say("notice", "The notes are not open yet: another tab with them does not answer. Look at it, or close it.");
  }, PATIENCE);
  try {
    know({ state: "opening" });
    await connect(trouble);
    await notes.start(complain);
    enable(true);
    know({ state: "open", answers: true, check: undefined });
    health.start();
    // What a closed tab left of a trial; without it everything works.
    void clearTrial().catch(() => {});
    void tidy().catch(() => {});
  } catch (error) {
    trouble(error);
  } finally {
    clearTimeout(late);
  }
}
