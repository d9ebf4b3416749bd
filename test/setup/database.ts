import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import type { ConnectionOptions } from "../../db/client.ts";
import { TEMPLATE } from "./global.ts";

/** A database of a test file's own, cloned from the migrated template. */
export async function cloneDatabase(): Promise<{
  connection: ConnectionOptions & { database: string };
  drop(): Promise<void>;
}> {
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
  await administer(`create database ${database} template ${TEMPLATE} strategy file_copy`);
  return { connection: { ...cluster, database }, drop: () => administer(`drop database ${database} with (force)`) };
}
