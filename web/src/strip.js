// Every change as a mark: amber on its way, green when it is durable.

import { saves } from "./badge.js";
import { $, counted, element } from "./dom.js";

const MARKS_MAX = 90;
let durable = 0;
let last;
/** The marks of changes that are not durable, and of those the ones whose save failed. */
const open = new Set();
const failed = new Set();

/** A change is on its way. */
export function begin() {
  const mark = { shown: element("i"), started: performance.now() };
  const strip = $("strip");
  strip.append(mark.shown);
  if (strip.childElementCount > MARKS_MAX) strip.firstElementChild.remove();
  open.add(mark);
  show();
  return mark;
}

/** These changes are durable. */
export function succeed(marks) {
  if (marks.length === 0) return;
  for (const mark of marks) {
    open.delete(mark);
    failed.delete(mark);
    mark.shown.className = "durable";
  }
  durable += marks.length;
  last = performance.now() - marks.at(-1).started;
  show();
}

/** These changes could not be saved, and are tried again with the next. */
export function fail(marks) {
  for (const mark of marks) {
    failed.add(mark);
    mark.shown.className = "failed";
  }
  show();
}

/** How many changes are not durable. */
export const unsaved = () => open.size;

function show() {
  saves({ open: open.size, failed: failed.size });
  const lost = failed.size > 0 ? ` ${counted(failed.size, "change")} could not be saved.` : "";
  const time = last === undefined ? "" : `, the last after ${milliseconds(last)}`;
  $("saved").textContent = open.size > failed.size
    ? `Saving: ${counted(open.size, "change")} on the way, ${durable.toLocaleString("en")} durable.`
    : `${counted(durable, "change")} durable${time}.${lost}`;
}

const milliseconds = (time) => `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
