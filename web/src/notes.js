// The notes: a list, and one that is open. Each is one key; every change of the text is one save of it.

import { $, element } from "./dom.js";
import { follow } from "./strip.js";

const PREFIX = "note/";
const notes = new Map();
/** For each note how many changes of ours are on their way, and whether we heard of it meanwhile. */
const ours = new Map();
let db;
let current;
let report;

/** Loads the notes and follows changes, those of other tabs too. */
export async function start(database, onTrouble) {
  report = onTrouble;
  db = database;
  db.subscribe(onChange, PREFIX);
  await reload();
  if (notes.size === 0) await create("Welcome\n\nEvery keystroke is saved while you type, and the mark below turns green when it is durable: from then on it survives a crash of this tab, of the browser, and of the machine.\n\nOpen this page in a second tab and write in both. Close one. Press the buttons on the right, which try to break it.");
  else select(ordered()[0]);
  $("text").disabled = false;
  $("delete").disabled = false;
}

/** Reads everything again. */
export async function reload() {
  notes.clear();
  for (const [key, note] of await db.scan(PREFIX)) notes.set(key, note);
  if (current !== undefined && !notes.has(current)) current = undefined;
  draw();
  if (current === undefined && notes.size > 0) select(ordered()[0]);
  else refill();
}

export const count = () => notes.size;

function onChange({ changes, missed }) {
  if (missed) return void reload();
  for (const { key, value } of changes) {
    const own = ours.get(key);
    // What we hear may be older than what we see, or newer: that is asked when ours has arrived.
    if (own) own.heard = true;
    else keep(key, value);
  }
  show();
}

function keep(key, value) {
  if (value === undefined) notes.delete(key);
  else notes.set(key, value);
}

/** Draws what is known, and another note where the open one is gone. */
function show() {
  if (current !== undefined && !notes.has(current)) {
    current = undefined;
    const [first] = ordered();
    if (first !== undefined) return select(first);
  }
  draw();
  refill();
}

/** Sends a change of a note on its way. */
async function send(key, change) {
  const own = ours.get(key) ?? { under: 0, heard: false };
  ours.set(key, own);
  own.under += 1;
  await follow(change).catch(report);
  own.under -= 1;
  if (own.under > 0) return;
  ours.delete(key);
  if (!own.heard) return;
  const value = await db.get(key);
  if (ours.has(key)) return;
  keep(key, value);
  show();
}

const ordered = () => [...notes.keys()].sort((a, b) => notes.get(b).edited - notes.get(a).edited || (a < b ? 1 : -1));

function save(key, note) {
  notes.set(key, note);
  draw();
  return send(key, db.put(key, note));
}

async function create(text = "") {
  const key = `${PREFIX}${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  const saved = save(key, { text, edited: Date.now() });
  select(key);
  $("text").focus();
  await saved;
}

function select(key) {
  current = key;
  $("text").value = notes.get(key)?.text ?? "";
  draw();
}

/** Shows what the note is now, where another tab or a backup has changed it. */
function refill() {
  const text = $("text");
  const now = notes.get(current)?.text ?? "";
  if (text.value === now) return;
  const { selectionStart, selectionEnd } = text;
  text.value = now;
  text.setSelectionRange(Math.min(selectionStart, now.length), Math.min(selectionEnd, now.length));
}

function draw() {
  const hadFocus = document.activeElement?.closest?.("#notes button")?.dataset.key;
  $("notes").replaceChildren(...ordered().map(item));
  if (hadFocus !== undefined) [...$("notes").querySelectorAll("button")].find((button) => button.dataset.key === hadFocus)?.focus();
  $("delete").disabled = current === undefined;
}

function item(key) {
  const { text, edited } = notes.get(key);
  const [title = "", ...rest] = text.split("\n").map((line) => line.trim()).filter(Boolean);
  const day = new Date(edited).toLocaleDateString(undefined, { day: "numeric", month: "short" });
  const button = element("button", {}, element("strong", { textContent: title || "Empty note" }), element("small", { textContent: rest[0] ?? day }));
  button.dataset.key = key;
  if (key === current) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => select(key));
  return element("li", {}, button);
}

$("text").addEventListener("input", () => {
  const note = { text: $("text").value, edited: Date.now() };
  if (current === undefined) void create(note.text);
  else void save(current, note);
});

$("new").addEventListener("click", () => void create());

$("delete").addEventListener("click", () => {
  if (current === undefined) return;
  const key = current;
  const note = notes.get(key);
  notes.delete(key);
  current = undefined;
  const [next] = ordered();
  select(next);
  void send(key, db.delete(key));
  offerUndo(key, note);
});

function offerUndo(key, note) {
  const undo = element("button", { textContent: "Undo", className: "quiet", id: "undo" });
  undo.addEventListener("click", () => {
    undo.remove();
    void save(key, note);
    select(key);
    $("text").focus();
  });
  $("undo")?.remove();
  $("delete").before(undo);
  undo.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.altKey && !event.ctrlKey && event.code === "KeyN") {
    event.preventDefault();
    void create();
  }
  const place = event.target.closest?.("#notes li");
  if (!place) return;
  const steps = { ArrowDown: "nextElementSibling", ArrowRight: "nextElementSibling", ArrowUp: "previousElementSibling", ArrowLeft: "previousElementSibling" };
  const other = place[steps[event.key]]?.querySelector("button");
  if (!other) return;
  event.preventDefault();
  other.focus();
});
