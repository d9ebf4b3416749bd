import { sql } from "drizzle-orm";
import { check, index, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant, oneOf, whole } from "../columns.ts";
import { DATA_KEY_PURPOSES } from "../enums.ts";

/**
 * What fields are encrypted by, or found again by (`index`), each wrapped by a root key, which is not in the database.
 * No foreign key to the organisation: a key is made beside the transaction that needs it, which may hold that row. A
 * trigger deletes it with its organisation, and what was encrypted by it is unreadable from then on, also in old copies
 * of single tables.
 */
export const dataKey = pgTable(
  "data_key",
  {
    id: id().primaryKey(),
    /** Null: what belongs to accounts. */
    orgId: id("org_id"),
    purpose: text("purpose", { enum: DATA_KEY_PURPOSES }).notNull(),
    rootKeyId: text("root_key_id").notNull(),
    wrapped: text("wrapped").notNull(),
    /** How many texts processes have taken leave to encrypt by it. */
    reserved: whole("reserved").notNull().default(0),
    createdAt: instant("created_at").notNull(),
    /** Since when nothing more is encrypted by it. */
    retiredAt: instant("retired_at"),
  },
  (t) => [
    uniqueIndex("data_key_current")
      .on(sql`coalesce(${t.orgId}, '00000000-0000-0000-0000-000000000000'::uuid)`, t.purpose)
      .where(sql`${t.retiredAt} is null`),
    index("data_key_org").on(t.orgId),
    check("data_key_purpose", oneOf("purpose", DATA_KEY_PURPOSES)),
  ],
);
