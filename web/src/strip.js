// Every change as a mark: amber on its way, green when it is durable.

import { $, counted, element } from "./dom.js";

const MARKS_MAX = 90;
let sent = 0;
let durable = 0;
let failed = 0;

/** Shows the fate of a save. */
export async function follow(save) {
  const mark = element("i");
  const strip = $("strip");
  strip.append(mark);
  while (strip.childElementCount > MARKS_MAX) strip.firstElementChild.remove();
  sent += 1;
  const started = performance.now();
  show();
  try {
    await save;
    durable += 1;
    mark.className = "durable";
    show(performance.now() - started);
  } catch (error) {
    failed += 1;
    mark.className = "failed";
    show();
    throw error;
  }
}

function show(milliseconds) {
  const open = sent - durable - failed;
  const lost = failed > 0 ? ` ${counted(failed, "change")} could not be saved.` : "";
  $("saved").textContent = open > 0
    ? `Saving: ${counted(open, "change")} on the way, ${durable.toLocaleString("en")} durable.${lost}`
    : `${counted(durable, "change")} durable${milliseconds === undefined ? "" : `, the last after ${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`}.${lost}`;
}
