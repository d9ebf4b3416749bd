import { randomBytes } from "node:crypto";
import postgres, { type Sql } from "postgres";
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

/** Of this worker, and of all its files: every connection begins with 20 ms of CPU for Postgres. */
let administrator: Sql | undefined;

async function administer(statement: string): Promise<void> {
  administrator ??= postgres({ ...inject("cluster"), max: 1, fetch_types: false, onnotice: () => {} });
  await administrator.unsafe(statement);
}

async function createDatabase(from: string): Promise<TestDatabase> {
  const database = `t_${randomBytes(8).toString("hex")}`;
  await administer(`create database ${database} ${from}`);
  const owner = { ...inject("cluster"), database };
  return {
    connection: { ...owner, user: SERVER_ROLE },
    owner,
    drop: () => administer(`drop database ${database} with (force)`),
  };
}
