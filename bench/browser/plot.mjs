// The plot of a run, in the look of the other plots (`bench/src/plot.rs`): bars beside names, in
// the colours of a light or a dark page.

import { figure } from "./report.mjs";

const WIDTH = 760;
const BAR = 22;
const LEFT = 275;
const RIGHT = 110;

const STYLE = "text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:15px}.unit{fill:#57606a}"
  + ".raw{fill:#8c959f}.ours{fill:#1a7f37}.peer{fill:#0969da}"
  + "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.unit{fill:#8b949e}.raw{fill:#6e7681}.ours{fill:#3fb950}.peer{fill:#4493f8}}";

/** Draws a panel for each work. */
export function draw(works) {
  let body = "";
  let y = 10;
  for (const { title, unit, rows } of works) {
    const sorted = [...rows].sort((a, b) => b.rate - a.rate);
    const most = sorted[0].rate;
    y += 18;
    body += `<text class="title" x="10" y="${y}">${escaped(title)}</text><text class="unit" x="${WIDTH - 10}" y="${y}" text-anchor="end">${unit}</text>\n`;
    y += 10;
    for (const { name, kind, rate, remark } of sorted) {
      const width = Math.max(((WIDTH - LEFT - RIGHT) * rate) / most, 1).toFixed(1);
      const base = (y + BAR * 0.68).toFixed(1);
      const label = remark.startsWith("relaxed") || remark.includes("relaxed:") ? `${name}, relaxed` : name;
      body += `<text x="${LEFT - 8}" y="${base}" text-anchor="end">${escaped(label)}</text>`
        + `<rect class="${kind}" x="${LEFT}" y="${(y + 3).toFixed(1)}" width="${width}" height="${(BAR - 6).toFixed(1)}" rx="3"/>`
        + `<text x="${(LEFT + Number(width) + 8).toFixed(1)}" y="${base}">${figure(rate)}</text>\n`;
      y += BAR;
    }
    y += 12;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">\n<style>${STYLE}</style>\n${body}</svg>\n`;
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
