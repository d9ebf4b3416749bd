import type { ImportReport } from "../../client/index.ts";

const SHOWN_DIFFERENCES = 20;

/** What an import did, for people. */
export function describeReport(board: { readonly id: string; readonly name: string }, report: ImportReport): string {
  const matched = report.matchedMembers.map(({ name }) => name);
  return [
    `The board is "${board.name}" (${board.id}).`,
    `  created    ${describeCounts(report.created)}`,
    `  unchanged  ${describeCounts(report.unchanged)}`,
    ...describeDifferences(report),
    ...(matched.length > 0 ? [`People with an account here: ${matched.join(", ")}.`] : []),
    ...(report.unmatchedMembers.length > 0
      ? [`People without one, kept by name: ${report.unmatchedMembers.join(", ")}.`]
      : []),
    ...(report.notMapped.length > 0 ? ["In the file, but without a place here:"] : []),
    ...report.notMapped.map(({ what, count }) => `${String(count).padStart(8)}  ${what}`),
    ...(report.truncated > 0 ? [`Texts that were longer than Trestle allows, and were cut: ${report.truncated}.`] : []),
  ].join("\n");
}

function describeCounts({ columns, labels, tasks, checklists = 0, comments = 0 }: ImportReport["created"]): string {
  return `${columns} columns, ${labels} labels, ${tasks} tasks, ${checklists} checklists, ${comments} comments`;
}

function describeDifferences({ differs, differsCount }: ImportReport): string[] {
  if (differsCount === 0) return ["  differs    nothing"];
  const shown = differs.slice(0, SHOWN_DIFFERENCES);
  const more = differsCount - shown.length;
  return [
    `  differs    ${differsCount}, left as they are here:`,
    ...shown.map(({ noun, name, fields }) => `    ${noun} "${name}": ${fields.join(", ")}`),
    ...(more > 0 ? [`    … and ${more} more`] : []),
  ];
}

export function toSize(bytes: number): string {
  return bytes < 1 << 20 ? `${Math.ceil(bytes / 1_024)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}
