import { z } from "zod";
import { LABEL_COLORS, PRIORITIES, RULE_OUTCOMES, RULE_STATES, RULE_STOPS, SWITCHES } from "../../../db/enums.ts";
import { Id, Instant, line, MutationId, page, PageInput, prose, TimeZone } from "../../fields.contract.ts";
import { FilterText } from "../work/filters/filter.contract.ts";
import { AssigneeIds, LabelIds, UpdateTask } from "../work/tasks.contract.ts";

/** What of a task may have become another one. */
export const TASK_PARTS = [
  "title",
  "description",
  "priority",
  "start",
  "due",
  "estimate",
  "cover",
  "assignees",
  "labels",
  "parent",
  "fields",
] as const;

/** So far before (less than 0) or behind a date a rule may run: 30 days. */
const MOST_MINUTES = 43_200;

/** When a rule runs, and thereby of which tasks. */
export const Trigger = z.discriminatedUnion("on", [
  z.strictObject({ on: z.literal("task-created") }),
  /** Into one of these columns; without any, into whichever other one. */
  z.strictObject({ on: z.literal("task-moved"), toColumnIds: z.array(Id).max(50).default([]) }),
  /** One of these parts; without any, whichever. */
  z.strictObject({ on: z.literal("task-updated"), parts: z.array(z.enum(TASK_PARTS)).max(20).default([]) }),
  z.strictObject({ on: z.literal("task-archived") }),
  z.strictObject({ on: z.literal("task-restored") }),
  z.strictObject({ on: z.literal("comment-created") }),
  /** So many minutes behind a date of an open task, or before it. Of whole days the start is their first instant, the due date their last. */
  z.strictObject({
    on: z.literal("date-passed"),
    date: z.enum(["start", "due"]),
    offsetMinutes: z.int().min(-MOST_MINUTES).max(MOST_MINUTES).default(0),
  }),
  /** At this time by the clocks of the rule's zone, on these days of the week: 1 is Monday. Of all tasks that its filter means. */
  z.strictObject({
    on: z.literal("schedule"),
    weekdays: z.array(z.int().min(1).max(7)).min(1).max(7),
    time: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/u, "A time is written as 09:30."),
  }),
]);
export type Trigger = z.infer<typeof Trigger>;

/** What a rule does, to all tasks of a run at once. */
export const RuleAction = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("move"), columnId: Id, place: z.enum(["first", "last"]).default("last") }),
  z.strictObject({
    do: z.literal("update"),
    priority: z.enum(PRIORITIES).optional(),
    estimate: UpdateTask.shape.estimate,
    coverColor: z.enum(LABEL_COLORS).nullable().optional(),
    /** So many days after the day of the run, in the rule's zone; null takes the date away. */
    dueInDays: z.int().min(0).max(3_650).nullable().optional(),
    addLabelIds: LabelIds.optional(),
    removeLabelIds: LabelIds.optional(),
    addAssigneeIds: AssigneeIds.optional(),
    removeAssigneeIds: AssigneeIds.optional(),
    /** Of the fields of the project; null takes what a task has away. */
    fields: UpdateTask.shape.fields,
  }),
  z.strictObject({ do: z.literal("archive") }),
  z.strictObject({ do: z.literal("comment"), text: prose(10_000).min(1) }),
  /** Of those who are named and of those who are assigned, whoever may see the task. */
  z.strictObject({
    do: z.literal("notify"),
    userIds: z.array(Id).max(50).default([]),
    assignees: z.boolean().default(false),
  }),
  /** A new task, once a run. */
  z.strictObject({ do: z.literal("create"), columnId: Id, title: line(500), description: prose(32_768).default("") }),
]);
export type RuleAction = z.infer<typeof RuleAction>;

const RuleActions = z.array(RuleAction).min(1).max(10);

