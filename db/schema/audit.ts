import { sql } from "drizzle-orm";
import { check, index, integer, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant, oneOf, whole } from "../columns.ts";
import { AUDIT_OUTCOMES } from "../enums.ts";
import { ofChain, ofRecords } from "../walls.ts";

/** The chain of an organisation is its own; what concerns accounts is in one for all of them. */
const chain = () =>
  id("chain_id")
    .notNull()
    .generatedAlwaysAs(sql`coalesce(org_id, '00000000-0000-0000-0000-000000000000'::uuid)`);

/**
 * What was done or refused: added by the transaction of what it records, and never changed. A row refers to nothing, so
 * that it outlives what it is about.
 */
export const auditRecord = pgTable(
  "audit_record",
  {
    id: id().primaryKey(),
    orgId: id("org_id"),
    chainId: chain(),
    /** Whose account it concerns, in the chain of accounts; null there: of nobody who is known. */
    accountId: id("account_id"),
    actorId: id("actor_id"),
    sessionId: id("session_id"),
    keyId: id("key_id"),
    address: text("address"),
    action: text("action").notNull(),
    objectKind: text("object_kind").notNull(),
    /** An id, or the keyed digest of an address that no account has. */
    objectId: text("object_id"),
    outcome: text("outcome", { enum: AUDIT_OUTCOMES }).notNull(),
    /** The kind of the refusal. */
    reason: text("reason"),
    /** How many of the same were put together in this one. */
    times: integer("times").notNull(),
    requestId: id("request_id"),
    beforeDigest: text("before_digest"),
    afterDigest: text("after_digest"),
    at: instant("at").notNull(),
    /** The root key and the HMAC of all of the above: nobody without that key adds a row. */
    mac: text("mac").notNull(),
    /** Its block and its place there, once it is sealed. */
    block: whole("block"),
    position: integer("position"),
  },
  (t) => [
    index("audit_record_chain").on(t.chainId, t.at, t.id),
    index("audit_record_account").on(t.accountId, t.at, t.id),
    index("audit_record_block").on(t.chainId, t.block, t.position),
    index("audit_record_unsealed")
      .on(t.chainId, t.id)
      .where(sql`block is null`),
    check("audit_record_outcome", oneOf("outcome", AUDIT_OUTCOMES)),
    ...ofRecords(),
  ],
);

/** A link of a chain: the digests of some records, in order, and the hash of the block before it; signed. */
export const auditBlock = pgTable(
  "audit_block",
  {
    orgId: id("org_id"),
    chainId: chain(),
    /** From 1, without gaps. */
    number: whole("number").notNull(),
    /** `[[record id, SHA-256 of the record], …]`. */
    entries: jsonb("entries").notNull(),
    /** How many records the chain has with this block. */
    total: whole("total").notNull(),
    previousHash: text("previous_hash").notNull(),
    hash: text("hash").notNull(),
    /** Of the root key whose signature it is. */
    keyId: text("key_id").notNull(),
    signature: text("signature").notNull(),
    sealedAt: instant("sealed_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.chainId, t.number] }), ...ofChain()],
);
