import { z } from "zod";
import { Day, Id, Instant, InstantInput, MutationId, page, PageInput, prose, TimeZone } from "../../fields.contract.ts";

const Note = prose(500);

/** Time that somebody worked on a task, at most 24 hours at a time. */
export const TimeEntry = z.object({
  id: Id,
  boardId: Id,
  taskId: Id,
  userId: Id,
  note: z.string(),
  startedAt: Instant,
  /** Null: it runs. One that has run for 24 hours counts no more than these. */
  stoppedAt: Instant.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type TimeEntry = z.infer<typeof TimeEntry>;

export const StartTimer = z.strictObject({ boardId: Id, taskId: Id, note: Note.default(""), ...MutationId });
export type StartTimer = z.infer<typeof StartTimer>;

/** The timer that runs from now on, and the one that ran, wherever it did. */
export const TimerStarted = z.object({ entry: TimeEntry, stopped: TimeEntry.nullable() });
export type TimerStarted = z.infer<typeof TimerStarted>;

export const StopTimer = z.strictObject({ boardId: Id, ...MutationId });
export type StopTimer = z.infer<typeof StopTimer>;

export const CreateTimeEntry = z.strictObject({
  boardId: Id,
  taskId: Id,
  /** Whose time it is; absent: the caller's. */
  userId: Id.optional(),
  startedAt: InstantInput,
  stoppedAt: InstantInput,
  note: Note.default(""),
  ...MutationId,
});
export type CreateTimeEntry = z.infer<typeof CreateTimeEntry>;

/** What is absent stays. `stoppedAt` stops one that runs. */
export const UpdateTimeEntry = z.strictObject({
  boardId: Id,
  entryId: Id,
  startedAt: InstantInput.optional(),
  stoppedAt: InstantInput.optional(),
  note: Note.optional(),
  ...MutationId,
});
export type UpdateTimeEntry = z.infer<typeof UpdateTimeEntry>;

export const DeleteTimeEntry = z.strictObject({ boardId: Id, entryId: Id, ...MutationId });
export type DeleteTimeEntry = z.infer<typeof DeleteTimeEntry>;

/** Which entries, of what the caller sees; with days, what lies in them, both of them included. */
const Which = {
  orgId: Id,
  projectId: Id.optional(),
  boardId: Id.optional(),
  taskId: Id.optional(),
  userId: Id.optional(),
  from: Day.optional(),
  to: Day.optional(),
  /** In which days begin and end. */
  timeZone: TimeZone.default("UTC"),
};

/** Newest first. */
export const ListTime = z.strictObject({ ...Which, ...PageInput });
export type ListTime = z.infer<typeof ListTime>;
const ListedTime = TimeEntry.extend({
  userName: z.string().nullable(),
  taskKey: z.string(),
  taskTitle: z.string(),
});
export const TimePage = page(ListedTime);
export type TimePage = z.infer<typeof TimePage>;

const TIME_GROUPS = ["person", "task", "board", "project", "day", "week", "month"] as const;

/** By what is asked for, in the order of `key`: an id, or the first day of a period. */
export const SumTime = z.strictObject({ ...Which, by: z.enum(TIME_GROUPS), ...PageInput });
export type SumTime = z.infer<typeof SumTime>;
const TimeTotal = z.object({
  key: z.string(),
  /** What is called so now; of a period and of a deleted account null. */
  name: z.string().nullable(),
  seconds: z.int(),
});
export const TimeTotals = page(TimeTotal);
export type TimeTotals = z.infer<typeof TimeTotals>;

export const GetTaskTime = z.strictObject({ boardId: Id, taskId: Id });
export type GetTaskTime = z.infer<typeof GetTaskTime>;

/** What was worked on a task, until now. */
export const TaskTime = z.object({
  taskId: Id,
  seconds: z.int(),
  people: z.array(
    z.object({
      userId: Id,
      name: z.string().nullable(),
      seconds: z.int(),
      /** Since when a timer of theirs runs. */ runsSince: Instant.nullable(),
    }),
  ),
});
export type TaskTime = z.infer<typeof TaskTime>;