/** When something happens to tasks of a project, and a filter means them, something is done. */
export const Rule = z.object({
  id: Id,
  projectId: Id,
  /** Only there; null: on all boards of the project. */
  boardId: Id.nullable(),
  name: z.string(),
  trigger: Trigger,
  /** What the tasks must be like when it runs (docs/filters.md). `me` is its owner. */
  filter: z.string(),
  /** In which its days begin and its schedule is meant. */
  timeZone: z.string(),
  actions: RuleActions,
  /** In whose name it runs, and with whose permissions: whoever said last what it does. */
  ownerId: Id,
  state: z.enum(RULE_STATES),
  /** Why Trestle has stopped it. */
  stopReason: z.enum(RULE_STOPS).nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type Rule = z.infer<typeof Rule>;

export const RulePage = page(Rule);
export type RulePage = z.infer<typeof RulePage>;

export const ListRules = z.strictObject({ orgId: Id, projectId: Id, ...PageInput });
export type ListRules = z.infer<typeof ListRules>;

const Said = {
  name: line(100),
  boardId: Id.nullable(),
  trigger: Trigger,
  filter: FilterText,
  timeZone: TimeZone,
  actions: RuleActions,
};

export const CreateRule = z.strictObject({
  orgId: Id,
  projectId: Id,
  ...Said,
  boardId: Said.boardId.default(null),
  filter: Said.filter.default(""),
  timeZone: Said.timeZone.default("UTC"),
  state: z.enum(SWITCHES).default("on"),
  ...MutationId,
});
export type CreateRule = z.infer<typeof CreateRule>;

/** What is absent stays. */
export const UpdateRule = z.strictObject({
  orgId: Id,
  ruleId: Id,
  name: Said.name.optional(),
  boardId: Said.boardId.optional(),
  trigger: Said.trigger.optional(),
  filter: Said.filter.optional(),
  timeZone: Said.timeZone.optional(),
  actions: Said.actions.optional(),
  state: z.enum(SWITCHES).optional(),
  ...MutationId,
});
export type UpdateRule = z.infer<typeof UpdateRule>;

export const DeleteRule = z.strictObject({ orgId: Id, ruleId: Id, ...MutationId });
export type DeleteRule = z.infer<typeof DeleteRule>;

/** What came of an action of a run: `kind` says why it was refused. */
const ActionResult = z.object({
  do: z.enum(["move", "update", "archive", "comment", "notify", "create"]),
  outcome: z.enum(["done", "refused"]),
  kind: z.string().nullable(),
});
export type ActionResult = z.infer<typeof ActionResult>;

/** One time that a rule ran, on one board. */
export const RuleRun = z.object({
  id: Id,
  ruleId: Id,
  boardId: Id,
  /** The tasks that it was of. */
  taskIds: z.array(Id),
  /** `waiting`: it has not run yet. `partly`: some of its actions were refused. `skipped`: it did not run, and `reason` says why. */
  outcome: z.enum(RULE_OUTCOMES),
  reason: z.string().nullable(),
  results: z.array(ActionResult),
  createdAt: Instant,
  endedAt: Instant.nullable(),
});
export type RuleRun = z.infer<typeof RuleRun>;

export const RuleRunPage = page(RuleRun);
export type RuleRunPage = z.infer<typeof RuleRunPage>;

export const ListRuleRuns = z.strictObject({ orgId: Id, ruleId: Id, ...PageInput });
export type ListRuleRuns = z.infer<typeof ListRuleRuns>;

/** What a rule would do to the tasks of a board that its filter means, or to one of them. */
export const PreviewRule = z.strictObject({
  boardId: Id,
  taskId: Id.optional(),
  filter: Said.filter.default(""),
  timeZone: Said.timeZone.default("UTC"),
  actions: Said.actions,
});
export type PreviewRule = z.infer<typeof PreviewRule>;

export const RulePreview = z.object({
  /** At most 1,000, as of a run. */
  taskIds: z.array(Id),
  results: z.array(ActionResult),
});
export type RulePreview = z.infer<typeof RulePreview>;
