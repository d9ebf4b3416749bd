/** `npm run bench`: runs the programs of this folder, one question each. `npm run bench -- --help` tells more. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { isUnderNpm } from "../server/env.ts";

/** A bench begins with one line that says what it measures. */
const FIRST_LINE = /^\/\*\* (?<says>.+) \*\/\n/u;

const benches = new Map<string, string>();
for (const file of (await readdir(import.meta.dirname)).toSorted()) {
  if (!file.endsWith(".ts") || file === basename(import.meta.filename)) continue;
  const says = FIRST_LINE.exec(await readFile(join(import.meta.dirname, file), "utf8"))?.groups?.["says"];
  benches.set(basename(file, ".ts"), says ?? "");
}

function help(): string {
  const lines = [...benches].map(([name, says]) => `  ${name.padEnd(12)}${says}`);
  return `Usage: npm run bench [-- [--short] [NAME…]]

Runs these benches, or only those named, one after the other, each in a process of its own:
${lines.join("\n")}

Each compares within one run, in turns: look at the ratio, and at how far its rounds lie apart. --short is a quick look.
The machine should have nothing else to do.`;
}

function machine(): string {
  const load = loadavg()[0] ?? 0;
  const busy = load > 0.5 ? `, already busy (load ${load.toFixed(1)})` : "";
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}${busy}`;
}

/** Runs the benches in turn. Answers the names of those that failed; a signal ends the one that runs, and the rest. */
async function runAll(names: readonly string[], short: boolean): Promise<string[]> {
  let running: ChildProcess | undefined;
  let stopping = false;
  const stop = () => {
    stopping = true;
    // A bench ends when its channel does: whoever sent the signal may have told this process alone.
    if (running?.connected) running.disconnect();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  const parent = process.ppid;
  if (isUnderNpm()) setInterval(() => process.ppid !== parent && stop(), 250).unref();

  const failed: string[] = [];
  for (const name of names) {
    console.log(`\n${name}: ${benches.get(name) ?? ""}`);
    running = fork(join(import.meta.dirname, `${name}.ts`), short ? ["--short"] : []);
    await once(running, "exit");
    if (stopping) process.exit(130);
    if (running.exitCode !== 0) failed.push(name);
  }
  return failed;
}

const { values, positionals } = parseArgs({
  options: { short: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !benches.has(name));
if (values.help) {
  console.log(help());
} else if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}.\n\n${help()}`);
  process.exitCode = 2;
} else {
  const startedAt = performance.now();
  console.log(machine());
  const failed = await runAll(positionals.length > 0 ? positionals : [...benches.keys()], values.short);
  console.log(`\nAll of it took ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
  if (failed.length > 0) {
    console.error(`Failed: ${failed.join(", ")}`);
    process.exitCode = 1;
  }
}
