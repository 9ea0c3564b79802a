// The list of notes, the last changed first.
//
// A change of one note costs the same however many there are: its place is found by halving, and
// nothing but its own entry is drawn.

import { $, element } from "./dom.js";
import { summary } from "./note.js";

/** By key: what is shown of a note, and its elements. */
const entries = new Map();
/** The entries in their order. */
let order = [];
let current;
let choose = () => {};

/** `onChoose` is told the key of the note that a person wants to see. */
export function start(onChoose) {
  choose = onChoose;
}

export const count = () => entries.size;
export const has = (key) => entries.has(key);
export const first = () => order[0]?.key;

/** The note beside this one: the one below it, or else above it. */
export function neighbour(key) {
  const at = placeOf(entries.get(key));
  return (order[at + 1] ?? order[at - 1])?.key;
}

/** Shows these notes and no others. */
export function fill(notes) {
  entries.clear();
  for (const [key, note] of notes) entries.set(key, drawn(key, note));
  order = [...entries.values()].sort(compare);
  $("notes").replaceChildren(...order.map(({ place }) => place));
  mark(current);
}

/** Shows this of the note. */
export function set(key, note) {
  const known = entries.get(key);
  if (!known) {
    const entry = drawn(key, note);
    entries.set(key, entry);
    insert(entry);
    mark(current);
    return;
  }
  write(known, note);
  if (known.edited === note.edited) return;
  const isFirstStill = known === order[0] && note.edited > known.edited;
  if (isFirstStill) {
    known.edited = note.edited;
    return;
  }
  order.splice(placeOf(known), 1);
  known.edited = note.edited;
  const hadFocus = known.place.contains(document.activeElement);
  insert(known);
  if (hadFocus) known.button.focus();
}

/** Shows it no more. */
export function remove(key) {
  const entry = entries.get(key);
  if (!entry) return;
  const hadFocus = entry.place.contains(document.activeElement);
  const next = hadFocus ? neighbour(key) : undefined;
  order.splice(placeOf(entry), 1);
  entries.delete(key);
  entry.place.remove();
  if (hadFocus) (entries.get(next)?.button ?? $("new")).focus();
}

/** Marks the open note. */
export function mark(key) {
  entries.get(current)?.button.removeAttribute("aria-current");
  current = key;
  entries.get(current)?.button.setAttribute("aria-current", "true");
}

/** Brings the open note's entry into view, in the list and nowhere else. */
export function reveal() {
  const place = entries.get(current)?.place;
  const list = $("notes");
  if (!place) return;
  const [shown, box] = [place.getBoundingClientRect(), list.getBoundingClientRect()];
  if (shown.top < box.top || shown.bottom > box.bottom) list.scrollTop += shown.top - box.top;
  if (shown.left < box.left || shown.right > box.right) list.scrollLeft += shown.left - box.left;
}

function drawn(key, note) {
  const title = element("strong");
  const more = element("small");
  const button = element("button", {}, title, more);
  button.dataset.key = key;
  const entry = { key, edited: note.edited, title, more, button, place: element("li", {}, button) };
  write(entry, note);
  return entry;
}

function write({ title, more }, note) {
  const [head, rest] = summary(note);
  if (title.textContent !== head) title.textContent = head;
  if (more.textContent !== rest) more.textContent = rest;
}

function insert(entry) {
  const at = placeOf(entry);
  order.splice(at, 0, entry);
  $("notes").insertBefore(entry.place, order[at + 1]?.place ?? null);
}

/** Where an entry is in the order, or would be. */
function placeOf(entry) {
  if (order.length === 0 || compare(entry, order[0]) <= 0) return 0;
  let [from, to] = [1, order.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(order[middle], entry) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

const compare = (a, b) => b.edited - a.edited || (a.key < b.key ? 1 : a.key > b.key ? -1 : 0);

$("notes").addEventListener("click", (event) => {
  const key = event.target.closest("button")?.dataset.key;
  if (key !== undefined) choose(key);
});

$("notes").addEventListener("keydown", (event) => {
  if (event.key === "Escape") return $("text").focus();
  const place = event.target.closest("li");
  const steps = {
    ArrowDown: place?.nextElementSibling,
    ArrowRight: place?.nextElementSibling,
    ArrowUp: place?.previousElementSibling,
    ArrowLeft: place?.previousElementSibling,
    Home: $("notes").firstElementChild,
    End: $("notes").lastElementChild,
  };
  const other = steps[event.key]?.querySelector("button");
  if (!other) return;
  event.preventDefault();
  other.focus();
});
