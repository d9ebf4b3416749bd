import { z } from "zod";
import { orgMutation, orgProcedure, router, userMutation } from "../../core/trpc.ts";
import { CreateOrg, DeleteOrg, GetOrg, Org, UpdateOrg } from "./orgs.contract.ts";
import { createOrg, deleteOrg, getOrg, streamsOfOrg, updateOrg } from "./orgs.service.ts";

export const orgsRouter = router({
  /** Creates an organisation, whose owner the caller is. Announces `member.joined`. */
  create: userMutation
    .input(CreateOrg)
    .output(Org)
    .mutation(({ ctx, input }) => ctx.write(createOrg, input)),

  /** One organisation, with the caller's role. */
  get: orgProcedure("org:read")
    .input(GetOrg)
    .output(Org)
    .query(({ ctx }) => getOrg(ctx.db, ctx.actor)),

  /** Changes name or slug. Announces `org.updated`. Fails: ORG_SLUG_TAKEN. */
  update: orgMutation("org:update")
    .input(UpdateOrg)
    .output(Org)
    .mutation(({ ctx, input }) => ctx.write(updateOrg, input)),

  /** Deletes an organisation and everything in it, for good. Its watches end; nothing is announced. */
  delete: orgMutation("org:delete", { alsoLocks: streamsOfOrg })
    .input(DeleteOrg)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteOrg, input)),
});
