/** How long `npm start` takes to be ready: with an empty data directory, and again with the database that it made. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Bench, bench } from "./setup/bench.ts";
import { median } from "./setup/measure.ts";
import { printTable, spread } from "./setup/report.ts";
import { ownDataDir } from "./setup/temporary.ts";

const ROOT = join(import.meta.dirname, "..");
const READY = /Trestle is ready at (?<url>http:\S+) /u;

await bench(async (bench) => {
  const dataDir = await ownDataDir(bench);
  const coldMs = [await timeToReady(bench, dataDir)];
  const restartMs = [await timeToReady(bench, dataDir)];
  console.log("  a data directory, and a restart; from the start of the process until it is ready");
  printTable(
    ["", "ms (least..most)"],
    [
      ["an empty directory: database, migrations, demo", spread(coldMs, 0)],
      ["a restart", spread(restartMs, 0)],
    ],
  );
  console.log(`  → a restart takes, of a first start: ${(median(restartMs) / median(coldMs)).toFixed(2)} ×`);
});

/** Starts the server as `npm start` does, waits until it says that it is ready and `/readyz` agrees, and stops it. */
async function timeToReady(bench: Bench, dataDir: string): Promise<number> {
  const startedAt = performance.now();
  // Only these settings: whatever is configured here is about another database.
  const env = { DATA_DIR: dataDir, PORT: "0", npm_lifecycle_event: "bench" };
  const loader = ["--import", "./scripts/drizzle-cjs.mjs"];
  const open = () =>
    spawn(process.execPath, [...loader, "server/main.ts"], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  const child = await bench.own(open, stop);
  const url = await readyUrl(child);
  const { status } = await fetch(`${url}/readyz`);
  const ms = performance.now() - startedAt;
  if (status !== 200) throw new Error(`/readyz says ${status}`);
  await stop(child);
  return ms;
}

async function readyUrl({ stdout, stderr }: ChildProcess): Promise<string> {
  if (!stdout || !stderr) throw new Error("a child with pipes has them");
  let complaint = "";
  stderr.on("data", (text: Buffer) => void (complaint += text.toString()));
  for await (const line of createInterface({ input: stdout })) {
    const url = READY.exec(line)?.groups?.["url"];
    if (url !== undefined) {
      // What it says from here on is of no interest, but has to be taken off the pipe.
      stdout.resume();
      return url;
    }
  }
  throw new Error(`the server ended before it was ready: ${complaint}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
