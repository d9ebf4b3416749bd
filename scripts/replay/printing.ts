import type { ReplayReport, ReplayStatus } from "./replay.ts";

const TERMINAL_MS = 100;
const PLAIN_MS = 2_000;
const SHOWN_DIFFERENCES = 20;

/** Shows how far a replay is: in one line that is written again on a terminal, else in a line every two seconds. */
export function showProgress(status: () => ReplayStatus, out: NodeJS.WriteStream): { close(): void } {
  const start = performance.now();
  const write = () => {
    const line = describe(status(), (performance.now() - start) / 1_000);
    // A longer line would wrap, and leave its beginning behind.
    out.write(out.isTTY ? `\r\u{1b}[K${line.slice(0, (out.columns || 80) - 1)}` : `${line}\n`);
  };
  const timer = setInterval(write, out.isTTY ? TERMINAL_MS : PLAIN_MS);
  return {
    close() {
      clearInterval(timer);
      if (out.isTTY) out.write("\r\u{1b}[K");
    },
  };
}

function describe({ doing, done, total, versions, awaySeconds }: ReplayStatus, seconds: number): string {
  const [behind, ahead] = versions;
  const watching = behind === ahead ? `version ${ahead}` : `versions ${behind} to ${ahead}`;
  const parts = [
    `${seconds.toFixed(0)} s`,
    total === 0 ? doing : `${doing}: ${done} of ${total} actions`,
    ...(ahead === 0 ? [] : [`watchers at ${watching}`]),
    ...(awaySeconds === 0 ? [] : [`no answer for ${awaySeconds} s, trying again`]),
  ];
  return parts.join("  ·  ");
}

/** What a replay did and found, for people. */
export function describeReport(report: ReplayReport): string {
  const { replayed, watchers, expected, actual, differences } = report;
  const done = sum(replayed);
  const events = watchers.map((watcher) => watcher.events);
  const rate = report.seconds === 0 ? 0 : done / report.seconds;
  const lines = [
    `Before the recording: ${report.before.lists} lists, ${report.before.cards} cards.`,
    `Replayed ${done} of ${report.recorded} recorded actions as ${report.people} people, ` +
      `in ${report.seconds.toFixed(1)} s (${rate.toFixed(0)} a second):`,
    ...table(replayed),
    ...section("Changed nothing:", report.changedNothing),
    ...section("Left out, as Trestle has no place for them, or the export does not hold them:", report.leftOut),
    ...section("Done at the end, as the export has it and no action says so:", report.unrecorded),
    ...(report.truncated ? ["Some texts were longer than Trestle allows, and were cut."] : []),
    ...(report.unanswered > 0 ? [`Requests made again, as the server did not answer: ${report.unanswered}.`] : []),
    "",
    `Compared at version ${report.version}: ${watchers.length} watchers (${describeEvents(events)}) with boards.get; ` +
      `${expected.columns.length} lists and ${expected.tasks.length} cards, ` +
      `${actual.snapshot.tasks.length} of them in sight, with the export.`,
    ...describeDifferences(differences),
  ];
  return lines.join("\n");
}

function describeEvents(events: readonly number[]): string {
  if (events.length === 0) return "none";
  const [least, most] = [Math.min(...events), Math.max(...events)];
  return least === most ? `${most} events each` : `${least} to ${most} events each, the rest by snapshots`;
}

function describeDifferences(differences: readonly string[]): string[] {
  if (differences.length === 0) return ["No difference."];
  const shown = differences.slice(0, SHOWN_DIFFERENCES).map((difference) => `  ${difference}`);
  const more = differences.length - shown.length;
  return [`${differences.length} differences:`, ...shown, ...(more > 0 ? [`  … and ${more} more`] : [])];
}

function section(title: string, counts: ReadonlyMap<string, number>): string[] {
  return counts.size === 0 ? [] : [`${title} ${sum(counts)}`, ...table(counts)];
}

function table(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([what, many]) => `${String(many).padStart(6)}  ${what}`);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, many) => total + many, 0);
}
