// Two changes of one text, made at the same time, as one text.
//
// What either side typed is there, and what either side deleted is gone. Nothing is ever a
// "conflict": a note has no grammar to break, and whoever typed looks at the result.

import { diffChars } from "../vendor/diff.js";

/** Two texts that have so little in common are not compared letter by letter. */
const EDITS_MAX = 2000;

/**
 * `mine` and `theirs` were both made of `base`.
 *
 * Gives the text, and `place`, which tells where a place of `mine` is in it. A caret stays before
 * what the other side typed at it: so two who type at one place get a word each, not a mixture.
 */
export function merge(base, mine, theirs) {
  const ours = edits(base, mine);
  const others = edits(base, theirs);
  const cuts = new Set([0, base.length]);
  for (const { at, removed } of [...ours, ...others]) cuts.add(at).add(at + removed);
  const bounds = [...cuts].sort((a, b) => a - b);

  let text = "";
  let inMine = 0;
  const pieces = [];
  const own = (length, added) => {
    if (length > 0) pieces.push({ end: inMine + length, length, at: text.length, kept: added.length });
    inMine += length;
    text += added;
  };
  for (const [index, from] of bounds.entries()) {
    const to = bounds[index + 1] ?? from;
    text += inserted(others, from);
    const typed = inserted(ours, from);
    own(typed.length, typed);
    const isKept = !isRemoved(others, from, to);
    if (!isRemoved(ours, from, to)) own(to - from, isKept ? base.slice(from, to) : "");
  }
  const place = (position) => {
    if (position === 0) return 0;
    const piece = pieces.find(({ end }) => position <= end);
    if (!piece) return text.length;
    return piece.at + Math.min(position - piece.end + piece.length, piece.kept);
  };
  return { text, place };
}

const inserted = (all, at) =>
  all.filter((edit) => edit.at === at).map(({ added }) => added).join("");

const isRemoved = (all, from, to) =>
  all.some(({ at, removed }) => at <= from && to <= at + removed && removed > 0);

/** What makes `after` of `before`, in its order. */
function edits(before, after) {
  if (before === after) return [];
  const start = commonStart(before, after);
  const end = commonEnd(before, after, start);
  const old = before.slice(start, before.length - end);
  const now = after.slice(start, after.length - end);
  const parts = diffChars(old, now, { maxEditLength: EDITS_MAX })
    ?? [{ removed: true, value: old }, { added: true, value: now }];
  const found = [];
  let at = start;
  for (const { added, removed, value } of parts) {
    if (added) found.push({ at, removed: 0, added: value });
    else if (removed) found.push({ at, removed: value.length, added: "" });
    if (!added) at += value.length;
  }
  return found;
}

function commonStart(a, b) {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  // Half a character is no place to cut.
  return length > 0 && /[\uD800-\uDBFF]/.test(a[length - 1]) ? length - 1 : length;
}

function commonEnd(a, b, start) {
  const most = Math.min(a.length, b.length) - start;
  let length = 0;
  while (length < most && a[a.length - 1 - length] === b[b.length - 1 - length]) length += 1;
  return length > 0 && /[\uDC00-\uDFFF]/.test(a[a.length - length]) ? length - 1 : length;
}
