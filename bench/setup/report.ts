import { type Bench, BenchError } from "./bench.ts";

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

/** Ratios with what they have to reach. */
export class Ratios {
  readonly #bench: Bench;
  readonly #missed: string[] = [];

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** Prints one. The lower the better. `most`: what fails the short form, where twice the aim is not it. */
  print(what: string, ratio: number, reach: number, most = MARGIN * reach): void {
    console.log(`  → ${what}: ${ratio.toFixed(2)} ×, to reach ${reach}`);
    if (!(ratio <= most)) this.#missed.push(`${what}: ${ratio.toFixed(2)}, and no more than ${most}`);
  }

  /** The short form fails where a ratio is far from what it has to reach: noise is not, a lost order of magnitude is. */
  require(): void {
    if (this.#bench.short && this.#missed.length > 0) throw new BenchError(`Too slow: ${this.#missed.join("; ")}`);
  }
}
const MARGIN = 2;
