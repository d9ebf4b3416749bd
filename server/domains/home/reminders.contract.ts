import { z } from "zod";
import { REMINDER_LEADS } from "../../../db/enums.ts";
import { Id, MutationId } from "../../fields.contract.ts";

/** How long before a date, in minutes; none: not at all. */
export const ReminderLeads = z
  .array(z.literal(REMINDER_LEADS))
  .max(REMINDER_LEADS.length)
  .transform((leads) => [...new Set(leads)].toSorted((a, b) => a - b));
export type ReminderLeads = z.infer<typeof ReminderLeads>;

/** Of all that one is assigned to. */
export const Reminders = z.object({ leadMinutes: ReminderLeads });
export type Reminders = z.infer<typeof Reminders>;

export const SetReminders = z.strictObject({ leadMinutes: ReminderLeads, ...MutationId });
export type SetReminders = z.infer<typeof SetReminders>;

/** Of one task. Null: as of all others that one is assigned to, and not at all if one is not. */
export const TaskReminders = z.object({ leadMinutes: ReminderLeads.nullable() });
export type TaskReminders = z.infer<typeof TaskReminders>;

export const GetTaskReminders = z.strictObject({ boardId: Id, taskId: Id });
export type GetTaskReminders = z.infer<typeof GetTaskReminders>;

export const SetTaskReminders = z.strictObject({
  boardId: Id,
  taskId: Id,
  leadMinutes: ReminderLeads.nullable(),
  ...MutationId,
});
export type SetTaskReminders = z.infer<typeof SetTaskReminders>;
