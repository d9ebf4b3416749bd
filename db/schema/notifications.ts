import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant, oneOf, whole } from "../columns.ts";
import { NOTIFICATION_REASONS, WATCH_LEVELS } from "../enums.ts";
import { ofOrg, ofUser } from "../walls.ts";
import { membership } from "./orgs.ts";
import { board, boardColumn, project, task } from "./work.ts";

/** What somebody wants to hear of a task, a column, a board (then neither is set), or a project. */
export const watch = pgTable(
  "watch",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    userId: id("user_id").notNull(),
    projectId: id("project_id"),
    boardId: id("board_id"),
    columnId: id("column_id"),
    taskId: id("task_id"),
    level: text("level", { enum: WATCH_LEVELS }).notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    // One for each thing: ids are unique over all.
    uniqueIndex("watch_subject").on(t.userId, sql`coalesce("task_id", "column_id", "board_id", "project_id")`),
    foreignKey({
      name: "watch_member",
      columns: [t.orgId, t.userId],
      foreignColumns: [membership.orgId, membership.userId],
    }).onDelete("cascade"),
    foreignKey({
      name: "watch_project",
      columns: [t.orgId, t.projectId],
      foreignColumns: [project.orgId, project.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "watch_board",
      columns: [t.orgId, t.boardId],
      foreignColumns: [board.orgId, board.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "watch_column",
      columns: [t.orgId, t.boardId, t.columnId],
      foreignColumns: [boardColumn.orgId, boardColumn.boardId, boardColumn.id],
    }).onDelete("cascade"),
    // It goes along with a task that goes to another board.
    foreignKey({
      name: "watch_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    index("watch_board_index").on(t.orgId, t.boardId, t.taskId),
    index("watch_project_index").on(t.orgId, t.projectId),
    check(
      "watch_of_one_thing",
      sql`(${t.projectId} is null) <> (${t.boardId} is null) and (${t.columnId} is null or ${t.taskId} is null)
        and (${t.boardId} is not null or (${t.columnId} is null and ${t.taskId} is null))`,
    ),
    check("watch_level", oneOf("level", WATCH_LEVELS)),
    ...ofOrg(),
  ],
);

/** That somebody was told of something. What it says is read from the task, by those who may see it. */
export const notification = pgTable(
  "notification",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    userId: id("user_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    /** Of an event about several it tells of so many; the task is the first of them. */
    taskCount: integer("task_count").notNull().default(1),
    commentId: id("comment_id"),
    reason: text("reason", { enum: NOTIFICATION_REASONS }).notNull(),
    /** The event that it tells of: its place in the log, its type, and who did it. Null: of a date. */
    streamId: id("stream_id"),
    version: whole("version"),
    type: text("type"),
    actorId: id("actor_id"),
    /** The date that it reminds of, and how long before; null: it tells of an event. */
    dueAt: instant("due_at"),
    leadMinutes: integer("lead_minutes"),
    createdAt: instant("created_at").notNull(),
    readAt: instant("read_at"),
    snoozedUntil: instant("snoozed_until"),
  },
  (t) => [
    // Whoever leaves an organisation takes nothing along.
    foreignKey({
      name: "notification_member",
      columns: [t.orgId, t.userId],
      foreignColumns: [membership.orgId, membership.userId],
    }).onDelete("cascade"),
    foreignKey({
      name: "notification_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    // Nobody is told twice of an event, nor of a comment that mentions them still after it was changed.
    uniqueIndex("notification_event").on(t.userId, t.streamId, t.version),
    uniqueIndex("notification_mention")
      .on(t.userId, t.commentId)
      .where(sql`${t.reason} = 'mentioned'`),
    // Nor reminded twice of a date: when it was moved, the new one is another.
    uniqueIndex("notification_due").on(t.userId, t.taskId, t.dueAt, t.leadMinutes),
    index("notification_list").on(t.userId, t.id),
    index("notification_unread")
      .on(t.userId, t.boardId)
      .where(sql`${t.readAt} is null`),
    index("notification_task_index").on(t.orgId, t.boardId, t.taskId),
    index("notification_member_index").on(t.orgId, t.userId),
    check("notification_reason", oneOf("reason", NOTIFICATION_REASONS)),
    check("notification_place", sql`(${t.streamId} is null) = (${t.version} is null)`),
    ...ofUser(),
  ],
);
