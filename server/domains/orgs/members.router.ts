import { z } from "zod";
import { inEvenTime } from "../../core/even-time.ts";
import { orgMutation, orgProcedure, router, userMutation } from "../../core/trpc.ts";
import { InvitationIssued } from "./invitations.contract.ts";
import { inboxOfInvited } from "./inboxes.service.ts";
import { acceptInvitation, inviteMember, orgOfToken } from "./invitations.service.ts";
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
  concernsOwner,
  inboxOfPromoted,
  leaveOrg,
  listMembers,
  removeMember,
  setMemberRole,
  streamsOfLeaver,
  streamsOfRemoved,
} from "./members.service.ts";
import { Org } from "./orgs.contract.ts";

export const membersRouter = router({
  /** The members of an organisation, by name. */
  list: orgProcedure("member:list")
    .input(ListMembers)
    .output(MemberPage)
    .query(({ ctx, input }) => listMembers(ctx.db, ctx.actor, input)),

  /**
   * Invites an e-mail address; the token is answered this once. Announces `invitation.created`,
   * `invitation.received`.
   * Fails: MEMBER_EXISTS, ROLE_NOT_FOUND, ROLE_TOO_HIGH, INVITATIONS_TOO_MANY; REAUTHENTICATION_REQUIRED, for an owner.
   */
  invite: orgMutation("member:invite", { alsoLocks: inboxOfInvited, answersSecret: true, isRecent: concernsOwner })
    .input(InviteMember)
    .output(InvitationIssued)
    .mutation(({ ctx, input }) => inEvenTime(ctx.request, () => ctx.write(inviteMember, input))),

  /**
   * Joins the organisation that invited the caller's address. Announces `member.joined`, `org.joined`,
   * `invitation.withdrawn`.
   * Fails: INVITATION_NOT_FOUND, MEMBER_EXISTS.
   */
  accept: userMutation({ alsoLocks: orgOfToken })
    .input(AcceptInvitation)
    .output(Org)
    .mutation(({ ctx, input }) => ctx.write(acceptInvitation, input)),

  /**
   * Gives a member another role. Announces `member.role-changed`, `org.role-changed`.
   * Fails: MEMBER_NOT_FOUND, ROLE_NOT_FOUND, ROLE_TOO_HIGH, OWNER_REQUIRED; REAUTHENTICATION_REQUIRED, for an owner.
   */
  setRole: orgMutation("member:set-role", { alsoLocks: inboxOfPromoted, isRecent: concernsOwner })
    .input(SetMemberRole)
    .output(Member)
    .mutation(({ ctx, input }) => ctx.write(setMemberRole, input)),

  /**
   * Removes a member with their shares of boards and API keys. Announces `member.removed`, `board.unshared`, `org.left`.
   * Fails: MEMBER_NOT_FOUND, ROLE_TOO_HIGH, OWNER_REQUIRED; REAUTHENTICATION_REQUIRED, for an owner.
   */
  remove: orgMutation("member:remove", { alsoLocks: streamsOfRemoved, isRecent: concernsOwner })
    .input(RemoveMember)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(removeMember, input)),

  /** Ends the caller's own membership. Announces `member.removed`, `board.unshared`, `org.left`. Fails: OWNER_REQUIRED. */
  leave: orgMutation("member:leave", { alsoLocks: streamsOfLeaver })
    .input(LeaveOrg)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(leaveOrg, input)),
});
