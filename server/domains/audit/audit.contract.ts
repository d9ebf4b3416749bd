import { z } from "zod";
import { AUDIT_OUTCOMES } from "../../../db/enums.ts";
import { Id, InstantInput, line, MutationId, page, PageInput } from "../../fields.contract.ts";

const Digest = z.string().regex(/^[0-9a-f]{64}$/u);
const word = line(100);

/**
 * What somebody did, or was refused. Of what it was done to there are keyed digests, before and after: they tell whether
 * it is the same as elsewhere in the log, and nothing else.
 */
export const AuditRecord = z.object({
  id: Id,
  orgId: Id.nullable(),
  accountId: Id.nullable(),
  actorId: Id.nullable(),
  sessionId: Id.nullable(),
  keyId: Id.nullable(),
  address: z.string().nullable(),
  action: z.string(),
  objectKind: z.string(),
  objectId: z.string().nullable(),
  outcome: z.enum(AUDIT_OUTCOMES),
  /** The kind of the refusal. */
  reason: z.string().nullable(),
  /** How many of the same were put together in this one. */
  times: z.int().positive(),
  requestId: Id.nullable(),
  beforeDigest: Digest.nullable(),
  afterDigest: Digest.nullable(),
  at: z.string(),
});
export type AuditRecord = z.infer<typeof AuditRecord>;
export const AuditPage = page(AuditRecord);
export type AuditPage = z.infer<typeof AuditPage>;

const Filters = {
  /** The path of a procedure, such as `members.setRole`. */
  action: word.optional(),
  outcome: z.enum(AUDIT_OUTCOMES).optional(),
  /** From this instant on. */
  from: InstantInput.optional(),
  /** Before this instant. */
  to: InstantInput.optional(),
};

export const ListAudit = z.strictObject({
  orgId: Id,
  actorId: Id.optional(),
  objectKind: word.optional(),
  objectId: word.optional(),
  ...Filters,
  ...PageInput,
});
export type ListAudit = z.infer<typeof ListAudit>;
export const ListOwnAudit = z.strictObject({ ...Filters, ...PageInput });
export type ListOwnAudit = z.infer<typeof ListOwnAudit>;

/** How far the log goes, signed. Keep one elsewhere: it shows later that nothing was cut off. */
export const AuditHead = z.strictObject({
  chainId: Id,
  number: z.int().positive(),
  total: z.int().positive(),
  hash: Digest,
  keyId: z.string().max(64),
  signature: z.string().max(100),
});
export type AuditHead = z.infer<typeof AuditHead>;

export const VerifyAudit = z.strictObject({
  orgId: Id,
  /** Where to go on: the `nextBlock` of the answer before. */
  fromBlock: z.int().positive().default(1),
  /** A head that was kept: the log must have it still. */
  head: AuditHead.optional(),
});
export type VerifyAudit = z.infer<typeof VerifyAudit>;

export const AuditVerification = z.object({
  /** The first thing that is wrong, and which record or block it is about; null: nothing. */
  fault: z
    .object({
      kind: z.enum([
        "RECORD_CHANGED",
        "RECORD_MISSING",
        "RECORD_MOVED",
        "RECORD_ADDED",
        "RECORD_FORGED",
        "BLOCK_CHANGED",
        "BLOCK_MISSING",
        "BLOCK_FORGED",
        "TAIL_MISSING",
      ]),
      block: z.int().positive().nullable(),
      recordId: Id.nullable(),
    })
    .nullable(),
  /** How many blocks and records of this call were found right. */
  blocks: z.int().nonnegative(),
  records: z.int().nonnegative(),
  head: AuditHead.nullable(),
  /** Where to go on; null: that was all of it. */
  nextBlock: z.int().positive().nullable(),
});
export type AuditVerification = z.infer<typeof AuditVerification>;

export const ExportAudit = z.strictObject({ orgId: Id, fromBlock: z.int().positive().default(1), ...MutationId });
export type ExportAudit = z.infer<typeof ExportAudit>;

export const AuditExport = z.object({
  head: AuditHead.nullable(),
  /** SPKI in base64, of Ed25519: what the signatures of `keyId` are verified by. */
  keyId: z.string(),
  publicKey: z.string(),
  /** JSON lines: each block, and behind it its records. */
  lines: z.string(),
  nextBlock: z.int().positive().nullable(),
});
export type AuditExport = z.infer<typeof AuditExport>;
