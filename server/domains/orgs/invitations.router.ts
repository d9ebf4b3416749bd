import { z } from "zod";
import { orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import { InvitationPage, ListInvitations, RevokeInvitation } from "./invitations.contract.ts";
import { inboxOfInvitation } from "./inboxes.service.ts";
import { listInvitations, revokeInvitation } from "./invitations.service.ts";

export const invitationsRouter = router({
  /** The invitations that are open, newest first. */
  list: orgProcedure("invitation:list")
    .input(ListInvitations)
    .output(InvitationPage)
    .query(({ ctx, input }) => listInvitations(ctx.db, ctx.actor, input)),

  /**
   * Takes an invitation back. Announces `invitation.revoked`, `invitation.withdrawn`.
   * Fails: INVITATION_NOT_FOUND, ROLE_TOO_HIGH.
   */
  revoke: orgMutation("invitation:revoke", { alsoLocks: inboxOfInvitation })
    .input(RevokeInvitation)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(revokeInvitation, input)),
});
