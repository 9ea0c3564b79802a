// When the database does not open, or ends: what happened, and what can be done.

import { open, rescue, restore } from "./database.js";
import { $, download, element } from "./dom.js";
import { badge } from "./health.js";

/** Shows an error that the page cannot go on with, and the ways out. */
export function trouble(error) {
  badge("bad", "Not open");
  $("text").disabled = true;
  $("trouble-title").textContent = "The notes cannot be opened";
  $("trouble-text").textContent = `${error.message}.`;
  const ways = [["Try again", () => location.reload()]];
  if (error.remedy === "restore") {
    const file = element("input", { type: "file", accept: ".tar" });
    file.addEventListener("change", () => attempt(() => restore(file.files[0])));
    ways.unshift(["Restore a backup", () => file.click()]);
    ways.push(["Keep what is stored, as it is, in a file", async () => download(await rescue(), "notes-evidence.tar")]);
    if (error.kind === "Evicted") ways.push(["Begin anew", () => attempt(() => open({ acceptLoss: true }))]);
  }
  $("trouble-buttons").replaceChildren(...ways.map(([textContent, onclick]) => element("button", { textContent, onclick })));
  $("trouble").hidden = false;
}

async function attempt(work) {
  try {
    await (await work()).close();
    location.reload();
  } catch (error) {
    $("trouble-text").textContent = `That did not work: ${error.message}.`;
  }
}

/** Shows what became of one change. */
export function complain(error) {
  $("trouble-title").textContent = "A change was not saved";
  $("trouble-text").textContent = `${error.message}.`;
  const close = element("button", { textContent: "Understood" });
  close.addEventListener("click", () => { $("trouble").hidden = true; });
  $("trouble-buttons").replaceChildren(close);
  $("trouble").hidden = false;
}
