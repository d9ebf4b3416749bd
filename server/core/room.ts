import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../db/client.ts";
import type { ErrorKind } from "../errors.ts";
import { AppError } from "./app-error.ts";

/** Fails with `kind` when there are `most` of these rows already. Under the lock of what they belong to. */
export async function requireRoom(db: Db, kind: ErrorKind, { most, rows }: { most: number; rows: SQL }): Promise<void> {
  const [found] = await db.execute<{ count: number }>(sql`
    select count(*)::int as count from (${rows} limit ${most}::int) r`);
  if (found && found.count >= most) throw new AppError(kind);
}
