import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";

/** The advisory locks of sign-ups: one for every so many addresses, few enough for a transaction to hold all of them. */
const LOCK_CLASS = 1_953_654_132;
const BUCKETS = 64;

/**
 * The lock under which an account is made: until the commit, nobody who holds the accounts of an address decides whether
 * there is one. It is taken last of all locks, so whoever waits for it holds nothing that a sign-up waits for.
 */
export function lockSignUp(email: string): SQL {
  return sql`pg_advisory_xact_lock(${LOCK_CLASS}::int, ${bucketOf(sql`${email}`)})`;
}

/** Takes the same locks for an account that goes from one address to another. */
export async function lockAddresses(db: Db, emails: readonly string[]): Promise<void> {
  const list = sql`json_array_elements_text(${JSON.stringify(emails)}::json)`;
  await db.execute(sql`
    select pg_advisory_xact_lock(${LOCK_CLASS}::int, b.bucket)
    from (select distinct ${bucketOf(sql`l.email`)} as bucket from ${list} as l(email) order by 1) b`);
}

/**
 * The accounts of e-mail addresses, address → id, as they are until the commit: a sign-up with one of them comes before,
 * or waits. Takes the locks of sign-ups, shared, in their order.
 */
export async function holdAccounts(db: Db, emails: readonly string[]): Promise<Map<string, string>> {
  if (emails.length === 0) return new Map();
  const list = sql`json_array_elements_text(${JSON.stringify(emails)}::json)`;
  await db.execute(sql`
    select pg_advisory_xact_lock_shared(${LOCK_CLASS}::int, b.bucket)
    from (select distinct ${bucketOf(sql`l.email`)} as bucket from ${list} as l(email) order by 1) b`);
  const rows = await db.execute<{ email: string; id: string }>(sql`
    select email, id from app_user where email in (select * from ${list})`);
  return new Map(rows.map(({ email, id }) => [email, id]));
}

function bucketOf(email: SQL): SQL {
  return sql`(hashtext(${email}::text) & ${BUCKETS - 1}::int)`;
}
