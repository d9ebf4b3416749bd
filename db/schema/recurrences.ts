import { sql } from "drizzle-orm";
import { check, date, foreignKey, index, integer, pgTable, primaryKey, text, unique } from "drizzle-orm/pg-core";
import { id, instant, oneOf, whole } from "../columns.ts";
import { RECURRENCE_MODES, RECURRENCE_STATES } from "../enums.ts";
import { ofOrg } from "../walls.ts";
import { appUser } from "./identity.ts";
import { boardColumn, task } from "./work.ts";

/** A task that is made again and again: each time as its pattern is by then. */
export const recurrence = pgTable(
  "recurrence",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    columnId: id("column_id").notNull(),
    /** Where the pattern is by now: from another board nothing is made. */
    patternBoardId: id("pattern_board_id").notNull(),
    patternTaskId: id("pattern_task_id").notNull(),
    /** Of RFC 5545, as `recurrence-rule.ts` lets it in. */
    rule: text("rule").notNull(),
    startsOn: date("starts_on", { mode: "string" }).notNull(),
    /** By the clocks of the time zone: `09:00`. */
    time: text("time").notNull(),
    timeZone: text("time_zone").notNull(),
    mode: text("mode", { enum: RECURRENCE_MODES }).notNull(),
    dueAfterDays: integer("due_after_days"),
    state: text("state", { enum: RECURRENCE_STATES }).notNull(),
    /** The kind of the refusal for which the next one waits, or for which it is paused. */
    problem: text("problem"),
    /** In whose name, and with whose role, tasks are made: whoever set it up last. */
    ownerId: id("owner_id")
      .notNull()
      .references(() => appUser.id),
    /** How many tasks it has made, the last one, and for which day that was. */
    made: integer("made").notNull().default(0),
    lastTaskId: id("last_task_id"),
    lastOn: date("last_on", { mode: "string" }),
    /** The next day on schedule; null: it follows a completion, or comes to nothing. */
    nextOn: date("next_on", { mode: "string" }),
    /** When somebody looks after it next; null: when its last task is done, if at all. */
    lookAt: instant("look_at"),
    version: whole("version").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("recurrence_org_id").on(t.orgId, t.id),
    foreignKey({
      name: "recurrence_column",
      columns: [t.orgId, t.boardId, t.columnId],
      foreignColumns: [boardColumn.orgId, boardColumn.boardId, boardColumn.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "recurrence_pattern",
      columns: [t.orgId, t.patternBoardId, t.patternTaskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    index("recurrence_of_board").on(t.orgId, t.boardId, t.id),
    index("recurrence_of_column").on(t.orgId, t.boardId, t.columnId),
    index("recurrence_of_pattern").on(t.orgId, t.patternBoardId, t.patternTaskId),
    index("recurrence_due")
      .on(t.lookAt)
      .where(sql`${t.state} = 'active'`),
    check("recurrence_mode", oneOf("mode", RECURRENCE_MODES)),
    check("recurrence_state", oneOf("state", RECURRENCE_STATES)),
    ...ofOrg(),
  ],
);

/** What a recurrence has made: for each day once. */
export const occurrence = pgTable(
  "occurrence",
  {
    orgId: id("org_id").notNull(),
    recurrenceId: id("recurrence_id").notNull(),
    on: date("on", { mode: "string" }).notNull(),
    taskId: id("task_id").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.recurrenceId, t.on] }),
    foreignKey({
      name: "occurrence_recurrence",
      columns: [t.orgId, t.recurrenceId],
      foreignColumns: [recurrence.orgId, recurrence.id],
    }).onDelete("cascade"),
    ...ofOrg(),
  ],
);
