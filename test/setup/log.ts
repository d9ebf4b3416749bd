import { sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { type LogEvent, readEvents } from "../../server/core/event-log.ts";

/** What a call announced on a stream: the events that it added. */
export async function announcedBy(
  db: Database,
  streamId: string,
  call: () => Promise<unknown>,
): Promise<Pick<LogEvent, "type" | "data">[]> {
  const before = await versionOf(db, streamId);
  await call();
  const events = await readEvents(db, streamId, before, 1_000);
  return events.map(({ type, data }) => ({ type, data }));
}

/** The newest version of a stream. */
export async function versionOf(db: Database, streamId: string): Promise<number> {
  const [row] = await db.execute<{ version: string }>(sql`select version from stream where id = ${streamId}::uuid`);
  return Number(row?.version ?? 0);
}
