import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import type { ConnectionOptions } from "../../db/client.ts";
import { SERVER_ROLE } from "../../db/rights.ts";
import { TEMPLATE } from "./global.ts";

interface TestDatabase {
  /** As the server connects: behind the wall. */
  readonly connection: Connection;
  /** As whoever migrates and backs up does: sees everything. */
  readonly owner: Connection;
  drop(): Promise<void>;
}

type Connection = ConnectionOptions & { host: string; port: number; user: string; database: string };

/** A database of a test file's own, cloned from the migrated template. */
export function cloneDatabase(): Promise<TestDatabase> {
  return createDatabase(`template ${TEMPLATE} strategy file_copy`);
}

/** One without anything in it. */
export function emptyDatabase(): Promise<TestDatabase> {
  return createDatabase("template template0");
}

async function createDatabase(from: string): Promise<TestDatabase> {
  const cluster = inject("cluster");
  const database = `t_${randomBytes(8).toString("hex")}`;
  const administer = async (statement: string) => {
    const sql = postgres({ ...cluster, max: 1, fetch_types: false, onnotice: () => {} });
    try {
      await sql.unsafe(statement);
    } finally {
      await sql.end();
    }
  };
  await administer(`create database ${database} ${from}`);
  const owner = { ...cluster, database };
  return {
    connection: { ...owner, user: SERVER_ROLE },
    owner,
    drop: () => administer(`drop database ${database} with (force)`),
  };
}
