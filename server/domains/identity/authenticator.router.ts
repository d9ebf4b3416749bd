import { z } from "zod";
import { recentProcedure, router } from "../../core/trpc.ts";
import { AuthenticatorConfirmed, AuthenticatorSecret, ConfirmAuthenticator } from "./authenticator.contract.ts";
import { confirmAuthenticator, createAuthenticator, deleteAuthenticator } from "./authenticator.service.ts";

export const authenticatorRouter = router({
  /**
   * Makes the secret of an authenticator app, which counts once `confirm` has seen a code of it.
   * Fails: AUTHENTICATOR_EXISTS, REAUTHENTICATION_REQUIRED.
   */
  create: recentProcedure.output(AuthenticatorSecret).mutation(({ ctx }) => createAuthenticator(ctx.app, ctx.user)),

  /**
   * Makes the app a second factor of the caller. Their first one ends their other sessions and comes with recovery codes,
   * answered this once. Fails: AUTHENTICATOR_NOT_FOUND, CODE_WRONG, REAUTHENTICATION_REQUIRED.
   */
  confirm: recentProcedure
    .input(ConfirmAuthenticator)
    .output(AuthenticatorConfirmed)
    .mutation(({ ctx, input }) => confirmAuthenticator(ctx.app, ctx, input)),

  /** Removes the caller's app, and ends their other sessions. Fails: AUTHENTICATOR_NOT_FOUND, REAUTHENTICATION_REQUIRED. */
  delete: recentProcedure.output(z.null()).mutation(({ ctx }) => deleteAuthenticator(ctx.app, ctx)),
});
