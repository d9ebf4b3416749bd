import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, primaryKey, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant, oneOf, whole } from "../columns.ts";
import { BASE_ROLES, ORG_ROLES } from "../enums.ts";
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
    /** From when on its members need a second factor; null: it demands none. */
    factorDueAt: instant("factor_due_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("org_slug").on(t.slug),
    index("org_factor_due")
      .on(t.factorDueAt)
      .where(sql`${t.factorDueAt} is not null`),
    ...ofOrg("id"),
  ],
);

/** A role that an organisation made for itself. */
export const orgRole = pgTable(
  "org_role",
  {
    id: id().primaryKey(),
    orgId: id("org_id")
      .notNull()
      .references(() => org.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** The built-in role whose place on boards and in the order of roles it has; for good. */
    base: text("base", { enum: BASE_ROLES }).notNull(),
    /** All actions of the policy that it allows; on a board, where a role there allows them, too. */
    actions: text("actions").array().notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("org_role_name").on(t.orgId, sql`lower(${t.name})`),
    // Whatever refers to a role says whose it is.
    unique("org_role_of_org").on(t.orgId, t.id),
    check("org_role_base", oneOf("base", BASE_ROLES)),
    ...ofOrg(),
  ],
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
    /** Of a custom role its base. */
    role: text("role", { enum: ORG_ROLES }).notNull(),
    roleId: id("role_id"),
    /** The actions of the custom role, copied from it so that no look-up of access joins it; null: a built-in one. */
    allowed: text("allowed").array(),
    /** The organisation's `access_version` of the admission or last change of role. */
    accessVersion: whole("access_version").notNull(),
    /** From when on this member is refused for want of a second factor; null: not at all. By `factor_due_for()` alone. */
    factorDueAt: instant("factor_due_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.userId] }),
    index("membership_user").on(t.userId),
    index("membership_custom_role").on(t.orgId, t.roleId),
    foreignKey({ columns: [t.orgId, t.roleId], foreignColumns: [orgRole.orgId, orgRole.id] }),
    check("membership_allowed", sql`(${t.roleId} is null) = (${t.allowed} is null)`),
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
    /** Of a custom role its base. */
    role: text("role", { enum: ORG_ROLES }).notNull(),
    roleId: id("role_id"),
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
    foreignKey({ columns: [t.orgId, t.roleId], foreignColumns: [orgRole.orgId, orgRole.id] }),
    check("invitation_role", oneOf("role", ORG_ROLES)),
    check("invitation_email_lower", sql`${t.email} = lower(${t.email})`),
    ...ofOrg(),
  ],
);
