import { z } from "zod";
import { ACCOUNT_KINDS, ORG_ROLES } from "../../../db/enums.ts";
import { Email, Id, Instant, MutationId, page, PageInput } from "../../fields.contract.ts";
import { RoleRef } from "./roles.contract.ts";

export const Member = z.object({
  userId: Id,
  name: z.string(),
  /** A service account is a program, and has no address. */
  kind: z.enum(ACCOUNT_KINDS),
  email: z.string().nullable(),
  /** Of a custom role its base. */
  role: z.enum(ORG_ROLES),
  roleId: Id.nullable(),
  createdAt: Instant,
  /** In lists, to whoever may demand one. */
  hasSecondFactor: z.boolean().exactOptional(),
});
export type Member = z.infer<typeof Member>;

export const ListMembers = z.strictObject({ orgId: Id, ...PageInput });
export type ListMembers = z.infer<typeof ListMembers>;
export const MemberPage = page(Member);
export type MemberPage = z.infer<typeof MemberPage>;

export const SetMemberRole = z.strictObject({ orgId: Id, userId: Id, role: RoleRef, ...MutationId });
export type SetMemberRole = z.infer<typeof SetMemberRole>;

export const RemoveMember = z.strictObject({ orgId: Id, userId: Id, ...MutationId });
export type RemoveMember = z.infer<typeof RemoveMember>;

export const LeaveOrg = z.strictObject({ orgId: Id, ...MutationId });
export type LeaveOrg = z.infer<typeof LeaveOrg>;

export const InviteMember = z.strictObject({ orgId: Id, email: Email, role: RoleRef, ...MutationId });
export type InviteMember = z.infer<typeof InviteMember>;

export const AcceptInvitation = z.strictObject({ token: z.string().min(1).max(200), ...MutationId });
export type AcceptInvitation = z.infer<typeof AcceptInvitation>;
