// The first trial: the writer is ended in the middle of saves.

import { asTrial, db, terminateWriter } from "./database.js";
import { counted, element, tell } from "./dom.js";
import { TRIAL_PREFIX } from "./note.js";

const LANES = 8;
const SAVES = 40;
/** So many answers come before the end. */
const ANSWERS = 60;

/** Saves from several hands at once, ends the writer among them, and counts what is there. */
export async function terminate() {
  if (!await asTrial(endTheWriter)) tell("wait", "Another tab is trying this just now. Press the button again when it is done.");
}

/** Deletes what a trial left whose tab was closed. */
export async function clearTrial() {
  await asTrial(async () => {
    const left = await db.scan(TRIAL_PREFIX);
    if (left.length > 0) await remove(left.map(([key]) => key));
  });
}

const remove = (keys) => db.transact((transaction) => { for (const key of keys) transaction.delete(key); });

async function endTheWriter() {
  const { writer } = await db.status();
  if (writer !== "this tab") {
    return tell("wait", "Another tab writes at the moment, and this one sends it its changes. Press the button there, or close that tab.");
  }
  tell("wait", "Saving, and then ending the worker that saves…");
  const key = (lane, n) => `${TRIAL_PREFIX}${lane}/${String(n).padStart(3, "0")}`;
  let answered = 0;
  let under = 0;
  const before = new Set();
  let atTheEnd;
  const lane = async (number) => {
    for (let n = 0; n < SAVES; n += 1) {
      under += 1;
      await db.put(key(number, n), `${number}/${n}`);
      under -= 1;
      answered += 1;
      if (!atTheEnd) before.add(key(number, n));
      if (answered === ANSWERS) {
        // The other lanes have a save on its way, and this one sends another.
        void db.put(key("last", 0), "on its way");
        atTheEnd = { under: under + 1, time: performance.now() };
        terminateWriter();
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  const found = new Map(await db.scan(TRIAL_PREFIX));
  const back = performance.now() - atTheEnd.time;
  const lost = [...before].filter((name) => !found.has(name)).length;
  const all = LANES * SAVES + 1;
  const { recovery } = await db.status();
  await remove([...found.keys()]);
  tell(lost === 0 && found.size === all ? "good" : "bad",
    `The writer was ended with ${counted(atTheEnd.under, "save")} on the way. ${lost === 0 ? "Nothing that was acknowledged is lost." : "Acknowledged saves are lost."}`,
    table([
      ["acknowledged before the end", before.size],
      ["of these lost", lost],
      ["on the way, sent again to the next writer", atTheEnd.under],
      ["saved when all was done", `${found.size} of ${all}`],
      ["saves read by the next writer", recovery.replayed],
      ["all saved again after", `${Math.round(back)} ms`],
    ]));
}

function table(rows) {
  const row = ([name, value]) => element("tr", {},
    element("th", { scope: "row", textContent: name }),
    element("td", { textContent: value }));
  return element("table", {}, ...rows.map(row));
}
