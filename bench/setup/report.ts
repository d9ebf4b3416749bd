import { BenchError } from "./bench.ts";

/** The middle of the rounds, and how far they lay apart: a ratio whose rounds overlap says little. */
export function spread(rounds: readonly number[], digits = 1): string {
  const show = (value: number) =>
    value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return `${show(median(rounds))} (${show(Math.min(...rounds))}..${show(Math.max(...rounds))})`;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which a share of all lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at % 1);
}

/** Prints rows under a head, the first column to the left and numbers to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("   ");
  for (const row of [head, ...rows]) console.log(`  ${line(row)}`);
}

/** Prints what the bench is for: `what` takes `ratio` times what it is held against takes. */
export function printRatio(what: string, ratio: number): void {
  console.log(`  → ${what}: ${ratio.toFixed(2)} ×`);
}

/** What a ratio has to reach; beyond `failsAt` a quick look fails, by itself twice as far off. */
export type Goal = ({ readonly atLeast: number } | { readonly atMost: number }) & { readonly failsAt?: number };

/** Prints a ratio beside its goal. A quick look fails when it is far off: no noise does that, a lost magnitude does. */
export function reportRatio(bench: { short: boolean }, what: string, ratio: number, goal: Goal): void {
  const [share, says] =
    "atLeast" in goal
      ? [ratio / goal.atLeast, `at least ${goal.atLeast}`]
      : [goal.atMost / ratio, `at most ${goal.atMost}`];
  console.log(`  → ${what}: ${ratio.toFixed(2)} × (goal: ${says}${share < 1 ? ", missed" : ""})`);
  const isFarOff =
    goal.failsAt === undefined ? share < 0.5 : "atLeast" in goal ? ratio < goal.failsAt : ratio > goal.failsAt;
  if (bench.short && isFarOff) throw new BenchError(`This is far off: ${what}.`);
}
