import { foreignKey, index, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "../columns.ts";
import { appUser } from "./identity.ts";
import { ofOrg } from "../walls.ts";
import { membership } from "./orgs.ts";

/** What a program signs in with, for a member of one organisation. `tokenHash` is SHA-256 in hex. */
export const apiKey = pgTable(
  "api_key",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    userId: id("user_id").notNull(),
    name: text("name").notNull(),
    tokenHash: text("token_hash").notNull(),
    /** The actions of the policy that it may do, where its owner may. */
    actions: text("actions").array().notNull(),
    createdAt: instant("created_at").notNull(),
    /** Null: never. */
    expiresAt: instant("expires_at"),
    /** When it was last seen in use, to some minutes, and from where. */
    lastUsedAt: instant("last_used_at"),
    lastAddress: text("last_address"),
  },
  (t) => [
    foreignKey({ columns: [t.orgId, t.userId], foreignColumns: [membership.orgId, membership.userId] }).onDelete(
      "cascade",
    ),
    uniqueIndex("api_key_token").on(t.tokenHash),
    index("api_key_owner").on(t.orgId, t.userId),
    ...ofOrg(),
  ],
);

/** An account that acts by API keys alone, as a member of one organisation; it goes with its membership. */
export const serviceAccount = pgTable(
  "service_account",
  {
    userId: id("user_id").primaryKey(),
    orgId: id("org_id").notNull(),
    createdBy: id("created_by")
      .notNull()
      .references(() => appUser.id),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.orgId, t.userId], foreignColumns: [membership.orgId, membership.userId] }).onDelete(
      "cascade",
    ),
    index("service_account_org").on(t.orgId, t.userId),
    ...ofOrg(),
  ],
);
