import { basename } from "node:path";
import { BenchError } from "./bench.ts";
import { median } from "./measure.ts";
import type { Goal, Result } from "./result.contract.ts";

/** The middle of the rounds, and how far they lay apart: a ratio whose rounds overlap says little. */
export function spread(rounds: readonly number[], digits = 1): string {
  return `${show(median(rounds), digits)} (${show(Math.min(...rounds), digits)}..${show(Math.max(...rounds), digits)})`;
}

function show(value: number, digits: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
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

/** A goal, and how far off is too far. */
export type Aim = Goal & {
  /** Beyond it a quick look fails; by itself that is twice as far off as the goal. */
  readonly failsAt?: number;
};

/** A ratio that a bench is for: `what` takes so much of what `against` takes. */
export interface Ratio {
  readonly what: string;
  readonly against: string;
  /** Of each round, in the same order. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  readonly goal?: Aim;
}

/** Prints a ratio beside its goal. A quick look fails when it is far off: no noise does that, a lost magnitude does. */
export function reportRatio(bench: { short: boolean }, { what, against, ours, theirs, goal: aim }: Ratio): void {
  const value = median(ours) / median(theirs);
  const rounds = ours.map((taken, round) => taken / (theirs[round] ?? Number.NaN));
  const found = { what, against, value, unit: "×", ...rangeOf(rounds) };
  if (!aim) return report(found);
  const { failsAt: _, ...goal } = aim;
  report({ ...found, goal, reached: isReached(value, goal) });
  if (bench.short && isFarOff(value, aim)) throw new BenchError(`This is far off: ${what}, of ${against}.`);
}

/** Whether it is so far from its goal that no noise explains it. What is no number is. */
export function isFarOff(value: number, aim: Aim): boolean {
  if ("atLeast" in aim) return !(value >= (aim.failsAt ?? aim.atLeast / 2));
  return !(value <= (aim.failsAt ?? aim.atMost * 2));
}

/** A figure that stands for itself. No run fails for it: how much a machine can do is not for CI to say. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly rounds: readonly number[];
  readonly goal?: Goal;
  /** What others need for it. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** Prints a figure beside its goal, and what others need for the same. */
export function reportFigure({ what, unit, rounds, goal, elsewhere }: Figure): void {
  const value = median(rounds);
  const aim = goal && { goal, reached: isReached(value, goal) };
  report({ what, against: "", value, unit, ...rangeOf(rounds), ...aim, ...(elsewhere && { elsewhere }) });
}

function rangeOf(rounds: readonly number[]): { least: number; most: number } {
  return { least: Math.min(...rounds), most: Math.max(...rounds) };
}

function isReached(value: number, goal: Goal): boolean {
  return "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;
}

function report(found: Omit<Result, "bench">): void {
  const result: Result = { bench: basename(process.argv[1] ?? "", ".ts"), ...found };
  const { what, against, elsewhere = {}, reached } = result;
  const goal = result.goal && `goal: ${goalOf(result)}${reached === true ? "" : ", missed"}`;
  const others = Object.entries(elsewhere).map(([name, says]) => `${name}: ${says}`);
  const besides = [...(goal === undefined ? [] : [goal]), ...others].join("; ");
  const of = against === "" ? "" : `, of ${against}`;
  console.log(`  → ${what}${of}: ${valueOf(result)}${besides === "" ? "" : ` (${besides})`}`);
  process.send?.(result, undefined, undefined, () => {});
}

/** `0.83 × (0.80..0.87)`. */
export function valueOf({ value, unit, least, most }: Result): string {
  const digits = digitsOf(value);
  return `${show(value, digits)} ${unit} (${show(least, digits)}..${show(most, digits)})`;
}

export function goalOf({ goal, unit }: Result): string {
  if (!goal) return "";
  const [says, bound] = "atLeast" in goal ? ["at least", goal.atLeast] : ["at most", goal.atMost];
  return `${says} ${bound.toLocaleString("en")}${unit === "×" ? "" : ` ${unit}`}`;
}

function digitsOf(value: number): number {
  return value < 10 ? 2 : value < 100 ? 1 : 0;
}
