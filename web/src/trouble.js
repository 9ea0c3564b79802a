// When the notes do not open, or close by themselves: what happened, and the ways on.
//
// Only buttons that can work then are live: those of the page are switched off until the notes are
// open.

import { know } from "./badge.js";
import { backupOf, restoreChecked } from "./backup.js";
import { beginAnew, deleteStored, rescue, restoreUnopened } from "./database.js";
import { $, action, download, element, say, today } from "./dom.js";
import * as notes from "./notes.js";
import { detail, isDamage, isDeletion, reason } from "./words.js";

let connect;

/** `again` opens the notes anew in this page. */
export function start(again) {
  connect = again;
}

/** The page's own controls can be used, or cannot. */
export function enable(isOpen) {
  for (const control of document.querySelectorAll("main button:not(#notes *)")) control.disabled = !isOpen;
  // Notes that were open can still be read and copied.
  $("text").readOnly = !isOpen;
  if (isOpen) {
    $("text").disabled = false;
    hide();
  }
}

/** Shows an error that the page cannot go on with, and the ways out. */
export function trouble(error) {
  know({ state: "closed" });
  enable(false);
  const known = notes.known();
  const wasOpen = known.length > 0;
  const ways = [action("Try again", retry, failed)];
  if (isDamage(error) || isDeletion(error)) ways.unshift(restoreWay());
  if (wasOpen) ways.push(action("Save the notes of this tab in a file", () => keep(known), failed));
  if (isDeletion(error)) {
    const label = wasOpen ? "Begin anew with the notes of this tab" : "Begin anew";
    ways.push(action(label, () => anew(() => beginAnew(known)), failed));
  }
  if (isDamage(error)) {
    ways.push(action("Save what is stored in a file", keepStored, failed));
    ways.push(action("Begin anew", confirm, failed));
  }
  const title = wasOpen ? "The notes are not open any more" : "The notes cannot be opened";
  show(title, [reason(error), detail(error)], ways);
}

/**
 * Shows that a change was not saved; what was typed stays, and is tried again with the next change.
 */
export function complain(error) {
  if ($("text").readOnly) return;
  show("Not saved yet", [
    `${reason(error)} What you wrote is still in this tab: keep it open.`,
    detail(error),
  ], [
    action("Save again", async () => {
      hide();
      await notes.saveAgain();
    }, failed),
    action("Save the notes of this tab in a file", () => keep(notes.known()), failed),
  ]);
}

/** Nothing is wrong any more. */
export function hide() {
  if ($("trouble").hidden) return;
  const hadFocus = $("trouble").contains(document.activeElement);
  $("trouble").hidden = true;
  if (hadFocus) $("text").focus();
}

function show(title, content, ways) {
  $("trouble-title").textContent = title;
  say("trouble-text", ...content);
  $("trouble-buttons").replaceChildren(...ways);
  $("trouble-outcome").replaceChildren();
  $("trouble").hidden = false;
  $("trouble").scrollIntoView({ block: "nearest" });
}

const failed = (error) => say("trouble-outcome", `That did not work. ${reason(error)}`, detail(error));

async function retry() {
  say("trouble-outcome", "Opening the notes…");
  await connect();
}

function restoreWay() {
  const file = element("input", { type: "file", accept: ".tar", hidden: true, id: "trouble-file" });
  const button = action("Restore a backup", () => file.click(), failed);
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    file.value = "";
    if (!chosen) return;
    await restoreChecked(chosen, "trouble-outcome", (backup) => anew(() => restoreUnopened(backup)));
  });
  const both = element("span", { className: "way" }, button, file);
  return both;
}

async function anew(work) {
  await work();
  await connect();
}

async function keep(pairs) {
  download(await backupOf(pairs), `notes-${today()}.tar`);
  say("trouble-outcome", "Saved. “Restore from a file” brings them back.");
}

async function keepStored() {
  download(await rescue(), "notes-evidence.tar");
  say("trouble-outcome", "Saved as it is. Whoever knows the storage may get notes out of it.");
}

/** Deleting is asked for twice. */
function confirm() {
  say("trouble-outcome",
    "This deletes everything that this page has stored here, for good. Save it in a file first.",
    action("Delete it and begin anew", async () => {
      const isDone = await deleteStored();
      if (!isDone) return say("trouble-outcome", "Another tab has the notes open. Close it first.");
      await connect();
    }, failed));
  $("trouble-outcome").querySelector("button").focus();
}
