/** `npm run verify:campaign -- --seeds 1..20`: big runs, one after the other, kept in docs/campaign.jsonl. */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { explain } from "./own-server.ts";
import { ArgumentError } from "./verify-live/arguments.ts";
import { runChild } from "./verify-live/child.ts";

const HELP = `Usage: npm run verify:campaign -- --seeds FROM..TO [--processes 2]

Runs verify:live with 10,000 operations, 50 clients and 200 faults for every seed, and appends its line of JSON to
docs/campaign.jsonl. Goes on after a seed with violations, and ends with 1 when there was one.
`;
const BIG = ["--ops", "10000", "--clients", "50", "--faults", "200"];
const FILE = join(import.meta.dirname, "../docs/campaign.jsonl");

function readSeeds(): { from: number; to: number; processes: string } | "help" {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      processes: { type: "string", default: "2" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const [, from, to] = /^(\d+)\.\.(\d+)$/u.exec(values.seeds ?? "") ?? [];
  if (from === undefined || to === undefined || Number(from) > Number(to)) {
    throw new ArgumentError(`Which seeds?\n\n${HELP}`);
  }
  return { from: Number(from), to: Number(to), processes: values.processes };
}

async function main(): Promise<void> {
  const given = readSeeds();
  if (given === "help") {
    console.log(HELP);
    return;
  }
  let failed = 0;
  for (let seed = given.from; seed <= given.to; seed += 1) {
    const { line, code } = await runChild([...BIG, "--processes", given.processes, "--seed", String(seed)]);
    if (line !== undefined) await appendFile(FILE, `${line}\n`);
    if (code !== 0) failed += 1;
    console.log(`seed ${seed}: ${code === 0 ? "0 violations" : `ended with ${code}`}`);
    if (line === undefined) break;
  }
  process.exitCode = failed === 0 ? 0 : 1;
}

try {
  await main();
} catch (error) {
  console.error(explain(error, ArgumentError));
  process.exitCode = 2;
}
