import { sql } from "drizzle-orm";
import {
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { id, instant, oneOf, textC, whole } from "../columns.ts";
import {
  BOARD_ROLES,
  FIELD_KINDS,
  LABEL_COLORS,
  PRIORITIES,
  RELATION_KINDS,
  STATE_GROUPS,
  STATES,
  TASK_STATES,
  VISIBILITIES,
  WIP_MODES,
} from "../enums.ts";
import { ofOrg } from "../walls.ts";
import { appUser } from "./identity.ts";
import { org } from "./orgs.ts";

export const project = pgTable(
  "project",
  {
    id: id().primaryKey(),
    orgId: id("org_id")
      .notNull()
      .references(() => org.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** The `KEY` of `KEY-12`. Never changes: people have written it down. */
    key: text("key").notNull(),
    nextNumber: integer("next_number").notNull().default(1),
    state: text("state", { enum: STATES }).notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("project_org_id").on(t.orgId, t.id),
    uniqueIndex("project_key").on(t.orgId, t.key),
    check("project_state", oneOf("state", STATES)),
    ...ofOrg(),
  ],
);

export const board = pgTable(
  "board",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    projectId: id("project_id").notNull(),
    name: text("name").notNull(),
    visibility: text("visibility", { enum: VISIBILITIES }).notNull(),
    state: text("state", { enum: STATES }).notNull(),
    version: whole("version").notNull(),
    /** One of `LANE_KINDS`, or the id of a field of the project. */
    laneBy: text("lane_by"),
    /** `trello:<id>` when the board was imported. */
    externalId: textC("external_id"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    unique("board_org_id").on(t.orgId, t.id),
    foreignKey({ columns: [t.orgId, t.projectId], foreignColumns: [project.orgId, project.id] }).onDelete("cascade"),
    index("board_project").on(t.orgId, t.projectId),
    uniqueIndex("board_external").on(t.projectId, t.externalId),
    check("board_visibility", oneOf("visibility", VISIBILITIES)),
    check("board_state", oneOf("state", STATES)),
    ...ofOrg(),
  ],
);

/** The people that a board knows: those it was shared with (`role`), and those who were assigned on it. */
export const boardMember = pgTable(
  "board_member",
  {
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id),
    role: text("role", { enum: BOARD_ROLES }),
  },
  (t) => [
    primaryKey({ columns: [t.boardId, t.userId] }),
    foreignKey({ columns: [t.orgId, t.boardId], foreignColumns: [board.orgId, board.id] }).onDelete("cascade"),
    unique("board_member_org_id").on(t.orgId, t.userId, t.boardId),
    check("board_member_role", oneOf("role", BOARD_ROLES)),
    ...ofOrg(),
  ],
);

export const boardColumn = pgTable(
  "board_column",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    name: text("name").notNull(),
    rank: textC("rank").notNull(),
    stateGroup: text("state_group", { enum: STATE_GROUPS }).notNull().default("unstarted"),
    wipLimit: integer("wip_limit"),
    wipMode: text("wip_mode", { enum: WIP_MODES }).notNull().default("hard"),
    state: text("state", { enum: STATES }).notNull(),
    version: whole("version").notNull(),
    externalId: textC("external_id"),
  },
  (t) => [
    unique("board_column_org_id").on(t.orgId, t.boardId, t.id),
    foreignKey({ columns: [t.orgId, t.boardId], foreignColumns: [board.orgId, board.id] }).onDelete("cascade"),
    uniqueIndex("board_column_rank")
      .on(t.boardId, t.rank)
      .where(sql`${t.state} = 'open'`),
    uniqueIndex("board_column_external").on(t.boardId, t.externalId),
    check("board_column_state", oneOf("state", STATES)),
    check("board_column_state_group", oneOf("state_group", STATE_GROUPS)),
    check("board_column_wip_limit", sql`${t.wipLimit} > 0`),
    check("board_column_wip_mode", oneOf("wip_mode", WIP_MODES)),
    ...ofOrg(),
  ],
);

/** A way into a column. Columns are never deleted, so that an array of them holds nothing that is gone. */
export const transition = pgTable(
  "transition",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    name: text("name").notNull(),
    /** Null: from anywhere. */
    fromColumnIds: uuid("from_column_ids").array(),
    toColumnId: id("to_column_id").notNull(),
    /** Null: whoever may move tasks. */
    minimumRole: text("minimum_role", { enum: BOARD_ROLES }),
    requiredFields: text("required_fields").array().notNull(),
    version: whole("version").notNull(),
  },
  (t) => [
    foreignKey({
      name: "transition_column",
      columns: [t.orgId, t.boardId, t.toColumnId],
      foreignColumns: [boardColumn.orgId, boardColumn.boardId, boardColumn.id],
    }).onDelete("cascade"),
    index("transition_board").on(t.boardId),
    index("transition_to").on(t.toColumnId),
    check("transition_minimum_role", oneOf("minimum_role", BOARD_ROLES)),
    ...ofOrg(),
  ],
);

