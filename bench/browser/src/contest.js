// In each round every entrant does every work, in another order each time. The first round is not
// counted.

import { ENTRANTS } from "./entrants.js";
import { median } from "./median.js";
import { WORKS, measure } from "./works.js";

/**
 * Runs the contest. Gives for each work, and each of its entrants, the rate of every counted round
 * and the quantiles of all times.
 */
export async function contest({ rounds, milliseconds, only }, onRound = () => {}) {
  const entrants = [];
  for (const entrant of ENTRANTS) entrants.push({ ...entrant, ...(await entrant.open()) });
  const takesPart = (entrant, work) => !entrant.works || entrant.works.includes(work.name);
  const works = WORKS.filter(({ name }) => !only || only.includes(name));
  const results = works.map((work) => ({
    ...work,
    rows: entrants.filter((entrant) => takesPart(entrant, work)).map(({ name, kind, remark }) => ({ name, kind, remark, rates: [], times: [] })),
  }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const work of results) {
      for (let turn = 0; turn < entrants.length; turn += 1) {
        const entrant = entrants[(turn + round) % entrants.length];
        const row = work.rows.find(({ name }) => name === entrant.name);
        if (!row) continue;
        const { rate, times } = await measure(entrant, work, milliseconds);
        if (round === 0) continue;
        row.rates.push(rate);
        for (const time of times) row.times.push(time);
      }
    }
    onRound(round, rounds, results);
  }
  return results.map((work) => ({ ...work, rows: work.rows.map(summary) }));
}

function summary({ times, ...row }) {
  times.sort((a, b) => a - b);
  const quantile = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
  return { ...row, rate: median(row.rates), p50: quantile(0.5), p99: quantile(0.99) };
}
