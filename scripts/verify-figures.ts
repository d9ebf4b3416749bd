import {
  afterDatabaseRestart,
  afterKill,
  afterRevocation,
  afterStorm,
  withStalledReaders,
} from "./verify-live/figures/figures.ts";
import type { Figure } from "./verify-live/figures/figure.ts";
import { whileRolling } from "./verify-live/figures/rolling.ts";

const MEASURES: Record<string, () => Promise<Figure[]>> = {
  kill: afterKill,
  rolling: whileRolling,
  database: afterDatabaseRestart,
  revocation: afterRevocation,
  stalled: withStalledReaders,
  storm: afterStorm,
};

const HELP = `Usage: npm run verify:figures -- [NAME...] [--json]

Measures what docs/live.md promises in figures, on real processes with a Postgres of their own: how soon everybody has
everything after a fault, what a restart fails, how soon silence follows a revocation, what readers cost that stop
reading, and what a crowd costs that comes back at once. Timings depend on the machine: run it on one that does nothing
else.

Names: ${Object.keys(MEASURES).join(", ")}. Without any: all.
`;

const args = process.argv.slice(2);
const isJson = args.includes("--json");
const names = args.filter((arg) => !arg.startsWith("--"));
const unknown = names.filter((name) => !(name in MEASURES));
if (args.includes("--help") || unknown.length > 0) {
  console.log(HELP);
  process.exitCode = unknown.length > 0 ? 1 : 0;
} else {
  for (const [name, measure] of Object.entries(MEASURES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    for (const figure of await measure()) show(figure);
  }
  process.exit(process.exitCode ?? 0);
}

function show(figure: Figure): void {
  if (!figure.isKept) process.exitCode = 1;
  const { name, promise, seen, isKept } = figure;
  console.log(
    isJson ? JSON.stringify(figure) : `${isKept ? "kept  " : "BROKEN"} ${name}: ${seen} (at most ${promise})`,
  );
}
