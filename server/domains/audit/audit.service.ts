import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { exportBlocks } from "../../core/audit/export.ts";
import { recordJson } from "../../core/audit/rows.ts";
import { verifyChain } from "../../core/audit/verify.ts";
import type { AppServices } from "../../core/context.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { note, type Tx } from "../../core/tx.ts";
import { Id, Instant } from "../../fields.contract.ts";
import type {
  AuditExport,
  AuditPage,
  AuditRecord,
  AuditVerification,
  ExportAudit,
  ListAudit,
  ListOwnAudit,
  VerifyAudit,
} from "./audit.contract.ts";

/** Blocks that one call looks at or answers: up to 500 records each. */
const BLOCKS_VERIFIED = 50;
const BLOCKS_EXPORTED = 4;

const AuditKey = z.tuple([Instant, Id]);

/** What was done and refused in an organisation, newest first. */
export function listAudit(db: Db, actor: OrgActor, input: ListAudit): Promise<AuditPage> {
  const { actorId, objectKind, objectId } = input;
  return listRecords(db, input, [
    sql`r.chain_id = ${actor.orgId}::uuid`,
    ...(actorId === undefined ? [] : [sql`r.actor_id = ${actorId}::uuid`]),
    ...(objectKind === undefined ? [] : [sql`r.object_kind = ${objectKind}`]),
    ...(objectId === undefined ? [] : [sql`r.object_id = ${objectId}`]),
  ]);
}

/** What concerns the caller's own account: sign-ins and tries of them, from where, and what was changed. */
export function listOwnAudit(db: Db, user: { id: string }, input: ListOwnAudit): Promise<AuditPage> {
  return listRecords(db, input, [sql`r.account_id = ${user.id}::uuid`]);
}

async function listRecords(db: Db, input: ListOwnAudit, scope: readonly SQL[]): Promise<AuditPage> {
  const { action, outcome, from, to } = input;
  const after = decodeCursor(AuditKey, input.cursor);
  const conditions = [
    ...scope,
    ...(action === undefined ? [] : [sql`r.action = ${action}`]),
    ...(outcome === undefined ? [] : [sql`r.outcome = ${outcome}`]),
    ...(from === undefined ? [] : [sql`r.at >= ${from}::timestamptz`]),
    ...(to === undefined ? [] : [sql`r.at < ${to}::timestamptz`]),
    ...(after === undefined ? [] : [sql`(r.at, r.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`]),
  ];
  const rows = await db.execute<{ record: AuditRecord }>(sql`
    select ${recordJson} as record from audit_record r where ${sql.join(conditions, sql` and `)}
    order by r.at desc, r.id desc limit ${input.limit + 1}::int`);
  const records = rows.map(({ record }) => record);
  return toPage(records, input.limit, ({ at, id }) => [at, id]);
}

/**
 * Holds the log of an organisation to its chain, some blocks at a time, and names the first record that is not as it was
 * written. Fails: INPUT_INVALID for the head of another log.
 */
export async function verifyAudit(app: AppServices, actor: OrgActor, input: VerifyAudit): Promise<AuditVerification> {
  const { audit, db } = app;
  const { orgId: chainId } = actor;
  if (input.head && input.head.chainId !== chainId) {
    throw new AppError("INPUT_INVALID", { fields: { head: "This is the head of another log." } });
  }
  const heads = [input.head, audit.seenHead(chainId)].filter((head) => head !== undefined);
  const chain = { db: db.within({ orgId: chainId }), keys: audit.keys, chainId, heads };
  const verification = await verifyChain(chain, { from: input.fromBlock, limit: BLOCKS_VERIFIED });
  if (verification.fault === null && verification.head) audit.remember(verification.head);
  return verification;
}

/** Answers some blocks of an organisation's log with their records, to be kept and verified elsewhere. */
export function exportAudit(app: AppServices) {
  return async (tx: Tx, { orgId }: OrgActor, { fromBlock }: ExportAudit): Promise<AuditExport> => {
    note(tx, { id: orgId });
    const { keyId, publicKey } = app.audit.keys;
    const exported = await exportBlocks(tx.db, orgId, { from: fromBlock, limit: BLOCKS_EXPORTED });
    return { ...exported, keyId, publicKey };
  };
}
