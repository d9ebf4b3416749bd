import { chmod, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import postgres, { type Sql } from "postgres";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../db/embedded.ts";
import { migrate } from "../../db/migrate.ts";
import { SERVER_ROLE } from "../../db/rights.ts";
import { isServing, run } from "../../db/embedded/process.ts";

/** How a Postgres is asked to end: `fast` rolls back what runs, `immediate` is a crash, to be recovered from. */
export type Stop = "fast" | "immediate";
const SIGNALS = { fast: "SIGINT", immediate: "SIGQUIT" } as const satisfies Record<Stop, NodeJS.Signals>;
const STOP_MS = 30_000;

/** A Postgres of the run's own in a temporary directory, with everything on that keeps data safe. */
export class Cluster {
  readonly #directory: string;
  #postgres: EmbeddedPostgres;

  private constructor(directory: string, server: EmbeddedPostgres) {
    this.#directory = directory;
    this.#postgres = server;
  }

  static async start(): Promise<Cluster> {
    const directory = await mkdtemp(join(tmpdir(), "trestle-verify-"));
    try {
      // Postgres does not run as root: then it is another user who has to enter.
      await chmod(directory, 0o755);
      const server = await startEmbeddedPostgres({ dataDir: directory });
      await migrate(server.connection, SERVER_ROLE);
      return new Cluster(directory, server);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** The path of its socket. */
  get path(): string {
    const { host, port } = this.#postgres.connection;
    return `${host}/.s.PGSQL.${port}`;
  }

  /** Ends the server as asked, and starts it again after a while. */
  restart(how: Stop, downMs: number): Promise<void> {
    return this.#whileStopped(how, () => delay(downMs));
  }

  /** Keeps a copy of everything. */
  backUp(): Promise<void> {
    return this.#whileStopped("fast", async () => {
      await rm(this.#backup, { recursive: true, force: true });
      // Owners and modes with it.
      const { code, output } = await run("cp", ["-pR", this.#postgres.dataDir, this.#backup]);
      if (code !== 0) throw new Error(`the database could not be copied: ${output}`);
    });
  }

  /** Puts the copy in the place of everything: what was written since is gone. */
  restore(): Promise<void> {
    return this.#whileStopped("fast", async () => {
      await rm(this.#postgres.dataDir, { recursive: true });
      await rename(this.#backup, this.#postgres.dataDir);
    });
  }

  /** Runs statements on a connection of its own, straight to the server. */
  async query<Answer>(work: (sql: Sql) => Promise<Answer>): Promise<Answer> {
    const sql = postgres({ ...this.#postgres.connection, max: 1, fetch_types: false, onnotice: () => {} });
    try {
      return await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  async close(): Promise<void> {
    await this.#postgres.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  get #backup(): string {
    return join(this.#directory, "backup");
  }

  async #whileStopped(how: Stop, work: () => Promise<void>): Promise<void> {
    const before = this.#postgres;
    const pid = Number((await readFile(join(before.dataDir, "postmaster.pid"), "utf8")).split("\n")[0]);
    process.kill(pid, SIGNALS[how]);
    const until = performance.now() + STOP_MS;
    while (await isServing(pid, before.dataDir)) {
      if (performance.now() > until) throw new Error(`Postgres did not stop (${how})`);
      await delay(10);
    }
    await work();
    this.#postgres = await startEmbeddedPostgres({ dataDir: this.#directory });
    await before.close();
  }
}
