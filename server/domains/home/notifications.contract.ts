import { z } from "zod";
import { NOTIFICATION_REASONS } from "../../../db/enums.ts";
import { Id, Instant, InstantInput, MutationId, page, PageInput } from "../../fields.contract.ts";

/** That somebody was told of something: ids alone. What it is called is for those who may see it when they look. */
export const NotificationNews = z.object({
  id: Id,
  /** Of several reasons the first: assigned, mentioned, due, moved into a column that they watch, watched. */
  reason: z.enum(NOTIFICATION_REASONS),
  /** Of the event that it tells of; null: of a date. */
  type: z.string().nullable(),
  orgId: Id,
  boardId: Id,
  taskId: Id,
  /** It tells of so many for that reason; `taskId` is the first of them. */
  taskCount: z.int(),
  commentId: Id.nullable(),
  /** Who did it; null: nobody. */
  actorId: Id.nullable(),
  /** The date of the task that it reminds of; null: it tells of an event. */
  dueAt: Instant.nullable(),
  createdAt: Instant,
});
export type NotificationNews = z.infer<typeof NotificationNews>;

export const Notification = NotificationNews.extend({
  readAt: Instant.nullable(),
  /** Until then it is neither in the inbox nor counted. */
  snoozedUntil: Instant.nullable(),
  boardName: z.string(),
  taskKey: z.string(),
  taskTitle: z.string(),
});
export type Notification = z.infer<typeof Notification>;

/**
 * Newest first, of what the caller may see now. `unread`: without what is snoozed, which is a list of its own; `all`:
 * whatever there is.
 */
export const ListNotifications = z.strictObject({
  state: z.enum(["unread", "snoozed", "all"]).default("all"),
  orgId: Id.optional(),
  ...PageInput,
});
export type ListNotifications = z.infer<typeof ListNotifications>;
export const NotificationPage = page(Notification);
export type NotificationPage = z.infer<typeof NotificationPage>;

export const CountNotifications = z.strictObject({ orgId: Id.optional() }).default({});
export type CountNotifications = z.infer<typeof CountNotifications>;
export const NotificationCount = z.object({ unread: z.int() });
export type NotificationCount = z.infer<typeof NotificationCount>;

const NotificationIds = z.array(Id).min(1).max(100);

export const ReadNotifications = z.strictObject({ notificationIds: NotificationIds, ...MutationId });
export type ReadNotifications = z.infer<typeof ReadNotifications>;

/** All that came up to one, and that one: what comes meanwhile stays unread. */
export const ReadAllNotifications = z.strictObject({ upTo: Id, orgId: Id.optional(), ...MutationId });
export type ReadAllNotifications = z.infer<typeof ReadAllNotifications>;

/** Null: wakes them. */
export const SnoozeNotifications = z.strictObject({
  notificationIds: NotificationIds,
  until: InstantInput.nullable(),
  ...MutationId,
});
export type SnoozeNotifications = z.infer<typeof SnoozeNotifications>;
