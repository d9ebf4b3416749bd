import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant, oneOf } from "../columns.ts";
import { ACCOUNT_KINDS } from "../enums.ts";
import { ofAccounts, ofUser } from "../walls.ts";

export const appUser = pgTable(
  "app_user",
  {
    id: id().primaryKey(),
    kind: text("kind", { enum: ACCOUNT_KINDS }).notNull().default("person"),
    /** Null: nobody reads mail, and nobody signs in. */
    email: text("email"),
    name: text("name").notNull(),
    /** Null: it signs in by a provider of identities alone, or not at all. */
    passwordHash: text("password_hash"),
    createdAt: instant("created_at").notNull(),
    /** When its owner proved that they read mail to this address; null: they have not. */
    emailVerifiedAt: instant("email_verified_at"),
    /** Since when nobody signs in to this account, and no session of it counts. */
    disabledAt: instant("disabled_at"),
    /** Since when it is nobody's: its row stays for what it did, without anything personal. */
    deletedAt: instant("deleted_at"),
    /** Goes up when its sessions end: a sign-in that began before does not begin another one after. */
    signInVersion: integer("sign_in_version").notNull().default(0),
  },
  (t) => [
    uniqueIndex("app_user_email").on(t.email),
    check("app_user_email_lower", sql`${t.email} = lower(${t.email})`),
    check("app_user_kind", oneOf("kind", ACCOUNT_KINDS)),
    // A service account is nothing that anybody could sign in to, whatever is asked.
    check("app_user_person", sql`${t.kind} = 'person' or (${t.email} is null and ${t.passwordHash} is null)`),
    check("app_user_reachable", sql`${t.kind} = 'service' or ${t.email} is not null`),
    ...ofAccounts(),
  ],
);

/** `id` is the SHA-256 of the session token in hex: a copy of this table signs nobody in. */
export const session = pgTable(
  "session",
  {
    id: text("id").primaryKey(),
    publicId: id("public_id").notNull(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id, { onDelete: "cascade" }),
    /** Slides with use. */
    expiresAt: instant("expires_at").notNull(),
    /** Never moves. */
    endsAt: instant("ends_at").notNull(),
    createdAt: instant("created_at").notNull(),
    userAgent: text("user_agent").notNull(),
    /** When it was last seen in use, to some minutes, and from where; null: not since it began. */
    lastUsedAt: instant("last_used_at"),
    lastAddress: text("last_address"),
    /** When its owner last proved who they are; null: when it began. */
    authenticatedAt: instant("authenticated_at"),
    /** The hash of the token that it had before, and until when that one is good for what was under way. */
    formerId: text("former_id"),
    formerUntil: instant("former_until"),
  },
  (t) => [
    uniqueIndex("session_public_id").on(t.publicId),
    uniqueIndex("session_former").on(t.formerId),
    index("session_user").on(t.userId),
    index("session_expires").on(t.expiresAt),
    ...ofUser(),
  ],
);

/** A link that sets a new password: the newest of an account, by the SHA-256 of its token in hex. */
export const passwordReset = pgTable(
  "password_reset",
  {
    userId: id("user_id")
      .primaryKey()
      .references(() => appUser.id, { onDelete: "cascade" }),
    tokenHash: text("token_hash").notNull(),
    /** Where it was sent to: it is worth nothing once the account has another address. */
    email: text("email").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [uniqueIndex("password_reset_token").on(t.tokenHash), ...ofUser()],
);

/** A code that proves who reads mail to an address: the newest of an account. It is short, so it is kept like a password. */
export const emailCode = pgTable(
  "email_code",
  {
    userId: id("user_id")
      .primaryKey()
      .references(() => appUser.id, { onDelete: "cascade" }),
    email: text("email").notNull(),
    codeHash: text("code_hash").notNull(),
    /** How often it may still be guessed. */
    triesLeft: integer("tries_left").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  () => ofUser(),
);

/** A code that proves an address which has no account yet. */
export const signUpCode = pgTable("sign_up_code", {
  email: text("email").primaryKey(),
  codeHash: text("code_hash").notNull(),
  triesLeft: integer("tries_left").notNull(),
  expiresAt: instant("expires_at").notNull(),
});
