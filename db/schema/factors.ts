import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant, oneOf, whole } from "../columns.ts";
import { CHALLENGE_PURPOSES, type ChallengePurpose } from "../enums.ts";
import { ofUser } from "../walls.ts";
import { appUser } from "./identity.ts";

/** What is needed to know that a passkey signed something. What it signs with never leaves its owner's device. */
export const passkey = pgTable(
  "passkey",
  {
    id: id().primaryKey(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id, { onDelete: "cascade" }),
    /** How its device names it, in base64url. */
    credentialId: text("credential_id").notNull(),
    /** COSE, in base64url. */
    publicKey: text("public_key").notNull(),
    /** Goes up with each use, where the device counts; 0: it does not. */
    signCount: whole("sign_count").notNull(),
    /** How a browser may reach it, such as `usb`. */
    transports: text("transports").array().notNull(),
    name: text("name").notNull(),
    createdAt: instant("created_at").notNull(),
    lastUsedAt: instant("last_used_at"),
  },
  (t) => [uniqueIndex("passkey_credential").on(t.credentialId), index("passkey_user").on(t.userId), ...ofUser()],
);

/** What a passkey is asked to sign, once: by the SHA-256 in hex. */
export const challenge = pgTable(
  "challenge",
  {
    hash: text("hash").primaryKey(),
    purpose: text("purpose").$type<ChallengePurpose>().notNull(),
    /** Who may answer it: a session by its public id, or a sign-in by the hash of its ticket. */
    boundTo: text("bound_to").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [check("challenge_purpose", oneOf("purpose", CHALLENGE_PURPOSES)), index("challenge_expires").on(t.expiresAt)],
);

/** A sign-in that waits for its second factor, by the SHA-256 of its ticket in hex. */
export const signInTicket = pgTable(
  "sign_in_ticket",
  {
    tokenHash: text("token_hash").primaryKey(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id, { onDelete: "cascade" }),
    /** That of the account when its password was found right: it has to be the same still. */
    signInVersion: integer("sign_in_version").notNull(),
    triesLeft: integer("tries_left").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [
    index("sign_in_ticket_user").on(t.userId),
    check("sign_in_ticket_tries", sql`${t.triesLeft} >= 0`),
    ...ofUser(),
  ],
);

/** What an account and an app that shows codes (RFC 6238) have in common. */
export const authenticator = pgTable(
  "authenticator",
  {
    userId: id("user_id")
      .primaryKey()
      .references(() => appUser.id, { onDelete: "cascade" }),
    /** Encrypted: see `server/encrypted-columns.ts`. */
    secret: text("secret").notNull(),
    createdAt: instant("created_at").notNull(),
    /** When its owner showed a code of it; null: they have not, and it counts for nothing. */
    confirmedAt: instant("confirmed_at"),
    lastUsedAt: instant("last_used_at"),
    /** The half minute of the last code that was used, since 1970: only later ones are good. */
    lastStep: whole("last_step").notNull(),
    /** Wrong codes in a row, and since when there may be another one. */
    failures: integer("failures").notNull().default(0),
    notBefore: instant("not_before"),
  },
  () => ofUser(),
);

/** Codes for who has lost everything else, by their SHA-256 in hex: one that was used is gone. */
export const recoveryCode = pgTable(
  "recovery_code",
  {
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id, { onDelete: "cascade" }),
    codeHash: text("code_hash").notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.codeHash] }), ...ofUser()],
);
