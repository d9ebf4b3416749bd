import { sql } from "drizzle-orm";
import { check, index, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "../columns.ts";

export const appUser = pgTable(
  "app_user",
  {
    id: id().primaryKey(),
    email: text("email").notNull(),
    name: text("name").notNull(),
    passwordHash: text("password_hash").notNull(),
    createdAt: instant("created_at").notNull(),
    /** Since when nobody signs in to this account, and no session of it counts. */
    disabledAt: instant("disabled_at"),
  },
  (t) => [
    uniqueIndex("app_user_email").on(t.email),
    check("app_user_email_lower", sql`${t.email} = lower(${t.email})`),
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
  },
  (t) => [
    uniqueIndex("session_public_id").on(t.publicId),
    index("session_user").on(t.userId),
    index("session_expires").on(t.expiresAt),
  ],
);
