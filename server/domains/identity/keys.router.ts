import { z } from "zod";
import { orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import { CreateKey, KeyIssued, KeyPage, ListKeys, RevokeKey } from "./keys.contract.ts";
import { controlOfKey, createKey, listKeys, revokeKey } from "./keys.service.ts";

export const keysRouter = router({
  /** The caller's API keys in an organisation, newest first; with `key:manage` everybody's. */
  list: orgProcedure("key:list")
    .input(ListKeys)
    .output(KeyPage)
    .query(({ ctx, input }) => listKeys(ctx.app, ctx.actor, input)),

  /**
   * Makes an API key of the caller, for one organisation and the actions that it needs there; with `key:manage` also one
   * of a service account. The token is answered this once.
   * Fails: REAUTHENTICATION_REQUIRED, KEYS_TOO_MANY, SERVICE_NOT_FOUND, ROLE_TOO_HIGH.
   */
  create: orgMutation("key:create", { answersSecret: true, isRecent: true })
    .input(CreateKey)
    .output(KeyIssued)
    .mutation(({ ctx, input }) => ctx.write(createKey, input)),

  /**
   * Ends an API key of the caller at once, or, with `key:manage`, of anybody there who may do no more than the caller.
   * Fails: KEY_NOT_FOUND, ROLE_TOO_HIGH.
   */
  revoke: orgMutation("key:revoke", { alsoLocks: controlOfKey })
    .input(RevokeKey)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(revokeKey, input)),
});
