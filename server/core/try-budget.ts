import { type SQL, sql } from "drizzle-orm";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "../../db/client.ts";
import { AppError } from "./app-error.ts";

/** So many tries in so many seconds. */
export interface TryWindow {
  readonly tries: number;
  readonly seconds: number;
}

/**
 * Tries that are counted, for all processes, before it is known how they end. Windows from the shortest to the longest
 * make the delay grow with the tries. What was refused by one window is not counted by the longer ones: whoever
 * hammers makes no delay longer.
 */
export class TryBudget {
  readonly #limiters: readonly RateLimiterPostgres[];

  constructor(db: Database, name: string, windows: readonly TryWindow[]) {
    this.#limiters = windows.map(
      ({ tries, seconds }) =>
        new RateLimiterPostgres({
          storeClient: clientOf(db),
          storeType: "client",
          tableName: "try_count",
          tableCreated: true,
          clearExpiredByTimeout: false,
          keyPrefix: `${name}-${seconds}`,
          points: tries,
          duration: seconds,
          // Who goes on and on is refused by memory.
          inMemoryBlockOnConsumed: 2 * tries,
        }),
    );
  }

  /** Counts a try. Fails: TRIES_TOO_MANY. */
  async take(key: string): Promise<void> {
    for (const limiter of this.#limiters) {
      try {
        await limiter.consume(key);
      } catch (reason) {
        if (!(reason instanceof RateLimiterRes)) throw reason;
        throw new AppError("TRIES_TOO_MANY", {
          retryAfterSeconds: Math.max(1, Math.ceil(reason.msBeforeNext / 1_000)),
        });
      }
    }
  }

  /** Takes a try back that was none. */
  async giveBack(key: string): Promise<void> {
    await Promise.all(this.#limiters.map((limiter) => limiter.reward(key)));
  }

  /** Forgets all tries. */
  async clear(key: string): Promise<void> {
    await Promise.all(this.#limiters.map((limiter) => limiter.delete(key)));
  }
}

/** Forgets the counts whose window is over. */
export async function deleteOldTries({ db }: { db: Database }): Promise<void> {
  await db.execute(sql`delete from try_count where expire < ${Date.now()}::bigint`);
}

interface Query {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
}

/** What the library wants of a client of `pg`, on ours. */
function clientOf(db: Database) {
  return {
    async query(query: Query) {
      const rows = await db.execute(toSql(query));
      return { rows, rowCount: rows.length };
    },
  };
}

/** The library's own text, with its parameters where `$1` and so on were. */
function toSql({ text, values }: Query): SQL {
  const parts = text.split(/\$(\d+)/u);
  return sql.join(parts.map((part, index) => (index % 2 === 0 ? sql.raw(part) : sql`${values[Number(part) - 1]}`)));
}
