import { type SQL, sql } from "drizzle-orm";

/** Whose rows the statements of a transaction see and write; without an organisation or user, none of theirs. */
export interface Tenant {
  readonly orgId?: string | undefined;
  /** Where the organisation is not known: the one that this stream belongs to. */
  readonly streamId?: string | undefined;
  /** Who acts: their inbox is theirs, and they may tell others something. */
  readonly userId?: string | undefined;
}

/**
 * The statement that lets a transaction into a tenant, until it ends or enters another. In the statement that it
 * protects it were no wall: which rows that sees would depend on its plan.
 */
export function enter({ orgId = "", streamId, userId = "" }: Tenant): SQL {
  const org = streamId === undefined ? sql`${orgId}` : sql`coalesce(org_of_stream(${streamId}::uuid)::text, '')`;
  return sql`select set_config('app.org_id', ${org}, true), set_config('app.user_id', ${userId}, true)`;
}

/** What tells one tenant from another; empty for nobody's. */
export function keyOf({ orgId = "", streamId = "", userId = "" }: Tenant): string {
  return [orgId, streamId, userId].join(" ").trim();
}
