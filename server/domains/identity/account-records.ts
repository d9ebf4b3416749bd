import type { Db } from "../../../db/client.ts";
import { type AuditAction, auditRuleOf } from "../../audited.ts";
import { type AuditSource, NO_SOURCE } from "../../core/audit/record.ts";
import { sourceOf } from "../../core/audit/source.ts";
import type { AppServices, Context } from "../../core/context.ts";

/** What was done to an account or one of its sessions. */
interface Deed {
  readonly action: AuditAction;
  readonly sessionId?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Adds the record of something that an account's owner did, in the transaction that `db` is. */
export function recordOfOwner(
  app: AppServices,
  db: Db,
  owner: Pick<Context, "user" | "session" | "request"> & { user: { id: string } },
  deed: Deed,
): Promise<void> {
  return recordOfAccount(app, db, { ...deed, accountId: owner.user.id, source: sourceOf(owner) });
}

/** The same, whoever did it: without a source an operator. */
export async function recordOfAccount(
  { audit, clock }: AppServices,
  db: Db,
  deed: Deed & { accountId: string; source?: AuditSource },
): Promise<void> {
  const { action, accountId, sessionId, source = NO_SOURCE, before, after } = deed;
  const kind = auditRuleOf(action)?.object ?? "account";
  const object = { kind, id: kind === "session" ? (sessionId ?? null) : accountId };
  const done = { outcome: "done", reason: null, times: 1, at: clock.now() } as const;
  await Promise.all(audit.insert(db, [{ orgId: null, accountId, source, action, object, before, after, ...done }]));
}
