import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { id, instant, oneOf, whole } from "../columns.ts";
import { RULE_OUTCOMES, RULE_STATES, RULE_STOPS } from "../enums.ts";
import { ofOrg } from "../walls.ts";
import { board, project } from "./work.ts";

/** What is done by itself when something happens to tasks of a project. */
export const rule = pgTable(
  "rule",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    projectId: id("project_id").notNull(),
    boardId: id("board_id"),
    ownerId: id("owner_id").notNull(),
    name: text("name").notNull(),
    trigger: jsonb("trigger").notNull(),
    filter: text("filter").notNull(),
    timeZone: text("time_zone").notNull(),
    actions: jsonb("actions").notNull(),
    state: text("state", { enum: RULE_STATES }).notNull(),
    stopReason: text("stop_reason", { enum: RULE_STOPS }),
    /** What happened before is none of its business. */
    onSince: instant("on_since").notNull(),
    /** When it runs next, or looks next at dates: it has seen all that came before. Null: it waits for events. */
    nextAt: instant("next_at"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    unique("rule_org_id").on(t.orgId, t.id),
    foreignKey({
      name: "rule_project",
      columns: [t.orgId, t.projectId],
      foreignColumns: [project.orgId, project.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "rule_board",
      columns: [t.orgId, t.boardId],
      foreignColumns: [board.orgId, board.id],
    }).onDelete("cascade"),
    index("rule_of_project").on(t.orgId, t.projectId, t.createdAt, t.id),
    index("rule_of_board").on(t.boardId),
    index("rule_next")
      .on(t.nextAt)
      .where(sql`"next_at" is not null and "state" = 'on'`),
    check("rule_state", oneOf("state", RULE_STATES)),
    check("rule_stop_reason", oneOf("stop_reason", RULE_STOPS)),
    ...ofOrg(),
  ],
);

/** A time that a rule ran on a board, or will. */
export const ruleRun = pgTable(
  "rule_run",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    ruleId: id("rule_id").notNull(),
    boardId: id("board_id").notNull(),
    /** The event that it follows from: of each once. Null: it follows from a time. */
    version: whole("version"),
    /** Since when the rule was what it is to run as. Null: it is from before that was noted. */
    ruleSince: instant("rule_since"),
    taskIds: id("task_ids").array().notNull(),
    /** The rules that led to it, by what each did; a rule that is among them would run for ever. */
    chain: id("chain").array().notNull(),
    outcome: text("outcome", { enum: RULE_OUTCOMES }).notNull(),
    reason: text("reason"),
    results: jsonb("results").notNull(),
    /** Its mutations have their ids, and `task_ids` are those that it is of. */
    isBegun: boolean("is_begun").notNull().default(false),
    /** Until then it is some process's to run. */
    claimedUntil: instant("claimed_until"),
    createdAt: instant("created_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [
    unique("rule_run_org_id").on(t.orgId, t.id),
    foreignKey({
      name: "rule_run_rule",
      columns: [t.orgId, t.ruleId],
      foreignColumns: [rule.orgId, rule.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "rule_run_board",
      columns: [t.orgId, t.boardId],
      foreignColumns: [board.orgId, board.id],
    }).onDelete("cascade"),
    uniqueIndex("rule_run_event").on(t.ruleId, t.boardId, t.version),
    index("rule_run_of_rule").on(t.orgId, t.ruleId, t.createdAt, t.id),
    index("rule_run_waiting")
      .on(t.boardId, t.createdAt, t.id)
      .where(sql`"outcome" = 'waiting'`),
    index("rule_run_age").on(t.createdAt),
    check("rule_run_outcome", oneOf("outcome", RULE_OUTCOMES)),
    ...ofOrg(),
  ],
);

/** By which mutations a run does what it does: a repeat does nothing twice, and an event tells by which run it came. */
export const ruleMutation = pgTable(
  "rule_mutation",
  {
    mutationId: id("mutation_id").primaryKey(),
    orgId: id("org_id").notNull(),
    runId: id("run_id").notNull(),
    /** Counts the actions of the rule. */
    action: integer("action").notNull(),
    /** Of an action that is one mutation for each task. */
    taskId: id("task_id"),
  },
  (t) => [
    foreignKey({
      name: "rule_mutation_run",
      columns: [t.orgId, t.runId],
      foreignColumns: [ruleRun.orgId, ruleRun.id],
    }).onDelete("cascade"),
    index("rule_mutation_of_run").on(t.orgId, t.runId),
    ...ofOrg(),
  ],
);
