import { sql } from "drizzle-orm";
import {
  check,
  date,
  foreignKey,
  index,
  integer,
  numeric,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { id, instant, oneOf } from "../columns.ts";
import { PLAN_KINDS, PLAN_STATES, STATE_GROUPS, STATES } from "../enums.ts";
import { ofOrg } from "../walls.ts";
import { board, boardColumn, project, task } from "./work.ts";

/** A milestone or a sprint of a project: what some of its tasks are to be done for. */
export const plan = pgTable(
  "plan",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    projectId: id("project_id").notNull(),
    kind: text("kind", { enum: PLAN_KINDS }).notNull(),
    name: text("name").notNull(),
    startsOn: date("starts_on", { mode: "string" }),
    endsOn: date("ends_on", { mode: "string" }),
    state: text("state", { enum: PLAN_STATES }).notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("plan_org_id").on(t.orgId, t.id),
    foreignKey({
      name: "plan_project",
      columns: [t.orgId, t.projectId],
      foreignColumns: [project.orgId, project.id],
    }).onDelete("cascade"),
    index("plan_of_project").on(t.orgId, t.projectId, t.id),
    check("plan_kind", oneOf("kind", PLAN_KINDS)),
    check("plan_state", oneOf("state", PLAN_STATES)),
    check("plan_days", sql`${t.startsOn} <= ${t.endsOn}`),
    ...ofOrg(),
  ],
);

/** What a task is done for: of each kind one plan at most. */
export const taskPlan = pgTable(
  "task_plan",
  {
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    kind: text("kind", { enum: PLAN_KINDS }).notNull(),
    planId: id("plan_id").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.kind] }),
    foreignKey({
      name: "task_plan_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    foreignKey({
      name: "task_plan_plan",
      columns: [t.orgId, t.planId],
      foreignColumns: [plan.orgId, plan.id],
    }).onDelete("cascade"),
    index("task_plan_task_index").on(t.orgId, t.boardId, t.taskId),
    index("task_plan_of_plan").on(t.orgId, t.planId, t.boardId),
    check("task_plan_kind", oneOf("kind", PLAN_KINDS)),
    ...ofOrg(),
  ],
);

/** What a column is, as far as the log was read: at first as it was made, by a trigger. */
export const flowColumn = pgTable(
  "flow_column",
  {
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    columnId: id("column_id").primaryKey(),
    stateGroup: text("state_group", { enum: STATE_GROUPS }).notNull(),
    state: text("state", { enum: STATES }).notNull(),
  },
  (t) => [
    foreignKey({
      name: "flow_column_column",
      columns: [t.orgId, t.boardId, t.columnId],
      foreignColumns: [boardColumn.orgId, boardColumn.boardId, boardColumn.id],
    }).onDelete("cascade"),
    index("flow_column_of_board").on(t.orgId, t.boardId, t.columnId),
    check("flow_column_group", oneOf("state_group", STATE_GROUPS)),
    ...ofOrg(),
  ],
);

/** How a task stands, and how it came there, as far as the log was read. */
export const taskFlow = pgTable(
  "task_flow",
  {
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    /** By no key: it may be on another board by now, or deleted, and the log of this one is not read so far. */
    taskId: id("task_id").notNull(),
    columnId: id("column_id").notNull(),
    state: text("state").notNull(),
    points: numeric("points", { precision: 8, scale: 2, mode: "number" }).notNull(),
    planIds: uuid("plan_ids")
      .array()
      .notNull()
      .default(sql`'{}'`),
    createdAt: instant("created_at").notNull(),
    /** When it came into a column of the group `started` for the first time. */
    startedAt: instant("started_at"),
    /** Since when it is completed. */
    completedAt: instant("completed_at"),
  },
  (t) => [
    primaryKey({ columns: [t.boardId, t.taskId] }),
    foreignKey({
      name: "task_flow_board",
      columns: [t.orgId, t.boardId],
      foreignColumns: [board.orgId, board.id],
    }).onDelete("cascade"),
    index("task_flow_of_column").on(t.orgId, t.boardId, t.columnId),
    index("task_flow_completed")
      .on(t.orgId, t.boardId, t.completedAt)
      .where(sql`${t.completedAt} is not null`),
    ...ofOrg(),
  ],
);

/**
 * By how much the tasks of a state group became more or fewer within a quarter of an hour, which begins a day in every
 * time zone: of a board (`scope_id` is its id), and of each plan there. What came into the scope, and what left it, is
 * counted beside that.
 */
export const flowCount = pgTable(
  "flow_count",
  {
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    scopeId: id("scope_id").notNull(),
    stateGroup: text("state_group", { enum: STATE_GROUPS }).notNull(),
    at: instant("at").notNull(),
    tasks: integer("tasks").notNull(),
    points: numeric("points", { precision: 12, scale: 2, mode: "number" }).notNull(),
    added: integer("added").notNull(),
    removed: integer("removed").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.boardId, t.scopeId, t.at, t.stateGroup] }),
    foreignKey({
      name: "flow_count_board",
      columns: [t.orgId, t.boardId],
      foreignColumns: [board.orgId, board.id],
    }).onDelete("cascade"),
    check("flow_count_group", oneOf("state_group", STATE_GROUPS)),
    ...ofOrg(),
  ],
);
