import { foreignKey, index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant } from "../columns.ts";
import { ofOrg, ofUser } from "../walls.ts";
import { appUser } from "./identity.ts";
import { membership } from "./orgs.ts";
import { task } from "./work.ts";

/** How somebody wants to be reminded of what they are assigned to; without a row: as most people do. */
export const reminderSetting = pgTable(
  "reminder_setting",
  {
    userId: id("user_id")
      .primaryKey()
      .references(() => appUser.id, { onDelete: "cascade" }),
    leadMinutes: integer("lead_minutes").array().notNull(),
  },
  () => [...ofUser()],
);

/** How somebody wants to be reminded of one task, whether they are assigned to it or not. */
export const taskReminder = pgTable(
  "task_reminder",
  {
    orgId: id("org_id").notNull(),
    userId: id("user_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    leadMinutes: integer("lead_minutes").array().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.userId] }),
    foreignKey({
      name: "task_reminder_member",
      columns: [t.orgId, t.userId],
      foreignColumns: [membership.orgId, membership.userId],
    }).onDelete("cascade"),
    foreignKey({
      name: "task_reminder_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    index("task_reminder_member_index").on(t.orgId, t.userId),
    ...ofOrg(),
  ],
);

/** Up to when somebody who does what is due at its time has done it. */
export const timePosition = pgTable("time_position", {
  name: text("name").primaryKey(),
  until: instant("until").notNull(),
});
