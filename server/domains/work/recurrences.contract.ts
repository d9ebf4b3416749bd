import { z } from "zod";
import { RECURRENCE_MODES, RECURRENCE_STATES } from "../../../db/enums.ts";
import { Day, Id, Instant, MutationId, page, PageInput, TimeZone, Version } from "../../fields.contract.ts";
import { faultOf, normalRule } from "./recurrence-rule.ts";

/** Of RFC 5545, such as `FREQ=MONTHLY;BYMONTHDAY=-1`: days only, daily at the most. */
const Rule = z
  .string()
  .max(500)
  .transform(normalRule)
  .superRefine((rule, context) => {
    const message = faultOf(rule);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
/** By the clocks of the time zone. One that they skip is when they jump, one that they show twice the first. */
const Time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/u, "A time is hours and minutes: 09:00.");
const StartsOn = Day.refine((day) => day >= "1970-01-01" && day < "2200-01-01", "The year must be 1970 to 2199.");
/** On which day a task is due, counted from its date; null: it has no due date. */
const DueAfterDays = z.int().min(0).max(366).nullable();
/** `schedule`: at each date, whatever became of the last one. `completion`: once the last one is done or out of sight. */
const Mode = z.enum(RECURRENCE_MODES);

/** What makes a task again and again: as its pattern, a task of the board, is by then. */
export const Recurrence = z.object({
  id: Id,
  boardId: Id,
  /** The pattern: title, description, priority, estimate, cover, labels, assigned people, fields and checklists. */
  taskId: Id,
  /** Where the tasks are made, at its end. */
  columnId: Id,
  rule: z.string(),
  /** The rule begins on this day; with `completion` it begins anew with each, and this is the earliest date. */
  startsOn: Day,
  time: z.string(),
  timeZone: z.string(),
  mode: Mode,
  dueAfterDays: DueAfterDays,
  /** `ended`: it has no date any more. */
  state: z.enum(RECURRENCE_STATES),
  /** The kind of the refusal for which the next one waits, or for which it was paused: see docs/generated/errors.md. */
  problem: z.string().nullable(),
  /** In whose name tasks are made, with the role that they have by then: whoever set it up, changed or resumed it last. */
  ownerId: Id,
  made: z.int(),
  lastTaskId: Id.nullable(),
  /** For which day that was. */
  lastOn: Day.nullable(),
  /** The next date on schedule. */
  nextOn: Day.nullable(),
  version: Version,
  createdAt: Instant,
});
export type Recurrence = z.infer<typeof Recurrence>;
export const RecurrencePage = page(Recurrence);
export type RecurrencePage = z.infer<typeof RecurrencePage>;

export const ListRecurrences = z.strictObject({
  boardId: Id,
  /** Only those with this pattern. */
  taskId: Id.optional(),
  ...PageInput,
});
export type ListRecurrences = z.infer<typeof ListRecurrences>;

export const CreateRecurrence = z.strictObject({
  boardId: Id,
  taskId: Id,
  columnId: Id,
  rule: Rule,
  startsOn: StartsOn,
  time: Time.default("00:00"),
  timeZone: TimeZone,
  mode: Mode.default("schedule"),
  dueAfterDays: DueAfterDays.default(0),
  ...MutationId,
});
export type CreateRecurrence = z.infer<typeof CreateRecurrence>;

/** What is absent stays. */
export const UpdateRecurrence = z.strictObject({
  boardId: Id,
  recurrenceId: Id,
  columnId: Id.optional(),
  rule: Rule.optional(),
  startsOn: StartsOn.optional(),
  time: Time.optional(),
  timeZone: TimeZone.optional(),
  mode: Mode.optional(),
  dueAfterDays: DueAfterDays.optional(),
  ...MutationId,
});
export type UpdateRecurrence = z.infer<typeof UpdateRecurrence>;

/** What pauses, resumes and deletes one. */
export const RecurrenceTarget = z.strictObject({ boardId: Id, recurrenceId: Id, ...MutationId });
export type RecurrenceTarget = z.infer<typeof RecurrenceTarget>;

export const PreviewRecurrence = z.strictObject({
  boardId: Id,
  rule: Rule,
  startsOn: StartsOn,
  time: Time.default("00:00"),
  timeZone: TimeZone,
  /** Of how many dates. */
  count: z.int().min(1).max(50).default(5),
});
export type PreviewRecurrence = z.infer<typeof PreviewRecurrence>;

/** Its next dates from now on; fewer when the rule ends. */
export const RecurrenceDates = z.object({ dates: z.array(z.object({ on: Day, at: Instant })) });
export type RecurrenceDates = z.infer<typeof RecurrenceDates>;