export const label = pgTable(
  "label",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    name: text("name").notNull(),
    color: text("color", { enum: LABEL_COLORS }).notNull(),
    version: whole("version").notNull(),
    externalId: textC("external_id"),
  },
  (t) => [
    unique("label_org_id").on(t.orgId, t.boardId, t.id),
    foreignKey({ columns: [t.orgId, t.boardId], foreignColumns: [board.orgId, board.id] }).onDelete("cascade"),
    uniqueIndex("label_external").on(t.boardId, t.externalId),
    check("label_color", oneOf("color", LABEL_COLORS)),
    ...ofOrg(),
  ],
);

export const task = pgTable(
  "task",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    projectId: id("project_id").notNull(),
    boardId: id("board_id").notNull(),
    columnId: id("column_id").notNull(),
    number: integer("number").notNull(),
    rank: textC("rank").notNull(),
    /** A task of the board that it is a part of: `task_parent`, a key of its own migration. */
    parentId: id("parent_id"),
    /** The place that the task had in the column it left last: what stands "behind" it there goes to that place. */
    leftColumnId: id("left_column_id"),
    leftRank: textC("left_rank"),
    title: text("title").notNull(),
    description: text("description").notNull(),
    priority: text("priority", { enum: PRIORITIES }).notNull(),
    startAt: instant("start_at"),
    startOn: date("start_on", { mode: "string" }),
    dueAt: instant("due_at"),
    dueOn: date("due_on", { mode: "string" }),
    timeZone: text("time_zone"),
    estimate: numeric("estimate", { precision: 8, scale: 2, mode: "number" }),
    coverColor: text("cover_color", { enum: LABEL_COLORS }),
    /** Counted with each change of its checklists, so that a board reads no item. */
    itemsDone: integer("items_done").notNull().default(0),
    itemsTotal: integer("items_total").notNull().default(0),
    /** Tasks of the same board that block it, so that a board reads no relation. */
    blockerIds: uuid("blocker_ids")
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** How many tasks of other boards block it and are not done. */
    blockersElsewhere: integer("blockers_elsewhere").notNull().default(0),
    /** The other boards on which it blocks something: what becomes of it is counted there. */
    blocksOnBoards: uuid("blocks_on_boards")
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** Field of the project → value, of those that it has: what each kind holds is said in `field-values.ts`. */
    fields: jsonb("fields")
      .notNull()
      .default(sql`'{}'`),
    /** Assigned people of an import who have no account here. */
    assigneeNames: text("assignee_names").array().notNull(),
    /** Of comments that are not deleted. */
    commentCount: integer("comment_count").notNull().default(0),
    attachmentCount: integer("attachment_count").notNull().default(0),
    state: text("state", { enum: TASK_STATES }).notNull(),
    /** Of what is in the trash: since when, by whom, and what it was before. */
    trashedAt: instant("trashed_at"),
    trashedBy: id("trashed_by").references(() => appUser.id),
    stateBefore: text("state_before", { enum: STATES }),
    version: whole("version").notNull(),
    /**
     * Field → the version that changed it last since the task was made; `*` stands for those that are not in it. Null: it
     * was last changed before this was kept.
     */
    fieldVersions: jsonb("field_versions"),
    externalId: textC("external_id"),
    /** Since when it stands in columns of the group `completed`; null: it does not. */
    completedAt: instant("completed_at"),
    createdBy: id("created_by")
      .notNull()
      .references(() => appUser.id),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    unique("task_org_id").on(t.orgId, t.boardId, t.id),
    foreignKey({ columns: [t.orgId, t.projectId], foreignColumns: [project.orgId, project.id] }).onDelete("cascade"),
    foreignKey({ columns: [t.orgId, t.boardId], foreignColumns: [board.orgId, board.id] }).onDelete("cascade"),
    foreignKey({
      name: "task_column",
      columns: [t.orgId, t.boardId, t.columnId],
      foreignColumns: [boardColumn.orgId, boardColumn.boardId, boardColumn.id],
    }).onDelete("cascade"),
    uniqueIndex("task_number").on(t.projectId, t.number),
    uniqueIndex("task_rank")
      .on(t.columnId, t.rank)
      .where(sql`${t.state} = 'open'`),
    uniqueIndex("task_external").on(t.boardId, t.externalId),
    index("task_parts")
      .on(t.boardId, t.parentId)
      .where(sql`${t.parentId} is not null`),
    check("task_parent_other", sql`${t.parentId} <> ${t.id}`),
    // What is looked for in a whole organisation. `updated_at` is in none: an index would make every change of a title
    // write to all of them.
    index("task_created").on(t.orgId, t.createdAt, t.id),
    index("task_due").on(t.orgId, t.dueAt),
    index("task_completed")
      .on(t.orgId, t.completedAt)
      .where(sql`${t.completedAt} is not null`),
    index("task_blocks_on_boards")
      .on(t.boardId)
      .where(sql`${t.blocksOnBoards} <> '{}'`),
    index("task_trash")
      .on(t.orgId, t.boardId, t.trashedAt, t.id)
      .where(sql`${t.state} = 'trashed'`),
    index("task_trashed_at")
      .on(t.trashedAt)
      .where(sql`${t.state} = 'trashed'`),
    check("task_state", oneOf("state", TASK_STATES)),
    check(
      "task_trashed",
      sql`(${t.state} = 'trashed') = (${t.trashedAt} is not null and ${t.trashedBy} is not null and ${t.stateBefore} is not null)`,
    ),
    check("task_priority", oneOf("priority", PRIORITIES)),
    check("task_cover_color", oneOf("cover_color", LABEL_COLORS)),
    check("task_estimate", sql`${t.estimate} >= 0`),
    check("task_dates", sql`${t.startAt} <= ${t.dueAt}`),
    check("task_start_on", sql`${t.startOn} is null or ${t.startAt} is not null and ${t.timeZone} is not null`),
    check("task_due_on", sql`${t.dueOn} is null or ${t.dueAt} is not null and ${t.timeZone} is not null`),
    ...ofOrg(),
  ],
);

