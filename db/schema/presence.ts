import { index, pgTable } from "drizzle-orm/pg-core";
import { id, instant } from "../columns.ts";
import { ofOrg } from "../walls.ts";

/**
 * Who is looking at a board at this moment: a row for each place in which they do, said again every two seconds by the
 * process that they are connected to. Unlogged: a crash of the database may forget it, and backups leave it out.
 */
export const presence = pgTable(
  "presence",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    userId: id("user_id").notNull(),
    /** What they change. */
    taskId: id("task_id"),
    seenAt: instant("seen_at").notNull(),
  },
  (t) => [index("presence_board").on(t.boardId), ...ofOrg()],
);
