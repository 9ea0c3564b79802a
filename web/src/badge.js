// The light in the corner. It says what was checked and when, or what the storage has confirmed,
// and nothing beyond.

import { $, counted } from "./dom.js";

const OUTLIVES = {
  "power-loss": "survives power loss",
  "process-crash": "survives a crash of the browser",
  nothing: "until this tab is closed",
};
/** A save that takes longer than this is worth a colour. */
const SLOW = 1000;

/** What is known. */
const known = {
  state: "opening",
  survives: undefined,
  answers: true,
  open: 0,
  failed: 0,
  since: 0,
  check: undefined,
};
let timer;

/** What is known from now on. */
export function know(more) {
  Object.assign(known, more);
  show();
}

/** How many changes are not saved. */
export function saves({ open, failed }) {
  if (known.open === 0 && open > 0) {
    known.since = performance.now();
    addEventListener("beforeunload", ask);
    timer = setTimeout(show, SLOW);
  }
  if (known.open > 0 && open === 0) {
    removeEventListener("beforeunload", ask);
    clearTimeout(timer);
  }
  known.open = open;
  known.failed = failed;
  show();
}

/** What a check came to: `sound`, `damaged` or `failed`. */
export function checked(outcome) {
  const time = new Date().toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  know({ check: { outcome, time } });
}

/** Whoever leaves with unsaved changes is asked first, by the browser. */
function ask(event) {
  event.preventDefault();
}

function show() {
  const [state, text] = words();
  const shown = $("badge");
  if (shown.dataset.state !== state) shown.dataset.state = state;
  if (shown.textContent !== text) shown.textContent = text;
}

function words() {
  const { state, survives, answers, open, failed, since, check } = known;
  if (state === "opening") return ["wait", "Opening…"];
  if (state === "closed") return ["bad", "Not open"];
  if (failed > 0) return ["bad", `${counted(failed, "change")} not saved`];
  if (check?.outcome === "damaged") return ["bad", `Damage found at ${check.time}`];
  if (!answers) return ["wait", "The storage does not answer"];
  if (open > 0) return [performance.now() - since >= SLOW ? "wait" : "good", "Saving…"];
  const saved = survives === undefined ? "Saved" : `Saved, ${OUTLIVES[survives]}`;
  if (check === undefined) return ["good", saved];
  return check.outcome === "sound"
    ? ["good", `${saved}. Checked at ${check.time}, sound`]
    : ["wait", `${saved}. The check at ${check.time} did not end`];
}