/** A number that a task had in a project which it has left: it finds it still, and is nobody else's. */
export const formerNumber = pgTable(
  "former_number",
  {
    orgId: id("org_id").notNull(),
    projectId: id("project_id").notNull(),
    number: integer("number").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.projectId, t.number] }),
    foreignKey({
      name: "former_number_project",
      columns: [t.orgId, t.projectId],
      foreignColumns: [project.orgId, project.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "former_number_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    index("former_number_of_task").on(t.orgId, t.boardId, t.taskId),
    ...ofOrg(),
  ],
);

export const taskAssignee = pgTable(
  "task_assignee",
  {
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    userId: id("user_id").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.boardId, t.taskId, t.userId] }),
    foreignKey({
      name: "task_assignee_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    foreignKey({
      name: "task_assignee_person",
      columns: [t.orgId, t.userId, t.boardId],
      foreignColumns: [boardMember.orgId, boardMember.userId, boardMember.boardId],
    }),
    index("task_assignee_of_person").on(t.orgId, t.userId, t.boardId, t.taskId),
    ...ofOrg(),
  ],
);

export const taskLabel = pgTable(
  "task_label",
  {
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    labelId: id("label_id").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.boardId, t.taskId, t.labelId] }),
    foreignKey({
      name: "task_label_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "task_label_label_fk",
      columns: [t.orgId, t.boardId, t.labelId],
      foreignColumns: [label.orgId, label.boardId, label.id],
    }).onDelete("cascade"),
    index("task_label_label").on(t.boardId, t.labelId),
    index("task_label_of_org").on(t.orgId, t.labelId, t.boardId, t.taskId),
    ...ofOrg(),
  ],
);

/** What the tasks of a project may have besides what all tasks have: never deleted, so that no value means nothing. */
export const taskField = pgTable(
  "task_field",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    projectId: id("project_id").notNull(),
    name: text("name").notNull(),
    kind: text("kind", { enum: FIELD_KINDS }).notNull(),
    options: jsonb("options").notNull(),
    rank: textC("rank").notNull(),
    state: text("state", { enum: STATES }).notNull(),
  },
  (t) => [
    foreignKey({
      name: "task_field_project",
      columns: [t.orgId, t.projectId],
      foreignColumns: [project.orgId, project.id],
    }).onDelete("cascade"),
    index("task_field_of_project").on(t.orgId, t.projectId),
    check("task_field_kind", oneOf("kind", FIELD_KINDS)),
    check("task_field_state", oneOf("state", STATES)),
    ...ofOrg(),
  ],
);

/** What tasks of an organisation are to each other, also across its boards. `relates` has the lower id first. */
export const taskRelation = pgTable(
  "task_relation",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    kind: text("kind", { enum: RELATION_KINDS }).notNull(),
    fromBoardId: id("from_board_id").notNull(),
    fromTaskId: id("from_task_id").notNull(),
    toBoardId: id("to_board_id").notNull(),
    toTaskId: id("to_task_id").notNull(),
    createdBy: id("created_by")
      .notNull()
      .references(() => appUser.id),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    foreignKey({
      name: "task_relation_from",
      columns: [t.orgId, t.fromBoardId, t.fromTaskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    foreignKey({
      name: "task_relation_to",
      columns: [t.orgId, t.toBoardId, t.toTaskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    unique("task_relation_pair").on(t.orgId, t.fromTaskId, t.toTaskId, t.kind),
    index("task_relation_to_task").on(t.orgId, t.toTaskId),
    check("task_relation_kind", oneOf("kind", RELATION_KINDS)),
    check("task_relation_two", sql`${t.fromTaskId} <> ${t.toTaskId}`),
    ...ofOrg(),
  ],
);
