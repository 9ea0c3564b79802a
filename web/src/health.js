// How the database stands, in words.

import { $, counted, element, size } from "./dom.js";
import { count } from "./notes.js";

const OUTLIVES = {
  "power-loss": "a power failure",
  "process-crash": "a crash of the browser",
  nothing: "nothing",
};
const PERIOD = 2000;
let db;
let damage = 0;

/** Shows it now and again. */
export function start(database) {
  db = database;
  void refresh();
  setInterval(() => { if (document.visibilityState === "visible") void refresh(); }, PERIOD);
}

/** What a check has found. */
export function setDamage(number) {
  damage = number;
}

/** Asks, and shows the answer. */
export async function refresh() {
  let status;
  try {
    status = await db.status();
  } catch {
    // Whoever uses the database next is told why.
    return;
  }
  const { survives, recovery, quota } = status;
  const isSound = damage === 0;
  badge(isSound ? "good" : "bad", isSound ? `Sound, outlives ${OUTLIVES[survives]}` : `${counted(damage, "place")} damaged`);
  const rows = [
    ["Storage", status.storage === "opfs" ? "OPFS" : "IndexedDB, strict"],
    ["Outlives", OUTLIVES[survives]],
    ["Writer", status.tabs > 1 ? `${status.writer}, of ${status.tabs} open` : status.writer],
    ["Notes", `${count()} in ${counted(status.commits, "commit")}`],
    ["Log", `${size(status.logLength)} in ${counted(status.segments, "segment")}`],
    ["Snapshots", status.snapshots.length === 0 ? "none needed yet" : status.snapshots.map(({ length }) => size(length)).join(", ")],
    ["Room", quota ? `${size(quota.used)} of ${size(quota.available)}` : "the browser does not say"],
  ];
  const parts = rows.flatMap(([name, text]) => [element("dt", { textContent: name }), element("dd", { textContent: text })]);
  parts.push(element("dt", { textContent: "Protected" }), element("dd", {}, ...eviction(status)));
  parts.push(element("dt", { className: "wide", textContent: `Last recovery: ${inWords(recovery)}` }));
  const hadFocus = document.activeElement?.id === "persist";
  $("health").replaceChildren(...parts);
  if (hadFocus) $("persist")?.focus();
}

/** The light in the corner. */
export function badge(state, text) {
  const shown = $("badge");
  shown.dataset.state = state;
  if (shown.textContent !== text) shown.textContent = text;
}

function eviction({ persisted }) {
  if (persisted) return ["from eviction"];
  const ask = element("button", { id: "persist", textContent: "Ask" });
  ask.addEventListener("click", async () => {
    ask.textContent = await db.persist() ? "granted" : "refused";
    setTimeout(() => void refresh(), PERIOD);
  });
  return ["not from eviction", ask];
}

function inWords({ created, clean, replayed, snapshot, torn, skipped }) {
  if (created) return "none, the database was new.";
  const from = snapshot ? `a snapshot and ${counted(replayed, "commit")} behind it` : counted(replayed, "commit");
  const parts = [`${from} read`];
  if (clean) parts.push("nothing amiss");
  if (torn) parts.push(`a save that a crash cut short was dropped (${size(torn.length)}, never acknowledged)`);
  if (skipped.length > 0) parts.push(`${counted(skipped.length, "damaged piece")} passed over, made good by others`);
  return `${parts.join(", ")}.`;
}
