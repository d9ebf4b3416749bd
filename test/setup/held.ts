import { sql } from "drizzle-orm";
import type { Database, Db } from "../../db/client.ts";
import { lockStreams } from "../../server/core/event-log.ts";
import { pause } from "../../server/core/faults.ts";

/**
 * Runs commands that come late: another transaction holds the stream, waits until all of them wait for it, makes its
 * change and commits. Answers how the commands ended.
 */
export async function whileHeld<T>(
  db: Database,
  { streamId, change }: { streamId: string; change?: (tx: Db) => Promise<unknown> },
  commands: readonly (() => Promise<T>)[],
): Promise<PromiseSettledResult<T>[]> {
  const late = await db.transaction(async (tx) => {
    await lockStreams(tx, [streamId]);
    const started = Promise.allSettled(commands.map((command) => command()));
    await waiting(db, commands.length);
    await change?.(tx);
    // In an array, so that the transaction does not wait for what waits for it.
    return [started];
  });
  return (await late[0]) ?? [];
}

/** Waits until so many statements of this database wait for a lock. */
export async function waiting(db: Database, count: number): Promise<void> {
  for (;;) {
    const [row] = await db.execute<{ waiting: number }>(sql`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`);
    if ((row?.waiting ?? 0) >= count) return;
    await pause(5);
  }
}
