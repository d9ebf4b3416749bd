import { z } from "zod";
import { ORG_ROLES } from "../../../db/enums.ts";
import { Email, Id, Instant, MutationId, page, PageInput } from "../../fields.contract.ts";

export const Member = z.object({
  userId: Id,
  name: z.string(),
  email: z.string(),
  role: z.enum(ORG_ROLES),
  createdAt: Instant,
});
export type Member = z.infer<typeof Member>;

export const ListMembers = z.strictObject({ orgId: Id, ...PageInput });
export type ListMembers = z.infer<typeof ListMembers>;
export const MemberPage = page(Member);
export type MemberPage = z.infer<typeof MemberPage>;

export const SetMemberRole = z.strictObject({ orgId: Id, userId: Id, role: z.enum(ORG_ROLES), ...MutationId });
export type SetMemberRole = z.infer<typeof SetMemberRole>;

export const RemoveMember = z.strictObject({ orgId: Id, userId: Id, ...MutationId });
export type RemoveMember = z.infer<typeof RemoveMember>;

export const LeaveOrg = z.strictObject({ orgId: Id, ...MutationId });
export type LeaveOrg = z.infer<typeof LeaveOrg>;

export const InviteMember = z.strictObject({ orgId: Id, email: Email, role: z.enum(ORG_ROLES), ...MutationId });
export type InviteMember = z.infer<typeof InviteMember>;

export const AcceptInvitation = z.strictObject({ token: z.string().min(1).max(200), ...MutationId });
export type AcceptInvitation = z.infer<typeof AcceptInvitation>;
