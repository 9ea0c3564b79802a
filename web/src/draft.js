// A note's text on its way to the database and back, also while another tab writes the same note.
//
// **No keystroke is lost.** `base` is a text that the stored one descends from, and that `text`,
// what the person sees, was made of. So `base → text` is what the person typed since, and nothing
// else. A save reads what is stored and makes that change in it, in one transaction: what another
// tab saved meanwhile stays. One save of a note is under way at a time, and takes with it all that
// was typed since the last.

import { db } from "./database.js";
import { merge } from "./merge.js";
import { isNote, newKey } from "./note.js";
import * as strip from "./strip.js";

/** What a draft tells the page: see `notes.js`. */
const IGNORED = { onText() {}, onForeign() {}, onGone() {}, onError() {}, onKey() {} };

export class Draft {
  key;
  /** `undefined` where the note is deleted. */
  text;
  base;
  /** When the text was last changed. */
  edited;
  /** Whether the note is gone from the database, and this is all there is of it. */
  isGone = false;
  /** While an input method composes, the text on the screen must not be touched. */
  isHeld = false;
  #marks = [];
  #isSaving = false;
  /** Another tab changed the note while we could not look. */
  #isStale = false;
  #looks = 0;
  /** What a save would have stored of which nobody knows whether it was. */
  #uncertain;
  #hears;

  constructor(key, { text, edited }, hears = IGNORED) {
    this.key = key;
    this.text = text;
    this.base = text;
    this.edited = edited;
    this.#hears = hears;
  }

  get isSaved() {
    return this.#marks.length === 0 && !this.#isSaving;
  }

  /** The text is now this; `undefined` deletes the note. */
  change(text) {
    this.text = text;
    this.edited = Date.now();
    this.#marks.push(strip.begin());
    return this.save();
  }

  /** Saves what is not saved, again where that failed. */
  async save() {
    if (this.#isSaving) return;
    this.#isSaving = true;
    let marks = [];
    try {
      while (this.#marks.length > 0) {
        [marks, this.#marks] = [this.#marks, []];
        await (this.text === undefined ? this.#delete() : this.#store());
        strip.succeed(marks);
        marks = [];
      }
    } catch (error) {
      this.#marks.unshift(...marks);
      strip.fail(this.#marks);
      this.#hears.onError(error, this);
    } finally {
      this.#isSaving = false;
    }
    if (this.#isStale && !this.isHeld) void this.look();
  }

  /** Another tab has changed the note to this, or had at some time. */
  hear(value) {
    if (isNote(value) && plain(value.text) === this.base && !this.isGone) return;
    this.#isStale = true;
    if (!this.#isSaving && !this.isHeld) void this.look();
  }

  /** Takes over what is stored. What was heard may be older than what is shown, so it is read. */
  async look() {
    this.#looks += 1;
    const look = this.#looks;
    this.#isStale = false;
    const found = await db.get(this.key).catch(() => null);
    // A save or a later look has read something newer.
    if (look !== this.#looks || this.#isSaving || found === null) return;
    if (this.isHeld) {
      this.#isStale = true;
    } else if (isNote(found)) {
      this.edited = Math.max(this.edited, found.edited);
      this.#absorb(plain(found.text));
    } else if (this.isSaved && this.text !== undefined && !this.isGone) {
      this.isGone = true;
      this.#hears.onGone(this);
    }
  }

  /** An input method composes, or does not any more. */
  hold(isHeld) {
    this.isHeld = isHeld;
    if (!isHeld && this.#isStale) void this.look();
  }

  async #store() {
    const mine = this.text;
    this.#looks += 1;
    let key;
    let stored;
    try {
      await db.transact(async (transaction) => {
        key = this.key;
        let found = await get(transaction, key);
        if (found !== undefined && !isNote(found)) {
          // Another program has put something else there: that stays, and the note gets a new
          // place.
          key = newKey();
          found = undefined;
        }
        // Where the note was deleted meanwhile, whoever still writes in it brings it back.
        const theirs = found && plain(found.text);
        stored = theirs === undefined || theirs === this.#uncertain
          ? mine
          : merge(this.base, mine, theirs).text;
        transaction.put(key, { ...found, text: whole(stored), edited: this.edited });
      });
      this.#uncertain = undefined;
    } catch (error) {
      if (error.kind === "OutcomeUnknown") this.#uncertain = stored;
      throw error;
    }
    this.base = mine;
    this.isGone = false;
    if (key !== this.key) this.#hears.onKey(this, this.key, this.key = key);
    // What is shown is behind what is stored, until the composing ends.
    if (this.isHeld) this.#isStale ||= stored !== mine;
    else this.#absorb(whole(stored));
  }

  async #delete() {
    this.#looks += 1;
    await db.transact(async (transaction) => {
      const found = await get(transaction, this.key);
      if (found !== undefined && !isNote(found)) return;
      // What another tab wrote last is deleted with it, and is what an undo brings back.
      if (found) this.deleted = plain(found.text);
      transaction.delete(this.key);
    });
    this.isGone = true;
  }

  /** The stored text is this, and descends from `base`. */
  #absorb(theirs) {
    if (theirs === this.base || this.text === undefined) return;
    const before = this.text;
    const { text, place } = merge(this.base, before, theirs);
    this.base = theirs;
    this.text = text;
    this.isGone = false;
    if (text !== before) this.#hears.onForeign(this, place);
    else this.#hears.onText(this);
  }
}

/** A value that the package cannot decode is something else than a note. */
function get(transaction, key) {
  return transaction.get(key).catch((error) => {
    if (error.kind === "Codec") return null;
    throw error;
  });
}

/** The text as a text field has it. */
export const plain = (text) => text.replace(/\r\n?/g, "\n");

/** Half a character cannot be stored. */
const whole = (text) => text.toWellFormed?.() ?? text;
