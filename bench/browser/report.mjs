// The table of a run, for people: the goals first, then every figure.

import { ratio } from "./src/median.js";

/** The goals: `ours` by `other`, each as [work, entrant]. */
const GOALS = [
  { what: "one at a time, by Dexie strict's one at a time", ours: ["one", "steadfast"], other: ["one", "Dexie, strict"], least: 1 },
  { what: "100 in flight, by Dexie strict's one at a time", ours: ["hundred", "steadfast"], other: ["one", "Dexie, strict"], least: 30 },
  { what: "OPFS, one at a time, by Dexie strict's one at a time", ours: ["one", "steadfast, OPFS"], other: ["one", "Dexie, strict"], least: 5 },
  { what: "1 MiB, by idb-keyval's relaxed save", ours: ["save", "steadfast"], other: ["save", "idb-keyval"], least: 1 },
];

/** The goals whose figures the run has, and how far they are reached. */
export function goals(works) {
  const find = ([work, name]) => works.find((it) => it.name === work)?.rows.find((row) => row.name === name);
  return GOALS.flatMap(({ what, ours, other, least }) => {
    const [a, b] = [find(ours), find(other)];
    if (!a || !b) return [];
    const measured = ratio(a, b);
    return [{ what, least, measured, isMet: measured >= least }];
  });
}

/** A figure with three significant digits. */
export function figure(number) {
  if (number >= 1000) return Math.round(number).toLocaleString("en");
  return Number(number.toPrecision(3)).toString();
}

/** The page. */
export function page({ rounds, milliseconds, browser, works }) {
  const lines = [
    "# Durable puts in a browser", "",
    `Written by \`cargo xtask bench --browser\`; what it means is in [log.md](log.md#in-the-browser). ${browser}, ${rounds} rounds of ${milliseconds} ms, medians. Only ratios mean anything: the entrants took turns in one page and one run.`, "",
    "## Goals", "", "| steadfast | at least | measured | |", "|---|---|---|---|",
    ...goals(works).map(({ what, least, measured, isMet }) => `| ${what} | ${least} | ${figure(measured)} | ${isMet ? "met" : "**not met**"} |`),
  ];
  for (const { title, unit, rows } of works) {
    const ours = rows.find(({ name }) => name === "steadfast");
    lines.push("", `## ${title}`, "", `| | ${unit} | steadfast by it | p50 ms | p99 ms | |`, "|---|---|---|---|---|---|");
    for (const row of rows) {
      const name = row.kind === "ours" ? `**${row.name}**` : row.name;
      lines.push(`| ${name} | ${figure(row.rate)} | ${ratio(ours, row).toFixed(2)} | ${figure(row.p50)} | ${figure(row.p99)} | ${row.remark} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}
