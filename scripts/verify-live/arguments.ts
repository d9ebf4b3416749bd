import { parseArgs } from "node:util";
import { BUGS, sabotage } from "./bugs.ts";
import { FAULTS } from "./faults.ts";
import type { RunOptions } from "./run.ts";

/** Arguments that cannot be used, with a sentence for whoever gave them. */
export class ArgumentError extends Error {}

export const HELP = `Usage: npm run verify:live -- [--ops 500] [--clients 12] [--faults 10] [--processes 2] [--seed TEXT] [--json] [--ci]

Starts a Postgres and servers of its own, with a network between all parts that can be cut, held, slowed and reset.
Clients of three kinds (stock WebSocket, stock SSE, createTrestle) work on a few boards and watch them, while processes
are killed, stopped and paused, the database is restarted and restored from a backup, connections break, wake-ups are
lost, and people lose their access and get it back. Then it checks everything that was answered and heard against the
log. Ends with 0 and "0 violations", or with 1, the seed, and what was seen.

  --ops N        how many operations (500)
  --clients N    how many clients (12)
  --faults N     how many faults, spread over the operations (10)
  --processes N  how many server processes, 1 to 3 (2)
  --seed TEXT    decides what is done and what goes wrong; without it, by chance
  --json         prints one line of JSON instead
  --ci           what CI runs: 2,000 operations, 20 clients, 40 faults, 2 processes
  --bug NAME     with one of the planted bugs of npm run verify:harness in the servers
`;

const LIMITS = {
  ops: { min: 1, max: 1_000_000 },
  clients: { min: 1, max: 500 },
  faults: { min: 0, max: 100_000 },
  processes: { min: 1, max: 3 },
} as const;

/** A watch on which nothing happens hears a head every ten seconds. */
const QUIET_MS = 11_000;

const CI = { ops: 2_000, clients: 20, faults: 40, processes: 2 };
const DEFAULTS = { ops: 500, clients: 12, faults: 10, processes: 2 };

export function readArguments(args: readonly string[]): (RunOptions & { json: boolean }) | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const usual = values.ci ? CI : DEFAULTS;
  const number = (name: keyof typeof LIMITS): number => {
    const { min, max } = LIMITS[name];
    const value = values[name] === undefined ? usual[name] : Number(values[name]);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new ArgumentError(`--${name} is a whole number from ${min} to ${max}, not ${values[name]}.`);
  };
  return {
    ops: number("ops"),
    clients: number("clients"),
    faults: number("faults"),
    processes: number("processes"),
    seed: values.seed ?? String(Math.floor(Math.random() * 1e9)),
    json: values.json,
    ...withBug(values.bug),
  };
}

/** The faults that make a bug likely to be seen, and what plants it in the servers. */
function withBug(name: string | undefined): Partial<RunOptions> {
  if (name === undefined) return { quietMs: QUIET_MS };
  const bug = BUGS.find((one) => one.name === name);
  if (!bug) throw new ArgumentError(`There is no bug "${name}": npm run verify:harness -- --help lists them.`);
  const weights = FAULTS.filter(([kind]) => bug.faults.includes(kind));
  const { wakeups, quietMs = 0, often = [] } = bug.profile ?? {};
  return {
    weights,
    often,
    quietMs,
    nodeOptions: sabotage(bug),
    ...(wakeups ? { wakeups } : {}),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        ops: { type: "string" },
        clients: { type: "string" },
        faults: { type: "string" },
        processes: { type: "string" },
        seed: { type: "string" },
        bug: { type: "string" },
        json: { type: "boolean", default: false },
        ci: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
