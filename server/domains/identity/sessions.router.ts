import { z } from "zod";
import { recentProcedure, router, userProcedure } from "../../core/trpc.ts";
import { ListSessions, RevokedSessions, RevokeSession, SessionPage } from "./sessions.contract.ts";
import { listSessions, revokeOtherSessions, revokeSession } from "./sessions.service.ts";

export const sessionsRouter = router({
  /** The caller's own sessions, newest first. */
  list: userProcedure
    .input(ListSessions)
    .output(SessionPage)
    .query(({ ctx, input }) => listSessions(ctx.app, ctx, input)),

  /** Ends one of the caller's own sessions. Fails: SESSION_NOT_FOUND, REAUTHENTICATION_REQUIRED. */
  revoke: recentProcedure
    .input(RevokeSession)
    .output(z.null())
    .mutation(({ ctx, input }) => revokeSession(ctx.app, ctx, input)),

  /** Ends all of the caller's sessions but this one. Fails: REAUTHENTICATION_REQUIRED. */
  revokeOthers: recentProcedure.output(RevokedSessions).mutation(({ ctx }) => revokeOtherSessions(ctx.app, ctx)),
});
