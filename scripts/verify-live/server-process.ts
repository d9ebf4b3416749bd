import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SERVER_ROLE } from "../../db/rights.ts";
import { newRootKey } from "../../server/root-keys.ts";
import { Edge } from "./edge.ts";
import type { Proxy } from "./proxy.ts";

const ROOT = join(import.meta.dirname, "../..");
const READY_EVERY_MS = 150;
/** A server that stops goes on taking connections for so long: the balancer has asked it again by then. */
const DRAIN_GRACE_MS = 400;
/** A guard, not a promise: what a machine with too much to do may need. */
const READY_PATIENCE_MS = 180_000;
/** Rule L19 says ten seconds; a busy machine may need some more to notice. */
const STOP_PATIENCE_MS = 14_000;
const LINES_KEPT = 200;
/** What Node says when nobody caught something, and what our log says of faults that are ours. */
const ALARM = /unhandled|uncaught|"level":(?:50|60)/iu;
const BYTES_PER_KIB = 1024;

/** The same for all servers of a run: they have one database. */
const ROOT_KEY = newRootKey();

export interface ServerOptions {
  readonly port: number;
  /** The way to the database. */
  readonly database: Proxy;
  /** What Node gets before the program: `--import` of a planted bug. */
  readonly nodeOptions: readonly string[];
}

/** One server of the run: a real process that is killed, stopped, paused and started again on its port. */
export class ServerProcess {
  readonly name: string;
  readonly port: number;
  readonly database: Edge;
  /** From the balancer to it. */
  readonly edge: Edge;
  /** What it did that a server never does, as sentences. */
  readonly misdeeds: string[] = [];
  readonly rssBytes: number[] = [];
  /** Whether the balancer may choose it. */
  isReady = false;
  readonly #options: ServerOptions;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #isMeantToEnd = false;
  /** It has said that it is ready: from then on it may not end by itself. */
  #wasUp = false;
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;

  constructor(name: string, options: ServerOptions) {
    this.name = name;
    this.port = options.port;
    this.database = options.database.edge;
    this.edge = new Edge(`balancer to ${name}`);
    this.#options = options;
    this.#watching = this.#watchReadiness();
  }

  /** The last lines that it printed. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<void> {
    this.#launch();
    const until = performance.now() + READY_PATIENCE_MS;
    while (!this.isReady) {
      if (this.#over.signal.aborted) return;
      // Without a database a server refuses to start: whoever runs one starts it again.
      if (!this.isRunning) {
        await delay(200);
        this.#launch();
      }
      if (performance.now() > until) throw new Error(`${this.name} is not ready: ${this.#lines.slice(-5).join("\n")}`);
      await delay(20);
    }
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to stop, and notes when that takes too long or fails. */
  async stop(): Promise<void> {
    const impatience = setTimeout(() => {
      this.misdeeds.push(`${this.name} did not stop within ${STOP_PATIENCE_MS} ms of SIGTERM (L19)`);
      this.#child?.kill("SIGKILL");
    }, STOP_PATIENCE_MS);
    await this.#end("SIGTERM");
    clearTimeout(impatience);
  }

  async pause(ms: number): Promise<void> {
    this.#child?.kill("SIGSTOP");
    await delay(ms);
    this.#child?.kill("SIGCONT");
  }

  async sampleMemory(): Promise<void> {
    const { pid } = this.#child ?? {};
    if (pid === undefined || !this.isReady) return;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const kib = /^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1];
    if (kib !== undefined) this.rssBytes.push(Number(kib) * BYTES_PER_KIB);
  }

  /** How many sockets it holds. */
  async countSockets(): Promise<number> {
    const folder = `/proc/${this.#child?.pid}/fd`;
    const targets = await Promise.all(
      (await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => "")),
    );
    return targets.filter((target) => target.startsWith("socket:")).length;
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.kill();
    await this.#watching;
  }

  #launch(): void {
    this.#isMeantToEnd = false;
    this.#wasUp = false;
    const url = `postgres://${SERVER_ROLE}@127.0.0.1:${this.#options.database.port}/postgres`;
    const child = spawn(
      process.execPath,
      [...this.#options.nodeOptions, "--import", "./scripts/drizzle-cjs.mjs", "server/main.ts"],
      {
        cwd: ROOT,
        // As under npm, so that it also ends when this program is killed.
        env: {
          HOST: "127.0.0.1",
          PORT: String(this.port),
          DATABASE_URL: url,
          ENCRYPTION_KEY: ROOT_KEY,
          DRAIN_GRACE_MS: String(DRAIN_GRACE_MS),
          // Its clients do what many people would.
          CALLS_PER_SECOND: "0",
          SHED_AT_LAG_MS: "0",
          npm_lifecycle_event: "verify:live",
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => this.#heed(text));
    }
    child.once("exit", (code, signal) => {
      this.isReady = false;
      if (this.#isMeantToEnd || !this.#wasUp) return;
      this.misdeeds.push(`${this.name} died by itself (${signal ?? code}): ${this.#lines.slice(-20).join("\n")}`);
    });
  }

  #heed(text: string): void {
    for (const line of text.split("\n")) {
      if (line.trim() === "") continue;
      this.#lines.push(line.slice(0, 2_000));
      this.#wasUp ||= line.includes("Trestle is ready");
      if (ALARM.test(line)) this.misdeeds.push(`${this.name} said: ${line.slice(0, 1_500)}`);
    }
    this.#lines.splice(0, Math.max(0, this.#lines.length - LINES_KEPT));
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.isReady = false;
    if (!child || !this.isRunning) return;
    this.#isMeantToEnd = true;
    const ended = once(child, "exit");
    // A paused process takes no other signal before it goes on.
    child.kill("SIGCONT");
    child.kill(signal);
    await ended;
    this.#lines.splice(0);
  }

  /** As a load balancer does: asks often, and takes silence for a no. */
  async #watchReadiness(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const child = this.#child;
      const ok = this.isRunning && (await this.#answersReady());
      // What was asked of a process that has ended meanwhile says nothing about the next.
      this.isReady = ok && child === this.#child && !this.#isMeantToEnd;
      await delay(READY_EVERY_MS, undefined, { signal: this.#over.signal }).catch(() => {});
    }
  }

  async #answersReady(): Promise<boolean> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}/readyz`, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}
