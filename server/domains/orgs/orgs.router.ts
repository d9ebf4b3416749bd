import { z } from "zod";
import { orgMutation, orgOpening, orgProcedure, router, userMutation } from "../../core/trpc.ts";
import { inboxesOfOrg } from "./inboxes.service.ts";
import { watchOrg } from "./live.ts";
import {
  CreateOrg,
  DeleteOrg,
  DemandSecondFactor,
  GetOrg,
  Org,
  OrgAccess,
  UpdateOrg,
  WatchOrg,
} from "./orgs.contract.ts";
import { createOrg, deleteOrg, getOrg, getOrgAccess, streamsOfOrg, updateOrg } from "./orgs.service.ts";
import { demandSecondFactor } from "./second-factor.service.ts";

export const orgsRouter = router({
  /** Creates an organisation, whose owner the caller is. Announces `member.joined`, `org.joined`. */
  create: userMutation()
    .input(CreateOrg)
    .output(Org)
    .mutation(({ ctx, input }) => ctx.write(createOrg, input)),

  /** One organisation, with the caller's role. */
  get: orgProcedure("org:read")
    .input(GetOrg)
    .output(Org)
    .query(({ ctx }) => getOrg(ctx.db, ctx.actor)),

  /** The caller's role in the organisation (of a custom one the base), and what they may do there now. */
  access: orgProcedure("org:read")
    .input(GetOrg)
    .output(OrgAccess)
    .query(({ ctx }) => getOrgAccess(ctx.actor)),

  /**
   * The organisation as it changes, for its members but guests: people, projects and the boards that it may see. A
   * snapshot or what was missed, then every event in order, exactly once.
   */
  live: orgOpening("org:watch")
    .input(WatchOrg)
    .subscription(({ ctx, input, signal }) => watchOrg(ctx, input, signal)),

  /** Changes name or slug. Announces `org.updated`, `org.renamed`. Fails: ORG_SLUG_TAKEN. */
  update: orgMutation("org:update", { alsoLocks: inboxesOfOrg })
    .input(UpdateOrg)
    .output(Org)
    .mutation(({ ctx, input }) => ctx.write(updateOrg, input)),

  /**
   * Demands a second factor of all members from a time on, or no longer: who has none is refused everything here with
   * SECOND_FACTOR_DEMANDED, but to leave. Only by somebody who has one. Announces `org.factor-demanded`.
   * Fails: SECOND_FACTOR_NOT_FOUND, REAUTHENTICATION_REQUIRED.
   */
  demandSecondFactor: orgMutation("org:demand-factor", { alsoLocks: inboxesOfOrg, isRecent: true })
    .input(DemandSecondFactor)
    .output(Org)
    .mutation(({ ctx, input }) => ctx.write(demandSecondFactor, input)),

  /**
   * Deletes an organisation and everything in it, for good. Its watches end. Announces `org.left`,
   * `invitation.withdrawn` to whom it concerned. Fails: REAUTHENTICATION_REQUIRED.
   */
  delete: orgMutation("org:delete", { alsoLocks: streamsOfOrg, isRecent: true })
    .input(DeleteOrg)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteOrg, input)),
});
