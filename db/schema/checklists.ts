import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant, oneOf, textC, whole } from "../columns.ts";
import { CHECK_STATES } from "../enums.ts";
import { ofOrg } from "../walls.ts";
import { boardMember, task } from "./work.ts";

export const checklist = pgTable(
  "checklist",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    name: text("name").notNull(),
    /** Orders the checklists of a task. Ranks are made under the board's lock, of all of them. */
    rank: textC("rank").notNull(),
    version: whole("version").notNull(),
    externalId: textC("external_id"),
  },
  (t) => [
    unique("checklist_org_id").on(t.orgId, t.boardId, t.taskId, t.id),
    foreignKey({
      name: "checklist_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    uniqueIndex("checklist_external").on(t.boardId, t.externalId),
    ...ofOrg(),
  ],
);

export const checkItem = pgTable(
  "check_item",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    checklistId: id("checklist_id").notNull(),
    text: text("text").notNull(),
    state: text("state", { enum: CHECK_STATES }).notNull(),
    assigneeId: id("assignee_id"),
    dueAt: instant("due_at"),
    /** Orders the items of a checklist. */
    rank: textC("rank").notNull(),
    version: whole("version").notNull(),
    externalId: textC("external_id"),
  },
  (t) => [
    foreignKey({
      name: "check_item_checklist",
      columns: [t.orgId, t.boardId, t.taskId, t.checklistId],
      foreignColumns: [checklist.orgId, checklist.boardId, checklist.taskId, checklist.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    foreignKey({
      name: "check_item_person",
      columns: [t.orgId, t.assigneeId, t.boardId],
      foreignColumns: [boardMember.orgId, boardMember.userId, boardMember.boardId],
    }),
    index("check_item_checklist_index").on(t.orgId, t.boardId, t.taskId, t.checklistId),
    index("check_item_assignee")
      .on(t.orgId, t.assigneeId, t.boardId)
      .where(sql`${t.assigneeId} is not null`),
    uniqueIndex("check_item_external").on(t.boardId, t.externalId),
    check("check_item_state", oneOf("state", CHECK_STATES)),
    ...ofOrg(),
  ],
);
