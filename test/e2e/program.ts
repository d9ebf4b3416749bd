import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { Env } from "../../server/env.ts";
import { TEST_ROOT_KEY } from "../setup/root-keys.ts";

const ROOT = join(import.meta.dirname, "../..");
const LOADER = ["--import", "./scripts/drizzle-cjs.mjs"];
const PATIENCE = { timeout: 60_000, interval: 20 };

/** A program of the project as a process of its own. It is ended with its test. */
export interface Program {
  readonly child: ChildProcess;
  /** All that it printed so far. */
  output(): string;
  /** Waits until it has printed a match. Fails when it ends without it. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal, waits for the end, and answers the exit code; null: the signal was the end. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The exit code. */
  ended(): Promise<number | null>;
}

/** Runs a command in the project with these keys of the environment, whatever the shell has set. */
export function run(command: readonly string[], environment: Record<string, string> = {}): Program {
  const unset = [...Object.keys(Env.shape), "TRESTLE_URL", "npm_lifecycle_event"].flatMap((key) => ["-u", key]);
  // One with a database of its own, or in production, makes no key by itself.
  const needsKey = "DATABASE_URL" in environment || environment["NODE_ENV"] === "production";
  const all = needsKey ? { ENCRYPTION_KEY: TEST_ROOT_KEY, ...environment } : environment;
  const set = Object.entries(all).map(([key, value]) => `${key}=${value}`);
  // `env` becomes the command: signals reach it.
  const child = spawn("env", [...unset, ...set, ...command], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const closed = once(child, "close");
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  const ended = async () => {
    await closed;
    return child.exitCode;
  };
  const end = (signal: NodeJS.Signals) => {
    if (!hasExited()) child.kill(signal);
    return ended();
  };
  onTestFinished(async () => void (await end("SIGKILL")));
  return {
    child,
    output: () => output,
    async says(pattern) {
      await vi.waitUntil(() => pattern.test(output) || hasExited(), PATIENCE);
      const found = pattern.exec(output);
      if (!found) throw new Error(`the program ended without saying ${pattern}:\n${output}`);
      return found;
    },
    end,
    ended,
  };
}

export function runScript(
  file: string,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): Program {
  return run([process.execPath, ...LOADER, file, ...args], environment);
}

/** A running server, and where it listens. */
export interface ServerProgram extends Program {
  readonly url: string;
}

/** Starts the server as `npm start` does, and waits until it is ready. */
export async function startServer(environment: Record<string, string>): Promise<ServerProgram> {
  return ready(runScript("server/main.ts", [], environment));
}

export async function ready(program: Program): Promise<ServerProgram> {
  const [, url = ""] = await program.says(/Trestle is ready at (\S+) /u);
  return { ...program, url };
}

/** A directory for the data of a test's servers, and its Postgres. */
export interface DataDirectory {
  readonly path: string;
  /** The process id of the Postgres that runs there; undefined: none does. */
  postgres(): Promise<number | undefined>;
}

/**
 * Made before the servers of a test, so that it is removed, with the Postgres that they leave behind, after them. Empty,
 * or a copy of another one on which no server runs.
 */
export function createDataDirectory(original?: string): DataDirectory {
  const path = mkdtempSync(join(tmpdir(), "trestle-e2e-"));
  chmodSync(path, 0o755);
  // With the owner of the database, which `cpSync` would not keep.
  if (original !== undefined) execFileSync("cp", ["-a", `${original}/.`, path]);
  const postgres = async () => {
    const file = await readFile(join(path, "postgres/postmaster.pid"), "utf8").catch(() => undefined);
    const pid = Number(file?.split("\n")[0]);
    return file !== undefined && isRunning(pid) ? pid : undefined;
  };
  onTestFinished(async () => {
    const pid = await postgres();
    if (pid !== undefined) {
      process.kill(pid, "SIGQUIT");
      await vi.waitUntil(() => !isRunning(pid), PATIENCE);
    }
    rmSync(path, { recursive: true, force: true });
  });
  return { path, postgres };
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A port that is free now, below those that the system hands out by itself. */
export async function freePort(): Promise<string> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => resolve(true));
    });
    await new Promise((resolve) => {
      probe.close(resolve);
    });
    if (isFree) return String(port);
  }
}
