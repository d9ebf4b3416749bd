import { sql } from "drizzle-orm";
import { type PgPolicy, pgPolicy } from "drizzle-orm/pg-core";

// Row-level security: what a statement of the server sees, whatever its `where` forgets. `migrate` forces it on every
// table that has a policy, and gives the server's role its rights.

// In a sub-select they are evaluated once for a statement, not once for a row.
const ORG = `(select nullif(current_setting('app.org_id', true), '')::uuid)`;
const USER = `(select nullif(current_setting('app.user_id', true), '')::uuid)`;

/** Rows of the organisation that the transaction is in (`db/tenant.ts`), by the column that names it. */
export function ofOrg(column = "org_id"): PgPolicy[] {
  return wall("of_org", { sees: `"${column}" = ${ORG}` });
}

/** Rows of who acts: what somebody signs in with, and what they did, is seen in no transaction but theirs. */
export function ofUser(column = "user_id"): PgPolicy[] {
  return wall("of_user", { sees: `"${column}" = ${USER}` });
}

/** Rows of the organisation; and, to be read only, one's own of all of them: of which one may be at a time. */
export function ofOrgOrUser(): PgPolicy[] {
  return wall("of_org", { sees: `"org_id" = ${ORG} or "user_id" = ${USER}`, writes: `"org_id" = ${ORG}` });
}

/** One's own account; and, to be read only, those of whom the organisation knows: its members, and people at its boards. */
export function ofAccounts(): PgPolicy[] {
  const knownBy = (table: string) =>
    `exists (select from "${table}" k where k."org_id" = ${ORG} and k."user_id" = "app_user"."id")`;
  const using = sql.raw(`(${knownBy("membership")} or ${knownBy("board_member")}) is true`);
  return [pgPolicy("of_known", { for: "select", using }), ...ofUser("id")];
}

/** Streams of the organisation; and, for whoever is signed in, those without one. They hold a version and no content. */
export function ofStreams(): PgPolicy[] {
  return wall("of_streams", { sees: `"org_id" = ${ORG} or ("org_id" is null and ${USER} is not null)` });
}

/** Events of the organisation, and those of one's own inbox. Whoever is signed in may tell somebody else's something. */
export function ofEvents(): PgPolicy[] {
  return wall("of_events", {
    sees: `"org_id" = ${ORG} or "stream_id" = ${USER}`,
    writes: `"org_id" = ${ORG} or ("org_id" is null and ${USER} is not null)`,
  });
}

/** Blocks of the chain that the transaction is in, by its organisation; the chain of accounts is entered like one. */
export function ofChain(): PgPolicy[] {
  return wall("of_chain", { sees: `"chain_id" = ${ORG}` });
}

/** Records of that chain, and, for whom they concern, of their own account. To the chain of accounts anybody may add. */
export function ofRecords(): PgPolicy[] {
  return wall("of_records", {
    sees: `"chain_id" = ${ORG} or "account_id" = ${USER}`,
    writes: `"chain_id" = ${ORG} or "org_id" is null`,
  });
}

/**
 * What somebody sees, and may write if that is not the same. The owner, who migrates and backs up, sees all. `is true`
 * keeps it from being a way to find rows: while tables are small the planner would read the whole organisation by an
 * index rather than look up a few ids, and plans are kept (8 moves at once: 0.7 → 6 ms). Statements name the
 * organisation themselves where that is how their rows are found.
 */
function wall(name: string, { sees, writes = sees }: { sees: string; writes?: string }): PgPolicy[] {
  const all = sql`true`;
  return [
    pgPolicy(name, { using: sql.raw(`(${sees}) is true`), withCheck: sql.raw(writes) }),
    pgPolicy("of_owner", { to: "current_user", using: all, withCheck: all }),
  ];
}
