import { z } from "zod";
import { orgMutation, orgProcedure, router, userMutation } from "../../core/trpc.ts";
import { InvitationIssued } from "./invitations.contract.ts";
import { acceptInvitation, inviteMember } from "./invitations.service.ts";
import {
  AcceptInvitation,
  InviteMember,
  LeaveOrg,
  ListMembers,
  Member,
  MemberPage,
  RemoveMember,
  SetMemberRole,
} from "./members.contract.ts";
import {
  boardsOfLeaver,
  boardsOfRemoved,
  leaveOrg,
  listMembers,
  removeMember,
  setMemberRole,
} from "./members.service.ts";
import { Org } from "./orgs.contract.ts";

export const membersRouter = router({
  /** The members of an organisation, by name. */
  list: orgProcedure("member:list")
    .input(ListMembers)
    .output(MemberPage)
    .query(({ ctx, input }) => listMembers(ctx.db, ctx.actor, input)),

  /**
   * Invites an e-mail address; the token is answered this once. Announces `invitation.created`.
   * Fails: MEMBER_EXISTS, ROLE_TOO_HIGH.
   */
  invite: orgMutation("member:invite", { answersSecret: true })
    .input(InviteMember)
    .output(InvitationIssued)
    .mutation(({ ctx, input }) => ctx.write(inviteMember, input)),

  /**
   * Joins the organisation that invited the caller's address. Announces `member.joined`.
   * Fails: INVITATION_NOT_FOUND, MEMBER_EXISTS.
   */
  accept: userMutation
    .input(AcceptInvitation)
    .output(Org)
    .mutation(({ ctx, input }) => ctx.write(acceptInvitation, input)),

  /**
   * Gives a member another role. Announces `member.role-changed`.
   * Fails: MEMBER_NOT_FOUND, ROLE_TOO_HIGH, OWNER_REQUIRED.
   */
  setRole: orgMutation("member:set-role")
    .input(SetMemberRole)
    .output(Member)
    .mutation(({ ctx, input }) => ctx.write(setMemberRole, input)),

  /**
   * Removes a member and their shares of boards. Announces `member.removed`, `board.unshared`.
   * Fails: MEMBER_NOT_FOUND, ROLE_TOO_HIGH, OWNER_REQUIRED.
   */
  remove: orgMutation("member:remove", { alsoLocks: boardsOfRemoved })
    .input(RemoveMember)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(removeMember, input)),

  /** Ends the caller's own membership. Announces `member.removed`, `board.unshared`. Fails: OWNER_REQUIRED. */
  leave: orgMutation("member:leave", { alsoLocks: boardsOfLeaver })
    .input(LeaveOrg)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(leaveOrg, input)),
});
