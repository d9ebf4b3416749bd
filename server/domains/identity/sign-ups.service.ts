import { SQL, sql } from "drizzle-orm";
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
 * or waits. Takes the locks of sign-ups, shared, in their order. The addresses, or what selects them as `email`.
 */
export async function holdAccounts(db: Db, emails: readonly string[] | SQL): Promise<Map<string, string>> {
  const list =
    emails instanceof SQL ? emails : sql`select json_array_elements_text(${JSON.stringify(emails)}::json) as email`;
  const [, rows] = await Promise.all([
    db.execute(sql`
      select pg_advisory_xact_lock_shared(${LOCK_CLASS}::int, b.bucket)
      from (select distinct ${bucketOf(sql`l.email`)} as bucket from (${list}) l order by 1) b`),
    // A statement of its own: it sees what was committed before the locks were granted.
    db.execute<{ email: string; id: string }>(sql`
      select a.email, a.id from (select l.email, account_of('address', l.email) as id from (${list}) l) a
      where a.id is not null`),
  ]);
  return new Map(rows.map(({ email, id }) => [email, id]));
}

function bucketOf(email: SQL): SQL {
  return sql`(hashtext(${email}::text) & ${BUCKETS - 1}::int)`;
}
