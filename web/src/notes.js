// The notes: a list, and one that is open. Each is one key, and `draft.js` saves it.

import { db } from "./database.js";
import { $, counted, element, say } from "./dom.js";
import { Draft, plain } from "./draft.js";
import * as list from "./list.js";
import { PREFIX, isNote, newKey, readNotes } from "./note.js";

const WELCOME = "Welcome\n\nEvery keystroke is saved while you type, and the mark below turns green "
  + "when it is durable: from then on it survives a crash of this tab, of the browser, and of the "
  + "machine.\n\nOpen this page in a second tab and write in both. Close one. Press the buttons under "
  + "“Try to break it”.";

/** What is known of every note. */
const notes = new Map();
/** The notes that are open or not saved yet. */
const drafts = new Map();
let current;
let passedOver = 0;
let onTrouble = () => {};
/** The note of which it was said that another tab writes in it too. */
let shared;
let draftDeleted;

const hears = {
  onText: remember,
  onForeign(draft, place) {
    remember(draft);
    if (draft !== current) return;
    fillText(place);
    if (shared === draft || document.activeElement !== $("text")) return;
    shared = draft;
    say("notice", "This note is also being changed in another tab. What both of you write is kept.");
  },
  onGone(draft) {
    forget(draft.key);
    if (draft !== current) return void drafts.delete(draft.key);
    if (draft.text.trim() === "") return openFirst();
    say("notice", "This note was deleted in another tab. Write on, and it is kept after all.");
  },
  onKey(draft, from, to) {
    forget(from);
    drafts.delete(from);
    drafts.set(to, draft);
    remember(draft);
    if (draft === current) list.mark(to);
    say("notice", "Another program uses the place of this note. It is kept as a new note.");
  },
  onError: (error, draft) => onTrouble(error, draft),
};

/** Loads the notes and follows changes, those of other tabs too. */
export async function start(report) {
  onTrouble = report;
  db.subscribe(onChange, PREFIX);
  await reload();
  if (notes.size === 0 && current === undefined) create(WELCOME);
  $("text").disabled = false;
  $("text").readOnly = false;
  void saveAgain();
}

/** Reads everything again. */
export async function reload() {
  const found = await readNotes(db);
  passedOver = found.passedOver;
  notes.clear();
  for (const [key, note] of found.notes) notes.set(key, note);
  for (const draft of drafts.values()) {
    if (draft.isSaved) draft.hear(notes.get(draft.key));
    else if (draft.text !== undefined) notes.set(draft.key, draft);
    else notes.delete(draft.key);
  }
  list.fill(notes);
  if (current === undefined) openFirst();
  else list.mark(current.key);
  if (passedOver > 0) {
    say("notice", `${counted(passedOver, "thing")} stored here by another program: kept, and not shown.`);
  }
}

/** Opens the last changed note where the open one is gone; after a backup was restored. */
export function settle() {
  if (current && !notes.has(current.key) && current.isSaved) openFirst();
}

export const count = () => notes.size;
export const countPassedOver = () => passedOver;

/** Every note as this tab knows it, with what is not saved. */
export function known() {
  const all = new Map([...notes].map(([key, { text, edited }]) => [key, { text, edited }]));
  for (const { key, text, edited, isSaved } of drafts.values()) {
    if (text !== undefined && (!isSaved || notes.has(key) || current?.key === key)) all.set(key, { text, edited });
  }
  return [...all];
}

/** Saves what could not be saved. */
export async function saveAgain() {
  await Promise.all([...drafts.values()].map((draft) => draft.save()));
}

function onChange({ changes, missed }) {
  if (missed) return void reload().catch(onTrouble);
  for (const { key, value } of changes) {
    const draft = drafts.get(key);
    // It knows better: it reads what is stored when it can.
    if (draft) draft.hear(value);
    else if (isNote(value)) keep(key, value);
    else forget(key);
  }
}

function keep(key, note) {
  notes.set(key, note);
  list.set(key, note);
}

function remember({ key, text, edited }) {
  if (text !== undefined) keep(key, { text, edited });
}

function forget(key) {
  notes.delete(key);
  list.remove(key);
}

/** What became of a change; a draft that is saved and not open is needed no more. */
async function follow(draft, saving) {
  await saving;
  if (draft.isSaved && draft !== current && drafts.get(draft.key) === draft) drafts.delete(draft.key);
}

function create(text = "") {
  const draft = new Draft(newKey(), { text: "", edited: Date.now() }, hears);
  drafts.set(draft.key, draft);
  const saving = draft.change(text);
  remember(draft);
  show(draft);
  void follow(draft, saving);
}

function select(key) {
  const stored = notes.get(key);
  if (!stored) return show(undefined);
  const draft = drafts.get(key) ?? new Draft(key, { ...stored, text: plain(stored.text) }, hears);
  drafts.set(key, draft);
  show(draft);
  // In between it may have been changed.
  if (draft.isSaved) void draft.look();
}

const openFirst = () => select(list.first());

function show(draft) {
  const before = current;
  current = draft;
  if (before && before !== draft) void follow(before);
  $("text").value = draft?.text ?? "";
  $("text").scrollTop = 0;
  $("delete").disabled = draft === undefined;
  list.mark(draft?.key);
  list.reveal();
}

/** Shows the open note's text; the caret stays at what it stood at. */
function fillText(place) {
  const text = $("text");
  const { selectionStart, selectionEnd, selectionDirection, scrollTop } = text;
  text.value = current.text;
  text.setSelectionRange(place(selectionStart), place(selectionEnd), selectionDirection);
  text.scrollTop = scrollTop;
}

$("text").addEventListener("input", () => {
  const text = $("text").value;
  if (current === undefined) return create(text);
  const draft = current;
  const saving = draft.change(text);
  remember(draft);
  void follow(draft, saving);
});

$("text").addEventListener("compositionstart", () => current?.hold(true));
$("text").addEventListener("compositionend", () => current?.hold(false));

$("new").addEventListener("click", () => {
  create();
  $("text").focus();
});

$("delete").addEventListener("click", () => {
  if (current === undefined) return;
  const draft = current;
  draftDeleted = { draft, text: draft.text, edited: draft.edited };
  const next = list.has(draft.key) ? list.neighbour(draft.key) : list.first();
  const saving = draft.change(undefined);
  forget(draft.key);
  select(next);
  void follow(draft, saving);
  offerUndo();
  say("notice", "Note deleted.");
});

function offerUndo() {
  $("undo")?.remove();
  const undo = element("button", { textContent: "Undo", className: "quiet", id: "undo" });
  undo.addEventListener("click", () => {
    const { draft, text } = draftDeleted;
    undo.remove();
    drafts.set(draft.key, draft);
    const saving = draft.change(draft.deleted ?? text);
    remember(draft);
    show(draft);
    void follow(draft, saving);
    $("text").focus();
    say("notice", "The note is back.");
  });
  $("delete").before(undo);
  undo.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.altKey && !event.ctrlKey && event.code === "KeyN" && !$("new").disabled) {
    event.preventDefault();
    $("new").click();
  }
});

list.start(select);
