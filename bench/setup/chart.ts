import type { Result } from "./result.contract.ts";

/** In pixels. */
const ROW = 26;
const TOP = 46;
const LABELS = 520;
const BARS = 300;
const VALUES = 120;
const WIDTH = LABELS + BARS + VALUES;
/** How far to the right of its goal, and to the left of it, a bar is drawn: a tenth to ten times. */
const DECADES = 1;

/** Readable where a page is light and where it is dark. */
const STYLE = `text{font:12px system-ui,sans-serif;fill:#24292f}.dim{fill:#57606a}.good{fill:#2da44e}.bad{fill:#bf8700}
.goal{stroke:#24292f;stroke-width:1.5}.grid{stroke:#d0d7de}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.dim{fill:#8d96a0}.good{fill:#3fb950}.bad{fill:#d29922}
.goal{stroke:#e6edf3}.grid{stroke:#30363d}}`;

/** What was found beside its goals: each bar ends left of the line when it needs more than was aimed at. */
export function drawChart(results: readonly Result[]): string {
  const rows = results.filter(({ goal }) => goal !== undefined);
  const height = TOP + rows.length * ROW + 12;
  const grid = [-1, -0.5, 0, 0.5, 1].map((decade) => {
    const x = (LABELS + (BARS * (decade + DECADES)) / (2 * DECADES)).toFixed(1);
    const times = 10 ** Math.abs(decade);
    const says = decade === 0 ? "the goal" : `${decade < 0 ? "÷" : "×"} ${times === 10 ? "10" : times.toFixed(1)}`;
    return `<line class="${decade === 0 ? "goal" : "grid"}" x1="${x}" y1="${TOP - 10}" x2="${x}" y2="${height - 8}"/>
<text class="dim" x="${x}" y="${TOP - 16}" text-anchor="middle">${says}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">
<title>How many times as good as its goal each figure is; the scale is logarithmic</title>
<style>${STYLE}</style>
<text class="dim" x="0" y="14">How many times as good as its goal each figure is (logarithmic)</text>
${grid.join("\n")}
${rows.map(drawRow).join("\n")}
</svg>
`;
}

function drawRow({ what, against, value, unit, reached, goal }: Result, index: number): string {
  const y = TOP + index * ROW;
  const decades = Math.min(DECADES, Math.max(-DECADES, Math.log10(share(value, goal))));
  const width = Math.max(2, (BARS * (decades + DECADES)) / (2 * DECADES));
  const label = escaped(shortened(against === "" ? what : `${what}, of ${against}`));
  const shown = `${value.toLocaleString("en", { maximumSignificantDigits: 3 })} ${unit}`;
  return `<text x="${LABELS - 10}" y="${y + 13}" text-anchor="end">${label}</text>
<rect class="${reached === true ? "good" : "bad"}" x="${LABELS}" y="${y + 2}" width="${width.toFixed(1)}" height="${ROW - 10}" rx="2" opacity="0.85"/>
<text x="${LABELS + BARS + 8}" y="${y + 13}">${escaped(shown)}</text>`;
}

/** 2: twice as good as the goal. */
function share(value: number, goal: Result["goal"]): number {
  if (!goal) return 1;
  return "atLeast" in goal ? value / goal.atLeast : goal.atMost / value;
}

function shortened(text: string): string {
  return text.length <= 84 ? text : `${text.slice(0, 83)}…`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
