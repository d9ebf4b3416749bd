import { bigint, doublePrecision, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant } from "../columns.ts";
import { ofUser } from "../walls.ts";
import { appUser } from "./identity.ts";

/** Where somebody has signed in from before: `mark` is the SHA-256 of a browser's token, or of a network with the account. */
export const knownDevice = pgTable(
  "known_device",
  {
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id, { onDelete: "cascade" }),
    mark: text("mark").notNull(),
    seenAt: instant("seen_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.mark] }), ...ofUser()],
);

// What follows is unlogged: it is counted often, and a crash of the database may forget it. Backups leave it out.

/** Tries by what they are counted by, until `expire` (milliseconds since 1970). The columns are rate-limiter-flexible's, in its order. */
export const tryCount = pgTable("try_count", {
  key: text("key").primaryKey(),
  points: integer("points").notNull().default(0),
  expire: bigint("expire", { mode: "number" }),
});

/** What accounts and addresses have used of their calls lately, of those who use much, as of `at`. */
export const callUse = pgTable("call_use", {
  key: text("key").primaryKey(),
  used: doublePrecision("used").notNull(),
  at: instant("at").notNull(),
});
