/** `npm run bench`: runs the programs of this folder, one question each. `npm run bench -- --help` tells more. */
import { type ChildProcess, fork, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { isUnderNpm } from "../server/env.ts";
import { writePage } from "./setup/page.ts";
import { Result } from "./setup/result.contract.ts";

/** A bench begins with one line that says what it measures. */
const FIRST_LINE = /^\/\*\* (?<says>.+) \*\/\n/u;

const benches = new Map<string, string>();
for (const file of (await readdir(import.meta.dirname)).toSorted()) {
  if (!file.endsWith(".ts") || file === basename(import.meta.filename)) continue;
  const says = FIRST_LINE.exec(await readFile(join(import.meta.dirname, file), "utf8"))?.groups?.["says"];
  benches.set(basename(file, ".ts"), says ?? "");
}

function help(): string {
  const lines = [...benches].map(([name, says]) => `  ${name.padEnd(14)}${says}`);
  return `Usage: npm run bench [-- [--short] [--json | --write] [NAME…]]

Runs these benches, or only those named, each in a process of its own, one after the other:
${lines.join("\n")}

Each compares within one run, in turns, what it starts in processes of their own: look at the ratio, and at how far its
rounds lie apart. The machine should have nothing else to do.

  --short   a quick look by two at once, which fails when a ratio is far from its goal
  --json    one line of JSON for each ratio and figure, and all else to the standard error
  --write   keeps what was found in docs/performance.jsonl, and writes the table and the chart of docs/performance.md`;
}

function machine(): string {
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return `${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${memory}, ${process.platform} ${process.arch}`;
}

function busy(): string {
  const load = loadavg()[0] ?? 0;
  return load > 0.5 ? `, already busy (load ${load.toFixed(1)})` : "";
}

interface Options {
  readonly short: boolean;
  /** What was found goes here. */
  readonly take: (result: Result) => void;
  /** Where the benches print to: the number of a stream of this process. */
  readonly printsTo: 1 | 2;
}

/**
 * Runs the benches in turn, and two at once for a quick look: most of it is what they set up, by one process each.
 * Answers the names of those that failed; a signal ends those that run, and the rest.
 */
async function runAll(names: readonly string[], { short, take, printsTo }: Options): Promise<string[]> {
  const running = new Set<ChildProcess>();
  let stopping = false;
  const stop = () => {
    stopping = true;
    // A bench ends when its channel does: whoever sent the signal may have told this process alone.
    for (const child of running) if (child.connected) child.disconnect();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  const parent = process.ppid;
  if (isUnderNpm()) setInterval(() => process.ppid !== parent && stop(), 250).unref();

  const failed: string[] = [];
  const waiting = names.values();
  const runOn = async () => {
    for (const name of waiting) {
      const head = `\n${name}: ${benches.get(name) ?? ""}`;
      if (!short) say(printsTo, head);
      const stdio: StdioOptions = ["inherit", short ? "pipe" : printsTo, 2, "ipc"];
      const child = fork(join(import.meta.dirname, `${name}.ts`), short ? ["--short"] : [], { stdio });
      running.add(child);
      child.on("message", (message) => take(Result.parse(message)));
      const startedAt = performance.now();
      const [printed] = await Promise.all([child.stdout ? text(child.stdout) : "", once(child, "exit")]);
      running.delete(child);
      if (stopping && running.size === 0) process.exit(130);
      if (stopping) return;
      if (short) say(printsTo, `${head}\n${printed.trimEnd()}`);
      say(printsTo, `  (${((performance.now() - startedAt) / 1_000).toFixed(0)} s)`);
      if (child.exitCode !== 0) failed.push(name);
    }
  };
  await Promise.all(short ? [runOn(), runOn()] : [runOn()]);
  return failed;
}

function say(stream: 1 | 2, line: string): void {
  if (stream === 1) console.log(line);
  else console.error(line);
}

const { values, positionals } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !benches.has(name));
if (values.help) {
  console.log(help());
} else if (unknown.length > 0 || (values.write && values.short)) {
  const why = unknown.length > 0 ? `There is no bench ${unknown.join(", ")}.` : "A quick look is not worth keeping.";
  console.error(`${why}\n\n${help()}`);
  process.exitCode = 2;
} else {
  const startedAt = performance.now();
  const names = positionals.length > 0 ? positionals : [...benches.keys()];
  const printsTo = values.json ? 2 : 1;
  const results: Result[] = [];
  say(printsTo, `Node ${process.version}, ${machine()}${busy()}`);
  const failed = await runAll(names, {
    short: values.short,
    printsTo,
    take(result) {
      results.push(result);
      if (values.json) console.log(JSON.stringify(result));
    },
  });
  say(printsTo, `\nAll of it took ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
  if (failed.length > 0) {
    console.error(`Failed: ${failed.join(", ")}`);
    process.exitCode = 1;
  } else if (values.write) {
    await writePage(results, { at: new Date().toISOString().slice(0, 10), machine: machine() });
  }
}
