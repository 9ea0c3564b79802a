// The page: a button, and a table for each work. `window.contest` is for the command.

import { contest } from "./contest.js";
import { ratio } from "./median.js";

const $ = (id) => document.getElementById(id);

window.contest = (options) => contest(options, (round, rounds) => { $("said").textContent = `round ${round} of ${rounds}`; });

$("run").addEventListener("click", async () => {
  $("run").disabled = true;
  try {
    const results = await window.contest({ rounds: 9, milliseconds: 400 });
    $("said").textContent = "done";
    $("tables").replaceChildren(...results.flatMap(table));
  } catch (error) {
    $("said").textContent = String(error);
  } finally {
    $("run").disabled = false;
  }
});

function table({ title, unit, rows }) {
  const made = document.createElement("table");
  made.append(line("th", [title, unit, "p50 ms", "p99 ms", "steadfast by it"]));
  const ours = rows.find(({ name }) => name === "steadfast");
  for (const row of [...rows].sort((a, b) => b.rate - a.rate)) {
    const drawn = line("td", [row.name, Math.round(row.rate).toLocaleString("en"), row.p50.toFixed(1), row.p99.toFixed(1), ratio(ours, row).toFixed(2)]);
    drawn.className = row.kind;
    made.append(drawn);
  }
  return [made];
}

function line(kind, texts) {
  const row = document.createElement("tr");
  for (const text of texts) row.append(Object.assign(document.createElement(kind), { textContent: text }));
  return row;
}
