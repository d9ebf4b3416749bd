import { sql } from "drizzle-orm";
import { check, index, pgTable, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant, oneOf, whole } from "../columns.ts";
import { ORG_ROLES } from "../enums.ts";
import { ofOrg } from "../walls.ts";
import { appUser } from "./identity.ts";

export const org = pgTable(
  "org",
  {
    id: id().primaryKey(),
    name: text("name").notNull(),
    slug: text("slug").notNull(),
    /** Goes up with every change of who may see what by membership; events carry it (rule L14). */
    accessVersion: whole("access_version").notNull().default(1),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [uniqueIndex("org_slug").on(t.slug), ...ofOrg("id")],
);

export const membership = pgTable(
  "membership",
  {
    orgId: id("org_id")
      .notNull()
      .references(() => org.id, { onDelete: "cascade" }),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id),
    role: text("role", { enum: ORG_ROLES }).notNull(),
    /** The organisation's `access_version` of the admission or last change of role. */
    accessVersion: whole("access_version").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.userId] }),
    index("membership_user").on(t.userId),
    check("membership_role", oneOf("role", ORG_ROLES)),
    ...ofOrg(),
  ],
);

/** The token is kept as SHA-256 only. An accepted or revoked invitation is deleted. */
export const invitation = pgTable(
  "invitation",
  {
    id: id().primaryKey(),
    orgId: id("org_id")
      .notNull()
      .references(() => org.id, { onDelete: "cascade" }),
    email: text("email").notNull(),
    role: text("role", { enum: ORG_ROLES }).notNull(),
    tokenHash: text("token_hash").notNull(),
    invitedBy: id("invited_by")
      .notNull()
      .references(() => appUser.id),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [
    uniqueIndex("invitation_token").on(t.tokenHash),
    uniqueIndex("invitation_org_email").on(t.orgId, t.email),
    index("invitation_email").on(t.email),
    check("invitation_role", oneOf("role", ORG_ROLES)),
    check("invitation_email_lower", sql`${t.email} = lower(${t.email})`),
    ...ofOrg(),
  ],
);
