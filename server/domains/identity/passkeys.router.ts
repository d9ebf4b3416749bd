import { z } from "zod";
import { recentProcedure, router, userProcedure } from "../../core/trpc.ts";
import {
  CreatePasskey,
  CreationOptions,
  DeletePasskey,
  Passkey,
  PasskeyCreated,
  UpdatePasskey,
} from "./passkeys.contract.ts";
import { createPasskey, deletePasskey, requestPasskey, updatePasskey } from "./passkeys.service.ts";

export const passkeysRouter = router({
  /** What a browser makes a passkey with, for `create`, within five minutes. Fails: REAUTHENTICATION_REQUIRED. */
  challenge: recentProcedure.output(CreationOptions).mutation(({ ctx }) => requestPasskey(ctx.app, ctx)),

  /**
   * Adds a passkey of the caller. Their first second factor ends their other sessions and comes with recovery codes,
   * answered this once. Fails: PASSKEY_WRONG, PASSKEY_TAKEN, PASSKEYS_TOO_MANY, REAUTHENTICATION_REQUIRED.
   */
  create: recentProcedure
    .input(CreatePasskey)
    .output(PasskeyCreated)
    .mutation(({ ctx, input }) => createPasskey(ctx.app, ctx, input)),

  /** Gives a passkey of the caller another name. Fails: PASSKEY_NOT_FOUND. */
  update: userProcedure
    .input(UpdatePasskey)
    .output(Passkey)
    .mutation(({ ctx, input }) => updatePasskey(ctx.db, ctx.user, input)),

  /** Removes a passkey of the caller, and ends their other sessions. Fails: PASSKEY_NOT_FOUND, REAUTHENTICATION_REQUIRED. */
  delete: recentProcedure
    .input(DeletePasskey)
    .output(z.null())
    .mutation(({ ctx, input }) => deletePasskey(ctx.app, ctx, input)),
});
