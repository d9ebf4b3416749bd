import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "../columns.ts";
import { ofOrgOrUser } from "../walls.ts";
import { appUser } from "./identity.ts";
import { task } from "./work.ts";

/** Time that somebody worked on a task. */
export const timeEntry = pgTable(
  "time_entry",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id),
    note: text("note").notNull(),
    startedAt: instant("started_at").notNull(),
    /** Null: it runs. */
    stoppedAt: instant("stopped_at"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    // It goes along with a task that goes to another board.
    foreignKey({
      name: "time_entry_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    // One running timer a person, in all of their organisations together.
    uniqueIndex("time_entry_running")
      .on(t.userId)
      .where(sql`${t.stoppedAt} is null`),
    index("time_entry_list").on(t.orgId, t.startedAt, t.id),
    index("time_entry_person").on(t.orgId, t.userId, t.startedAt, t.id),
    index("time_entry_of_task").on(t.orgId, t.boardId, t.taskId, t.startedAt),
    check(
      "time_entry_span",
      sql`${t.stoppedAt} > ${t.startedAt} and ${t.stoppedAt} <= ${t.startedAt} + interval '24 hours'`,
    ),
    ...ofOrgOrUser(),
  ],
);
