import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { z } from "zod";
import { codeOf, diskFull, EmbeddedPostgresError, OR_ELSEWHERE } from "./error.ts";
import { isWindows } from "./process.ts";

/** Where a server listens, in the words of postgres.js. */
export interface Connection {
  host: string;
  port: number;
  user: string;
  database: string;
}

/**
 * One process's presence at a server: a connection that holds an advisory lock, shared by all who are present.
 * The kernel closes it when the process dies, in whatever way, so the server always knows who is left.
 */
export interface Presence {
  /** Gives the presence up. True when nobody else is present; then nobody can join until `end`. */
  leave(): Promise<boolean>;
  end(): Promise<void>;
}

const Held = z.tuple([z.object({ held: z.boolean() })]);
const Directory = z.tuple([z.object({ directory: z.string() })]);

/** Joins a server, or says why that is not possible now; refuses, in a sentence, where waiting would not help. */
export async function joinServer(connection: Connection, cluster: string): Promise<Presence | string> {
  let state: "joining" | "present" | "returning" | "gone" = "joining";
  const sql = postgres({
    ...connection,
    max: 1,
    fetch_types: false,
    // The lock lives as long as the connection, which postgres.js would otherwise renew within the hour.
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 5,
    backoff: () => 0.1,
    connection: { application_name: "trestle presence" },
    onnotice() {},
    onclose() {
      if (state === "present") void comeBack();
    },
  });

  // Two numbers that nothing else in this database uses.
  async function hold(): Promise<boolean> {
    return Held.parse(await sql`select pg_try_advisory_lock_shared(1953654131, 1) as held`)[0].held;
  }

  /** The server restarts when one of its processes crashes, and forgets who was present. */
  async function comeBack(): Promise<void> {
    state = "returning";
    while (!(await hold().catch(() => false))) {
      if (isGone()) return;
      await delay(100, undefined, { ref: false });
    }
    if (!isGone()) state = "present";
  }

  function isGone(): boolean {
    return state === "gone";
  }

  const presence: Presence = {
    async leave() {
      state = "gone";
      try {
        await sql`select pg_advisory_unlock_all()`;
        return Held.parse(await sql`select pg_try_advisory_lock(1953654131, 1) as held`)[0].held;
      } catch {
        // A server that cannot be asked is not ours to stop.
        return false;
      }
    },
    async end() {
      state = "gone";
      await sql.end({ timeout: 1 });
    },
  };

  try {
    const [{ directory }] = Directory.parse(await sql`select current_setting('data_directory') as directory`);
    // A port, unlike a socket, may be another server's by now.
    if (isWindows && resolve(directory) !== resolve(cluster)) throw new Error(`that is the server of ${directory}`);
    if (!(await hold())) throw new Error("it is about to stop");
    state = "present";
    return presence;
  } catch (error) {
    await presence.end();
    return whyNot(error, cluster);
  }
}

function whyNot(error: unknown, cluster: string): string {
  const code = codeOf(error) ?? "";
  const message = error instanceof Error ? error.message : String(error);
  // A server starts on a full disk, and then cannot write what its first connection needs.
  if (code === "53100") throw new EmbeddedPostgresError(diskFull(cluster), { cause: error });
  // The last two are classes of SQLSTATE: who may connect, and a database that is not there.
  if (/^(?:EACCES|EPERM|28...|3D...)$/.test(code)) {
    throw new EmbeddedPostgresError(
      `Postgres already runs in ${cluster} and does not let this process in (${message}): run Trestle as the user that started it, set DATA_DIR, ${OR_ELSEWHERE}.`,
      { cause: error },
    );
  }
  return message;
}
