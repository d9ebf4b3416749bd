import { z } from "zod";
import { orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import { CreateKey, KeyIssued, KeyPage, ListKeys, RevokeKey } from "./keys.contract.ts";
import { controlOfKey, createKey, listKeys, revokeKey } from "./keys.service.ts";

export const keysRouter = router({
  /** The caller's API keys in an organisation, newest first; for owners and admins everybody's. */
  list: orgProcedure("key:list")
    .input(ListKeys)
    .output(KeyPage)
    .query(({ ctx, input }) => listKeys(ctx.app, ctx.actor, input)),

  /**
   * Makes an API key of the caller, for one organisation and the actions that it needs there; the token is answered this
   * once. Fails: REAUTHENTICATION_REQUIRED, KEYS_TOO_MANY.
   */
  create: orgMutation("key:create", { answersSecret: true, isRecent: true })
    .input(CreateKey)
    .output(KeyIssued)
    .mutation(({ ctx, input }) => ctx.write(createKey, input)),

  /** Ends an API key of the caller, or, by owners and admins, of anybody there, at once. Fails: KEY_NOT_FOUND. */
  revoke: orgMutation("key:revoke", { alsoLocks: controlOfKey })
    .input(RevokeKey)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(revokeKey, input)),
});
