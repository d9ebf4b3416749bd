import { check, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant, oneOf } from "../columns.ts";
import { MAIL_STATES } from "../enums.ts";
import { appUser } from "./identity.ts";

/**
 * A mail that is to be sent or was. What it says is made when it leaves, and never stored: it may hold a code or a token
 * of which the database keeps hashes alone.
 */
export const mail = pgTable(
  "mail",
  {
    id: id().primaryKey(),
    kind: text("kind").notNull(),
    recipient: text("recipient").notNull(),
    /** Whose account it is about; null: that is found out when it is sent, or it is about none. */
    userId: id("user_id").references(() => appUser.id, { onDelete: "cascade" }),
    state: text("state", { enum: MAIL_STATES }).notNull().default("waiting"),
    /** How often its contents were handed to a server. */
    tries: integer("tries").notNull().default(0),
    createdAt: instant("created_at").notNull(),
    /** What has not left by then is of no use any more. */
    expiresAt: instant("expires_at").notNull(),
    /** When its contents were last asked for. */
    begunAt: instant("begun_at"),
    settledAt: instant("settled_at"),
  },
  (t) => [
    index("mail_recipient").on(t.recipient, t.kind, t.createdAt),
    index("mail_created").on(t.createdAt),
    index("mail_user").on(t.userId),
    check("mail_state", oneOf("state", MAIL_STATES)),
  ],
);
