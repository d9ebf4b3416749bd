/** `npm run verify:harness`: plants bugs one by one, and looks whether `verify:live` sees them. `--help` lists them. */
import { z } from "zod";
import { BUGS, sabotage } from "./verify-live/bugs.ts";
import type { Bug } from "./verify-live/bugs/bug.ts";
import { runChild } from "./verify-live/child.ts";

const USUAL = { ops: 160, clients: 9, faultCount: 4, processes: 2 };
/** A bug that is a matter of luck gets so many seeds. */
const MOST_SEEDS = 3;

const Report = z.object({
  seconds: z.number(),
  violationCount: z.number(),
  violations: z.array(z.object({ rule: z.string(), says: z.string() })),
});

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) {
    const list = BUGS.map(({ name, breaks }) => `  ${name} (${breaks.join(", ")})`).join("\n");
    console.log(
      `Usage: npm run verify:harness [-- PART OF A NAME…]\n\nThe bugs, and the rules that they break:\n${list}`,
    );
    return;
  }
  const bugs = BUGS.filter(({ name }) => args.length === 0 || args.some((arg) => name.includes(arg)));
  let missed = 0;
  for (const bug of bugs) if (!(await isSeen(bug))) missed += 1;
  console.log(`${bugs.length - missed} of ${bugs.length} bugs were seen.`);
  process.exitCode = missed === 0 && bugs.length > 0 ? 0 : 1;
}

/** Runs with a bug until it is seen, and says what saw it. */
async function isSeen(bug: Bug): Promise<boolean> {
  let reports = "";
  for (let seed = 1; seed <= MOST_SEEDS; seed += 1) {
    const { report, output } = await runWith(bug, seed);
    if (!report) {
      console.log(`✗ ${bug.name}: the run itself failed\n${output}`);
      return false;
    }
    const fitting = report.violations.find(({ rule }) => bug.breaks.includes(rule));
    if (fitting) {
      const all = [...new Set(report.violations.map(({ rule }) => rule))].join(", ");
      console.log(`✓ ${bug.name}: ${report.violationCount} violations of ${all}, seed ${seed}, ${report.seconds} s`);
      console.log(`    ${fitting.rule}: ${fitting.says.split("\n")[0]?.slice(0, 160)}`);
      return true;
    }
    reports += `, seed ${seed}: ${report.violations.map(({ rule, says }) => `${rule} ${says.slice(0, 100)}`).join("; ") || "0 violations"}`;
  }
  console.log(`✗ ${bug.name}: not seen${reports}`);
  return false;
}

async function runWith(
  bug: Bug,
  seed: number,
): Promise<{ report: z.infer<typeof Report> | undefined; output: string }> {
  const { ops, clients, faultCount, processes } = { ...USUAL, ...bug.profile };
  const numbers = { ops, clients, faults: faultCount, processes, seed: `${bug.name} ${seed}`, bug: bug.name };
  const args = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  // In the clients too, which live in that process.
  const { line, said } = await runChild(args, { nodeOptions: sabotage(bug), quiet: true });
  return { report: line === undefined ? undefined : Report.parse(JSON.parse(line)), output: said.slice(-3_000) };
}

await main(process.argv.slice(2));
