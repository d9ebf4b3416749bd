import { z } from "zod";
import { recentProcedure, router, userProcedure } from "../../core/trpc.ts";
import { AccountEmail, ChangeEmail, ConfirmEmail } from "./emails.contract.ts";
import { changeEmail, confirmEmail, getEmail, sendEmailCode } from "./emails.service.ts";

export const emailsRouter = router({
  /** The caller's address, and whether it is proved. */
  get: userProcedure.output(AccountEmail).query(({ ctx }) => getEmail(ctx.db, ctx.user)),

  /** Mails a code to the caller's address, for `confirm`; nothing when it is proved already. */
  sendCode: userProcedure.output(z.null()).mutation(({ ctx }) => sendEmailCode(ctx.app, ctx.user)),

  /**
   * Mails a code to another address, for `confirm`, which makes it the caller's. Nobody is told whether it has an account.
   * Fails: REAUTHENTICATION_REQUIRED.
   */
  change: recentProcedure
    .input(ChangeEmail)
    .output(z.null())
    .mutation(({ ctx, input }) => changeEmail(ctx.app, ctx.user, input)),

  /**
   * Proves an address by the newest code that was mailed to it. Another one than before becomes the caller's, and all
   * their sessions but this one end. Fails: EMAIL_CODE_WRONG, EMAIL_TAKEN.
   */
  confirm: userProcedure
    .input(ConfirmEmail)
    .output(AccountEmail)
    .mutation(({ ctx, input }) => confirmEmail(ctx.app, ctx, input)),
});
