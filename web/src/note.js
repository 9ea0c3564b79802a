// What a note is in the database: the key `note/…`, and a text with the time of its last change.

export const PREFIX = "note/";
/** What the trials save, and delete when they end. */
export const TRIAL_PREFIX = "trial/";
/** No `Date` is later. */
const TIME_MAX = 8.64e15;
const LINE_LENGTH_MAX = 200;
/** What the keys of notes consist of. */
const KEY_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz-";
const KEY_LENGTH_MAX = 40;

const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export const newKey = () =>
  `${PREFIX}${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;

/** Whether this page can show the value, whoever stored it. */
export function isNote(value) {
  return typeof value === "object" && value !== null
    && typeof value.text === "string"
    && typeof value.edited === "number" && Math.abs(value.edited) <= TIME_MAX;
}

/** What the list shows of a note: its first two lines, or the day of its last change. */
export function summary({ text, edited }) {
  const lines = /\S[^\n]*/g;
  const line = () => lines.exec(text)?.[0].slice(0, LINE_LENGTH_MAX).trimEnd();
  return [line() ?? "Empty note", line() ?? day.format(edited)];
}

/**
 * All notes of a database, and how much there is under their prefix that is none.
 *
 * A value that the package cannot decode fails the scan that meets it. Then the parts of the key
 * space are scanned one by one, so that only that value is missing.
 */
export async function readNotes(database) {
  const notes = [];
  let passedOver = 0;
  const read = async (prefix) => {
    let pairs;
    try {
      pairs = await database.scan(prefix);
    } catch (error) {
      if (error.kind !== "Codec") throw error;
      const isHere = await database.get(prefix).then((value) => value !== undefined, () => true);
      if (isHere || prefix.length > KEY_LENGTH_MAX) passedOver += 1;
      if (prefix.length > KEY_LENGTH_MAX) return;
      for (const character of KEY_CHARACTERS) await read(prefix + character);
      return;
    }
    for (const [key, value] of pairs) {
      if (isNote(value)) notes.push([key, value]);
      else passedOver += 1;
    }
  };
  await read(PREFIX);
  return { notes, passedOver };
}
