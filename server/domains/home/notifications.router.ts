import { z } from "zod";
import { router, userMutation, userProcedure } from "../../core/trpc.ts";
import {
  CountNotifications,
  ListNotifications,
  NotificationCount,
  NotificationPage,
  ReadAllNotifications,
  ReadNotifications,
  SnoozeNotifications,
} from "./notifications.contract.ts";
import {
  countNotifications,
  listNotifications,
  readAllNotifications,
  readNotifications,
  snoozeNotifications,
  unreadNotifications,
} from "./notifications.service.ts";

export const notificationsRouter = router({
  /** What the caller was told of, newest first: of what they may see now. `me.live` says when there is more. */
  list: userProcedure
    .input(ListNotifications)
    .output(NotificationPage)
    .query(({ ctx, input }) => listNotifications({ db: ctx.db, userId: ctx.user.id, now: ctx.app.clock.now() }, input)),

  /** How many of them are unread, and not snoozed. */
  count: userProcedure
    .input(CountNotifications)
    .output(NotificationCount)
    .query(({ ctx, input }) =>
      countNotifications({ db: ctx.db, userId: ctx.user.id, now: ctx.app.clock.now() }, input),
    ),

  /** Announces `notification.changed`. Fails: NOTIFICATION_NOT_FOUND. */
  read: userMutation()
    .input(ReadNotifications)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(readNotifications, input)),

  /** Announces `notification.changed`. Fails: NOTIFICATION_NOT_FOUND. */
  unread: userMutation()
    .input(ReadNotifications)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(unreadNotifications, input)),

  /** Reads all that came up to one of them. Announces `notification.all-read`. Fails: NOTIFICATION_NOT_FOUND. */
  readAll: userMutation()
    .input(ReadAllNotifications)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(readAllNotifications, input)),

  /** Takes them out of the inbox until then. Announces `notification.changed`. Fails: NOTIFICATION_NOT_FOUND. */
  snooze: userMutation()
    .input(SnoozeNotifications)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(snoozeNotifications, input)),
});
