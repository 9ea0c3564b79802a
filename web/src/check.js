// The check of everything that is stored, and how damage is made good.

import { checked } from "./badge.js";
import { db } from "./database.js";
import { $, counted, size, tell } from "./dom.js";
import { detail, reason } from "./words.js";

/** Reads everything that is stored, compares it with its checksums, and says what came of it. */
export async function verify() {
  tell("wait", "Checking everything that is stored…");
  let report;
  try {
    report = await db.verify();
  } catch (error) {
    checked("failed");
    tell("bad", `The check did not come to an end. ${reason(error)}`, detail(error));
    return;
  }
  checked(report.sound ? "sound" : "damaged");
  $("mend").hidden = report.sound;
  if (report.sound) {
    tell("good", `Everything that is stored was read and is sound: ${size(report.bytes)}.`, scope(report));
    return;
  }
  tell("bad",
    `Damage in ${counted(report.damage.length, "place")} of what is stored.`,
    "This tab still has all notes whole. “Mend” saves them anew. Or restore a backup.",
    scope(report));
  $("mend").focus();
}

function scope({ segments, snapshots, commits, damage }) {
  const read = [counted(segments, "segment"), counted(snapshots, "snapshot"), counted(commits, "commit")];
  return detail(`${read.join(", ")}: checksums compared.`, ...damage.map(({ message }) => `${message}.`));
}

/** The notes in memory replace what is stored, and that is checked. */
export async function mend() {
  await rewrite(db);
  await verify();
  $("verify").focus();
}

/** Two snapshots of the state in memory replace everything that is stored. */
export async function rewrite(database) {
  for (let n = 0; n < 2; n += 1) {
    await database.put("trial/mended", n);
    await database.snapshot();
  }
  await database.delete("trial/mended");
}
