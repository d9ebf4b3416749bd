import { z } from "zod";
import { router, userMutation, userProcedure } from "../../core/trpc.ts";
import { CalendarLinkIssued, CalendarLinks, CreateCalendarLink, RevokeCalendarLink } from "./calendars.contract.ts";
import { createCalendarLink, listCalendarLinks, revokeCalendarLink } from "./calendars.service.ts";

export const calendarsRouter = router({
  /** The caller's links for calendar programs, newest first, without their secrets. */
  list: userProcedure.output(CalendarLinks).query(({ ctx }) => listCalendarLinks(ctx.db, ctx.user.id)),

  /**
   * Makes a link by which a calendar program reads the dates of a board, or of what the caller is assigned to, as long as
   * they may see it. Whoever has the link may read that. Fails: REAUTHENTICATION_REQUIRED, CALENDARS_TOO_MANY, BOARD_NOT_FOUND, ACTION_FORBIDDEN.
   */
  create: userMutation({ answersSecret: true, isRecent: true })
    .input(CreateCalendarLink)
    .output(CalendarLinkIssued)
    .mutation(({ ctx, input }) => ctx.write(createCalendarLink, input)),

  /** Ends such a link at once. Fails: CALENDAR_NOT_FOUND. */
  revoke: userMutation()
    .input(RevokeCalendarLink)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(revokeCalendarLink, input)),
});
