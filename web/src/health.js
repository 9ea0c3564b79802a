// How the database stands, in words.

import { know } from "./badge.js";
import { db } from "./database.js";
import { $, counted, element, size } from "./dom.js";
import { count, countPassedOver } from "./notes.js";

const OUTLIVES = {
  "power-loss": "a power failure",
  "process-crash": "a crash of the browser",
  nothing: "nothing",
};
const PERIOD = 2000;
/** Who asks for longer than this is told that there is no answer. */
const PATIENCE = 8000;
let isAsking = false;
let isStarted = false;

/** Shows it now and again. */
export function start() {
  void refresh();
  if (isStarted) return;
  isStarted = true;
  setInterval(() => { if (document.visibilityState === "visible") void refresh(); }, PERIOD);
}

/** Asks, and shows the answer. */
export async function refresh() {
  if (isAsking) return;
  isAsking = true;
  const late = setTimeout(() => know({ answers: false }), PATIENCE);
  try {
    const status = await db.status();
    know({ answers: true, survives: status.survives });
    show(status);
  } catch {
    know({ answers: false });
  } finally {
    clearTimeout(late);
    isAsking = false;
  }
}

function show(status) {
  const { survives, recovery, quota, storage, writer, tabs } = status;
  const rows = [
    ["Kept", storage === "memory" ? "nowhere" : "in this browser"],
    ["Survives", OUTLIVES[survives]],
    ["Writer", tabs > 1 ? `${writer}, of ${tabs} open` : writer],
    ["Notes", count().toLocaleString("en")],
    ...(countPassedOver() > 0 ? [["No notes", `${counted(countPassedOver(), "thing")}, not shown`]] : []),
    ["Room", quota ? `${size(quota.used)} of ${size(quota.available)}` : "the browser does not say"],
    ["Protected", status.persisted ? "from being cleared" : "not from being cleared"],
  ];
  write("health", rows);
  $("persist").hidden = status.persisted;
  write("inner", [
    ["Storage", storage === "opfs" ? "OPFS" : "IndexedDB, strict"],
    ["Commits", status.commits.toLocaleString("en")],
    ["Log", `${size(status.logLength)} in ${counted(status.segments, "segment")}`],
    ["Snapshots", status.snapshots.map(({ length }) => size(length)).join(", ") || "none needed yet"],
    ["Last recovery", inWords(recovery)],
  ]);
}

/** Shows the rows where they are not what is shown. */
function write(id, rows) {
  const said = rows.flat();
  const list = $(id);
  if (list.childElementCount !== said.length) {
    list.replaceChildren(...said.map((_, at) => element(at % 2 === 0 ? "dt" : "dd")));
  }
  for (const [at, text] of said.entries()) {
    const shown = list.children[at];
    if (shown.textContent !== text) shown.textContent = text;
  }
}

function inWords({ created, clean, replayed, snapshot, torn, skipped }) {
  if (created) return "none, the database was new";
  const from = snapshot ? `a snapshot and ${counted(replayed, "commit")} behind it` : counted(replayed, "commit");
  const parts = [`${from} read`];
  if (clean) parts.push("nothing amiss");
  if (torn) parts.push(`a save that a crash cut short was dropped (${size(torn.length)}, never acknowledged)`);
  if (skipped.length > 0) parts.push(`${counted(skipped.length, "damaged piece")} passed over, made good by others`);
  return parts.join(", ");
}

$("persist").addEventListener("click", async () => {
  const isGranted = await db.persist();
  $("persist").textContent = isGranted ? "The browser agreed" : "The browser refused";
  void refresh();
});
