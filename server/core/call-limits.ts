import { sql } from "drizzle-orm";
import { words } from "../../db/columns.ts";
import type { Database } from "../../db/client.ts";
import { AppError } from "./app-error.ts";
import { networkOf } from "./networks.ts";

/** How often processes tell each other, by way of the database, what was used. */
const EVERY_MS = 1_000;
/** Of a burst: who has used less is known to nobody else, and costs no round trip. Ten processes would have to be asked. */
const TOLD_FROM = 0.1;

export interface CallRate {
  /** What may be used again and again, in a second. */
  readonly perSecond: number;
  /** What may be used at once by who has used nothing for a while. */
  readonly burst: number;
}

/** Whose calls are counted together: a key's, an account's, or those of a network that nobody is signed in from. */
export interface Caller {
  readonly session: { readonly id: string; readonly key?: unknown } | undefined;
  readonly user: { readonly id: string } | undefined;
  readonly request: { readonly address?: string | undefined };
}

/** What somebody has used of their burst: it runs out as time passes. */
interface Bucket {
  used: number;
  atMs: number;
  /** What of it the database does not know. */
  untold: number;
}

/**
 * What each account, API key and network may call: buckets in memory, so that a call costs no round trip. Those of who
 * uses much are told to the database every second, which answers what all processes together know.
 */
export class CallLimits {
  readonly #db: Database;
  readonly #rate: CallRate | undefined;
  readonly #buckets = new Map<string, Bucket>();
  readonly #timer: NodeJS.Timeout | undefined;
  #telling: Promise<void> | undefined;

  /** Undefined: no limits. */
  constructor(db: Database, rate: CallRate | undefined) {
    this.#db = db;
    this.#rate = rate;
    if (rate) this.#timer = setInterval(() => void this.settle().catch(() => {}), EVERY_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#telling?.catch(() => {});
  }

  /** Counts a call of whoever this is. Fails: CALLS_TOO_MANY, and counts nothing. */
  take({ session, user, request }: Caller, cost: number): void {
    if (!this.#rate) return;
    // What a program does with a key is not taken from what its owner may do in a browser.
    const key = session?.key ? session.id : (user?.id ?? networkOf(request.address));
    if (key !== undefined) this.#take(this.#rate, key, cost);
  }

  #take(rate: CallRate, key: string, cost: number): void {
    const nowMs = performance.now();
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = { used: 0, atMs: nowMs, untold: 0 };
      this.#buckets.set(key, bucket);
    }
    leak(bucket, rate, nowMs);
    const over = bucket.used + cost - rate.burst;
    if (over > 0) {
      throw new AppError("CALLS_TOO_MANY", { retryAfterSeconds: Math.max(1, Math.ceil(over / rate.perSecond)) });
    }
    bucket.used += cost;
    bucket.untold += cost;
  }

  /** Tells what was used, takes what others have, and forgets who has nothing left. One at a time. */
  settle(): Promise<void> {
    this.#telling ??= this.#settle().finally(() => {
      this.#telling = undefined;
    });
    return this.#telling;
  }

  async #settle(): Promise<void> {
    if (!this.#rate) return;
    const rate = this.#rate;
    const nowMs = performance.now();
    const told = new Map<string, number>();
    for (const [key, bucket] of this.#buckets) {
      leak(bucket, rate, nowMs);
      if (bucket.used === 0) this.#buckets.delete(key);
      else if (bucket.used >= rate.burst * TOLD_FROM) told.set(key, bucket.untold);
    }
    if (told.size === 0) return;
    const rows = await this.#tell(told, rate);
    for (const { key, used } of rows) {
      const bucket = this.#buckets.get(key);
      if (!bucket) continue;
      leak(bucket, rate, performance.now());
      bucket.untold = Math.max(0, bucket.untold - (told.get(key) ?? 0));
      bucket.used = used + bucket.untold;
    }
  }

  /** In the order of the keys, so that no two processes wait for each other; by the clock of the database alone. */
  #tell(told: ReadonlyMap<string, number>, { perSecond }: CallRate) {
    const list = sql`unnest(${words([...told.keys()])}, ${`{${[...told.values()].join(",")}}`}::float8[]) as t(key, used)`;
    return this.#db.execute<{ key: string; used: number }>(sql`
      insert into call_use as c (key, used, at)
      select t.key, t.used, clock_timestamp() from ${list} order by t.key
      on conflict (key) do update set
        used = greatest(0, c.used - extract(epoch from excluded.at - c.at) * ${perSecond}::float8) + excluded.used,
        at = greatest(c.at, excluded.at)
      returning key, used`);
  }
}

/** Nothing older than what is used can be untold. */
function leak(bucket: Bucket, { perSecond }: CallRate, nowMs: number): void {
  bucket.used = Math.max(0, bucket.used - ((nowMs - bucket.atMs) / 1_000) * perSecond);
  bucket.untold = Math.min(bucket.untold, bucket.used);
  bucket.atMs = nowMs;
}

/** Forgets what was used too long ago to matter. */
export async function deleteOldUse({ db }: { db: Database }): Promise<void> {
  await db.execute(sql`delete from call_use where at < now() - interval '1 hour'`);
}
