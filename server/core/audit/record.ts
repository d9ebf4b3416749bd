import type { AUDIT_OUTCOMES } from "../../../db/enums.ts";
import { canonicalJson } from "../canonical-json.ts";
import { sha256 } from "../secrets.ts";

/** Who did something, and from where: all that the audit log knows of a person is their id and the address. */
export interface AuditSource {
  readonly userId: string | null;
  readonly sessionId: string | null;
  readonly keyId: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
}

/** What an operator or Trestle itself did. */
export const NO_SOURCE: AuditSource = { userId: null, sessionId: null, keyId: null, address: null, requestId: null };

/** A record before it has an id: in the chain of an organisation, or in that of accounts. */
export interface AuditEntry {
  readonly orgId: string | null;
  /** Whose account it concerns; null: of nobody who is known, or it is an organisation's. */
  readonly accountId: string | null;
  readonly source: AuditSource;
  /** The path of a procedure, or what else is in the table of `audited.ts`. */
  readonly action: string;
  readonly object: { readonly kind: string; readonly id: string | null };
  readonly outcome: (typeof AUDIT_OUTCOMES)[number];
  readonly reason: string | null;
  readonly times: number;
  readonly at: Date;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Records by the organisation in whose tenant they are added; those about accounts are in any. */
export function byOrg(entries: readonly AuditEntry[]): Map<string | null, AuditEntry[]> {
  return Map.groupBy(entries, ({ orgId }) => orgId);
}

/** What is sealed of a record: every field, so that none can be changed. In lists and exports, too. */
export interface AuditRecord {
  readonly id: string;
  readonly orgId: string | null;
  readonly accountId: string | null;
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly keyId: string | null;
  readonly address: string | null;
  readonly action: string;
  readonly objectKind: string;
  readonly objectId: string | null;
  readonly outcome: (typeof AUDIT_OUTCOMES)[number];
  readonly reason: string | null;
  readonly times: number;
  readonly requestId: string | null;
  readonly beforeDigest: string | null;
  readonly afterDigest: string | null;
  readonly at: string;
}

/** The digest of a record, which its block holds. Anybody can make it again from an export. */
export function digestOf(record: AuditRecord): string {
  return sha256(canonicalJson(record));
}

/** The chain of what concerns accounts: there is one for all of them. */
export const ACCOUNTS_CHAIN = "00000000-0000-0000-0000-000000000000";
