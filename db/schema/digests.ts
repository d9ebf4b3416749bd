import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant, oneOf } from "../columns.ts";
import { SWITCHES } from "../enums.ts";
import { ofUser } from "../walls.ts";
import { appUser } from "./identity.ts";

/** The mail a day of somebody who asked for one. */
export const digest = pgTable(
  "digest",
  {
    userId: id("user_id")
      .primaryKey()
      .references(() => appUser.id, { onDelete: "cascade" }),
    state: text("state", { enum: SWITCHES }).notNull(),
    hour: integer("hour").notNull(),
    timeZone: text("time_zone").notNull(),
    /** When its hour comes. */
    nextAt: instant("next_at").notNull(),
    /** The newest notification that was there at the last one; null: there was none. */
    toldId: id("told_id"),
  },
  (t) => [
    index("digest_due")
      .on(t.nextAt)
      .where(sql`${t.state} = 'on'`),
    check("digest_state", oneOf("state", SWITCHES)),
    check("digest_hour", sql`${t.hour} between 0 and 23`),
    ...ofUser(),
  ],
);

/** What is in a digest to end them by: whoever has it may do that, and nothing else. */
export const unsubscribeLink = pgTable(
  "unsubscribe_link",
  {
    tokenHash: text("token_hash").primaryKey(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id, { onDelete: "cascade" }),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [index("unsubscribe_link_user").on(t.userId), index("unsubscribe_link_created").on(t.createdAt), ...ofUser()],
);
