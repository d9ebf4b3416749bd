/** `npm run check`: everything that CI looks at, one line a step. `npm run check -- --help` tells more. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "..");
const MIGRATIONS = join(ROOT, "db/migrations");

/** A guard against what never ends: each step takes a few minutes at most, all tests a quarter of an hour on two cores. */
const STEP_LIMIT_MINUTES = 30;
const MINUTE_MS = 60_000;
/** What was asked to end has so long to stop what it started. */
const GRACE_MS = 20_000;

interface Outcome {
  ok: boolean;
  output: string;
}

interface Step {
  says: string;
  /** What its output is worth reading for also when nothing failed. */
  shows?: RegExp;
  /** It waits more than it works: all of these run at once, beside the steps before them, which only read files. */
  waits?: true;
  run: () => Promise<Outcome>;
}

const STEPS: Record<string, Step> = {
  format: { says: "every file is formatted by oxfmt", run: async () => runTool("oxfmt", ["--check", "."]) },
  lint: { says: "oxlint, with types, finds nothing", run: async () => runTool("oxlint", []) },
  types: { says: "tsc finds no error", run: async () => runTool("typescript", ["--noEmit"], "tsc") },
  unused: {
    says: "knip finds no dead file, export or dependency",
    run: async () => runTool("knip", ["--no-progress"]),
  },
  migrations: { says: "db/migrations make exactly the tables of db/schema", run: compareMigrations },
  replay: {
    says: "a recorded board, if there is one beside the checkout, replays without a difference",
    waits: true,
    run: replay,
  },
  live: {
    says: "live boards stay right while processes, database and network fail",
    waits: true,
    run: async () => runScript("scripts/verify-live.ts", "--ci"),
  },
  demo: { says: "the demo's two clients end up equal", waits: true, run: async () => runScript("scripts/demo.ts") },
  test: { says: "all tests pass, the dependency rules among them", run: async () => runTool("vitest", ["run"]) },
  bench: {
    says: "the benches run in their short form, and nothing is far from its goal",
    shows: /^ *→.*$/gmu,
    run: async () => runScript("bench/run.ts", "--short"),
  },
};

/** A recorded board with a real history. It belongs to others and is not part of the project. */
const HISTORY = join(ROOT, "../shared/data/trello-software-team.json");

async function replay(): Promise<Outcome> {
  if (!existsSync(HISTORY)) return { ok: true, output: "" };
  return runScript("scripts/replay.ts", HISTORY, "--watchers", "8");
}

/** Runs one of our own programs as npm does. */
async function runScript(file: string, ...args: string[]): Promise<Outcome> {
  return runNode(["--import", "./scripts/drizzle-cjs.mjs", file, ...args]);
}

const Manifest = z.object({ bin: z.union([z.string(), z.record(z.string(), z.string())]) });

/** Runs a package's program with this Node, whatever the PATH holds. */
async function runTool(packageName: string, args: string[], program = packageName): Promise<Outcome> {
  const folder = join(ROOT, "node_modules", packageName);
  const { bin } = Manifest.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
  const file = typeof bin === "string" ? bin : bin[program];
  if (file === undefined) throw new Error(`${packageName} has no program ${program}.`);
  return runNode([join(folder, file), ...args]);
}

async function runNode(args: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    // Without stdin, so that a tool which would ask a question fails instead.
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    const end = (signal: NodeJS.Signals) => () => {
      chunks.push(Buffer.from(`\nIt did not end within ${STEP_LIMIT_MINUTES} minutes: ${signal}.\n`));
      child.kill(signal);
    };
    const limits = [
      setTimeout(end("SIGTERM"), STEP_LIMIT_MINUTES * MINUTE_MS),
      setTimeout(end("SIGKILL"), STEP_LIMIT_MINUTES * MINUTE_MS + GRACE_MS),
    ];
    child.on("error", reject);
    child.on("close", (code) => {
      for (const limit of limits) clearTimeout(limit);
      resolve({ ok: code === 0, output: Buffer.concat(chunks).toString() });
    });
  });
}

/** Lets drizzle-kit write the next migration into a copy: there must be none to write. */
async function compareMigrations(): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "trestle-migrations-"));
  try {
    await cp(MIGRATIONS, folder, { recursive: true });
    // drizzle-kit puts "./" before the folder, and ends with 0 after most errors: only its words count.
    const out = relative(ROOT, folder).replaceAll("\\", "/");
    const schema = ["--dialect", "postgresql", "--schema", "./db/schema/index.ts", "--prefix", "timestamp"];
    const { output } = await runTool("drizzle-kit", ["generate", ...schema, "--out", out]);
    const known = new Set(await readdir(MIGRATIONS));
    const added = (await readdir(folder)).filter((file) => !known.has(file));
    if (added.length === 0 && output.includes("No schema changes")) return { ok: true, output };
    const missing = await Promise.all(added.map(async (file) => readFile(join(folder, file), "utf8")));
    return {
      ok: false,
      output: `${output}\n${missing.join("\n")}\nRun \`npm run db:generate\` and read what it wrote.`,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function help(): string {
  const lines = Object.entries(STEPS).map(([name, { says }]) => `  ${name.padEnd(12)}${says}`);
  return `Usage: npm run check [-- STEP…]\n\nRuns these steps, or only those named, and prints the output of what failed:\n${lines.join("\n")}\n`;
}

async function timed({ run }: Step): Promise<Outcome & { seconds: string }> {
  const start = performance.now();
  const outcome = await run();
  return { ...outcome, seconds: ((performance.now() - start) / 1000).toFixed(1) };
}

/**
 * Runs the steps one after the other, but those that wait from the start on, and also after one that failed. Answers the
 * names of those that failed.
 */
async function check(steps: [name: string, step: Step][]): Promise<string[]> {
  const failed: string[] = [];
  const begun = new Map(steps.filter(([, { waits }]) => waits).map(([name, step]) => [name, timed(step)]));
  for (const [name, step] of steps) {
    const { ok, output, seconds } = await (begun.get(name) ?? timed(step));
    console.log(`${ok ? "✓" : "✗"} ${name.padEnd(12)}${seconds.padStart(7)} s`);
    if (ok) {
      for (const [line] of output.matchAll(step.shows ?? /$^/gu)) console.log(line);
      continue;
    }
    failed.push(name);
    console.log(output.trimEnd().replaceAll(/^/gmu, "  "));
  }
  return failed;
}

const args = process.argv.slice(2);
const unknown = args.filter((arg) => !Object.hasOwn(STEPS, arg));
if (args.includes("--help") || args.includes("-h")) {
  console.log(help());
} else if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(", ")}.\n\n${help()}`);
  process.exitCode = 2;
} else {
  const failed = await check(Object.entries(STEPS).filter(([name]) => args.length === 0 || args.includes(name)));
  if (failed.length > 0) {
    console.error(`\nFailed: ${failed.join(", ")}`);
    process.exitCode = 1;
  }
}
