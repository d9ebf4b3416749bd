import { index, pgTable, text, unique } from "drizzle-orm/pg-core";
import { id, instant } from "../columns.ts";
import { ofUser } from "../walls.ts";
import { appUser } from "./identity.ts";

/** A link by which a calendar program reads what somebody sees of dates: on one board, or what they are assigned to. */
export const calendarLink = pgTable(
  "calendar_link",
  {
    id: id().primaryKey(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id, { onDelete: "cascade" }),
    /** Null: what they are assigned to, wherever it is. No key: whoever owns the link may see the board no more. */
    boardId: id("board_id"),
    tokenHash: text("token_hash").notNull(),
    createdAt: instant("created_at").notNull(),
    lastUsedAt: instant("last_used_at"),
  },
  (t) => [
    unique("calendar_link_token").on(t.tokenHash),
    index("calendar_link_user").on(t.userId, t.createdAt),
    ...ofUser(),
  ],
);
