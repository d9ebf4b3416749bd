import { z } from "zod";
import { publicProcedure, router, userProcedure } from "../../core/trpc.ts";
import { Renewed } from "./auth.contract.ts";
import { ChangePassword, RequestPasswordReset, ResetPassword } from "./passwords.contract.ts";
import { changePassword, requestPasswordReset, resetPassword } from "./passwords.service.ts";

export const passwordsRouter = router({
  /**
   * Mails a link that sets a new password, if there is an account with that address: nobody is told whether.
   * Fails: TRIES_TOO_MANY.
   */
  requestReset: publicProcedure
    .input(RequestPasswordReset)
    .output(z.null())
    .mutation(({ ctx, input }) => requestPasswordReset(ctx.app, ctx.request, input)),

  /**
   * Sets a new password by the link's token, and ends all sessions of the account.
   * Fails: RESET_TOKEN_WRONG, PASSWORD_GUESSABLE, TRIES_TOO_MANY.
   */
  reset: publicProcedure
    .input(ResetPassword)
    .output(z.null())
    .mutation(({ ctx, input }) => resetPassword(ctx.app, ctx.request, input)),

  /**
   * Changes the caller's password, and ends all their sessions but this one.
   * Fails: PASSWORD_WRONG, PASSWORD_GUESSABLE, TRIES_TOO_MANY.
   */
  change: userProcedure
    .input(ChangePassword)
    .output(Renewed)
    .mutation(({ ctx, input }) => changePassword(ctx.app, ctx, input)),
});
