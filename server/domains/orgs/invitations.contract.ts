import { z } from "zod";
import { ORG_ROLES } from "../../../db/enums.ts";
import { Id, Instant, MutationId, page, PageInput } from "../../fields.contract.ts";

export const Invitation = z.object({
  id: Id,
  email: z.string(),
  /** Of a custom role its base. */
  role: z.enum(ORG_ROLES),
  roleId: Id.nullable(),
  invitedBy: Id,
  createdAt: Instant,
  expiresAt: Instant,
});
export type Invitation = z.infer<typeof Invitation>;

/** The token is shown this once; only its hash is kept. */
export const InvitationIssued = z.object({ invitation: Invitation, token: z.string() });
export type InvitationIssued = z.infer<typeof InvitationIssued>;

export const ListInvitations = z.strictObject({ orgId: Id, ...PageInput });
export type ListInvitations = z.infer<typeof ListInvitations>;
export const InvitationPage = page(Invitation);
export type InvitationPage = z.infer<typeof InvitationPage>;

export const RevokeInvitation = z.strictObject({ orgId: Id, invitationId: Id, ...MutationId });
export type RevokeInvitation = z.infer<typeof RevokeInvitation>;
