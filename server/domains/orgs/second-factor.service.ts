import { sql } from "drizzle-orm";
import type { Database, Db } from "../../../db/client.ts";
import type { OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { announceToInbox, announceToOrg, note, type Tx } from "../../core/tx.ts";
import { listConcerned } from "./inboxes.service.ts";
import type { DemandSecondFactor, Org } from "./orgs.contract.ts";
import { bumpAccess, getOrg, lockOrg } from "./orgs.service.ts";

const LONGEST_MS = 366 * 86_400_000;
/** How often a process looks for demands that have begun: watches end so long after it, at most. */
const LOOK_EVERY_MS = 1_000;

/**
 * Demands a second factor of every member, at once or from an instant on, or no longer. Who has none is refused
 * everything there but to leave; their watches end as those of the removed do (rule L14). The actor has to have one, or
 * they would be locked out themselves. Locks the organisation's row, its memberships, and the inboxes of all whom it
 * concerns. Announces `org.factor-demanded` to it and to its members. Fails: SECOND_FACTOR_NOT_FOUND, INPUT_INVALID.
 */
export async function demandSecondFactor(tx: Tx, actor: OrgActor, { from }: DemandSecondFactor): Promise<Org> {
  const { orgId, userId } = actor;
  const [accessVersion, org, [now], { members }] = await Promise.all([
    lockOrg(tx, orgId),
    getOrg(tx.db, actor),
    tx.db.execute<{ at: string; isProtected: boolean }>(
      sql`select iso(clock_timestamp()) as at, has_second_factor(${userId}::uuid) as "isProtected"`,
    ),
    listConcerned(tx, orgId),
    // Held like this, so that no write goes on with the row of before.
    tx.db.execute(sql`select from membership where org_id = ${orgId}::uuid order by user_id for update`),
  ]);
  if (!now) throw new Error("a statement without a table answers one row");
  note(tx, { id: orgId, before: org });
  if (from !== null && !now.isProtected) throw new AppError("SECOND_FACTOR_NOT_FOUND");
  const factorDueAt = from === null ? null : dueAt(org, from, now.at);
  if (factorDueAt === org.factorDueAt) return org;
  bumpAccess(tx, orgId, accessVersion);
  tx.send(tx.db.execute(sql`update org set factor_due_at = ${factorDueAt}::timestamptz where id = ${orgId}::uuid`));
  tx.send(
    tx.db.execute(sql`
      update membership m set factor_due_at = factor_due_for(m.org_id, m.user_id) where m.org_id = ${orgId}::uuid`),
  );
  tx.aftermath.recheckOrgs.add(orgId);
  announceToOrg(tx, actor, { type: "org.factor-demanded", data: { factorDueAt } });
  for (const inboxId of members) {
    announceToInbox(tx, { userId, inboxId }, { type: "org.factor-demanded", data: { orgId, factorDueAt } });
  }
  return { ...org, factorDueAt };
}

/** What is past is now, and what has begun has not to begin again. */
function dueAt({ factorDueAt: known }: Org, from: string, now: string): string {
  if (from !== "now" && Date.parse(from) - Date.parse(now) > LONGEST_MS) {
    throw new AppError("INPUT_INVALID", { fields: { from: "That is more than a year from now." } });
  }
  const isLater = from !== "now" && Date.parse(from) > Date.parse(now);
  if (isLater) return from;
  return known !== null && Date.parse(known) <= Date.parse(now) ? known : now;
}

/**
 * Brings what organisations demand of somebody up to date with the factors that they have by now, in the transaction
 * that changed them. Answers whether they lack one that is demanded.
 */
export async function settleDemands(db: Db, userId: string): Promise<boolean> {
  const [row] = await db.execute<{ lacks: boolean }>(sql`select settle_factor_demands(${userId}::uuid) as lacks`);
  return row?.lacks === true;
}

/**
 * Ends the watches of those who have no second factor when a demand begins at its time, which nobody writes. Calls are
 * refused from that instant on, whether anybody looks or not.
 */
export function watchDemands({ db, hub, log }: Pick<AppServices, "hub" | "log"> & { db: Database }): { close(): void } {
  let since: string | undefined;
  let isLooking = false;

  async function look(): Promise<void> {
    const rows = await db.execute<{ orgId: string | null; seenAt: string }>(sql`
      select org_id as "orgId", seen_at::text as "seenAt"
      from factor_demands_since(coalesce(${since ?? null}::timestamptz, clock_timestamp()))`);
    for (const { orgId } of rows) if (orgId !== null) hub.recheckOrg(orgId);
    since = rows[0]?.seenAt ?? since;
  }
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    look()
      .catch((error: unknown) => log.debug({ err: error }, "demands of factors could not be looked up; it comes again"))
      .finally(() => {
        isLooking = false;
      });
  }, LOOK_EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
