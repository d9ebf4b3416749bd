import { inspect } from "node:util";
import type { RunReport } from "./report.ts";
import type { Progress, RunOptions } from "./run.ts";

const LINE_EVERY_MS = 250;
/** Without a terminal: one line now and then. */
const LOG_EVERY_MS = 10_000;

/** Shows how far a run is, until it is closed. */
export function showProgress(
  progress: Progress,
  { ops, faults, seed }: Pick<RunOptions, "ops" | "faults" | "seed">,
  out: NodeJS.WriteStream,
): { close(): void } {
  const line = () => {
    const done = `${progress.ops} of ${ops} operations, ${progress.faults} of ${faults} faults`;
    return `seed ${seed}: ${done}, ${progress.live} watches live; ${progress.says}`;
  };
  const show = () => out.write(out.isTTY ? `\r\u{1b}[K${line()}` : `${line()}\n`);
  const timer = setInterval(show, out.isTTY ? LINE_EVERY_MS : LOG_EVERY_MS);
  return {
    close() {
      clearInterval(timer);
      if (out.isTTY) out.write("\n");
    },
  };
}

export function describeReport(report: RunReport): string {
  const { seed, seconds, settleMs, violations, violationCount } = report;
  const lines = [
    `seed ${seed}, commit ${report.commit}: ${report.ops} operations in ${seconds} s`,
    `  calls      ${list(report.outcomes)}`,
    `  refused    ${list(report.refusals)}`,
    `  faults     ${list(report.faults)}`,
    `  watches    ${list(report.heard)}`,
    `  snapshots  ${list(report.snapshots)}`,
    `  settled    within ${settleMs.p50} ms (median), ${settleMs.p99} ms (p99), ${settleMs.max} ms (all)`,
    `  memory     ${report.peakRssMiB} MiB at most in a server`,
    `${violationCount} violations`,
  ];
  for (const { rule, says, evidence } of violations) {
    lines.push(`\n${rule}: ${says}`);
    for (const one of evidence) {
      lines.push(inspect(one, { depth: 6, breakLength: 140, maxArrayLength: 30, maxStringLength: 300 }));
    }
  }
  if (violationCount > 0) {
    for (const [name, said] of Object.entries(report.serverLines)) lines.push(`\n${name} said last:`, ...said);
    lines.push(`\nThe same decisions again: npm run verify:live -- --seed ${seed} (with the same numbers)`);
  }
  return lines.join("\n");
}

/** A run in one line of JSON. */
export function summaryLine({ violations, serverLines: _, ...report }: RunReport): string {
  return JSON.stringify({ ...report, violations: violations.map(({ rule, says }) => ({ rule, says })) });
}

function list(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
