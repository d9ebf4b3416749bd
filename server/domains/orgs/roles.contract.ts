import { z } from "zod";
import { BASE_ROLES, ORG_ROLES } from "../../../db/enums.ts";
import { Id, line, MutationId, page, PageInput } from "../../fields.contract.ts";
import { ACTIONS } from "../../policy.ts";

/** A role that an organisation made for itself: what it is on boards by its base, and all that it allows. */
export const CustomRole = z.object({
  id: Id,
  name: z.string(),
  base: z.enum(BASE_ROLES),
  actions: z.array(z.string()),
});
export type CustomRole = z.infer<typeof CustomRole>;

/** A custom role, as whoever holds it sees it beside its base. */
export const HeldCustomRole = CustomRole.omit({ base: true });
export type HeldCustomRole = z.infer<typeof HeldCustomRole>;

/** A role that a member may have: the name of a built-in one, or the id of a custom one. */
export const RoleRef = z.union([z.enum(ORG_ROLES), Id]);
export type RoleRef = z.infer<typeof RoleRef>;

const Actions = z.array(z.enum(ACTIONS)).max(ACTIONS.length);
const Name = line(50).refine((name) => !ORG_ROLES.some((known) => known === name.toLowerCase()), {
  error: "That is the name of a built-in role.",
});

export const ListRoles = z.strictObject({ orgId: Id, ...PageInput });
export type ListRoles = z.infer<typeof ListRoles>;
export const RolePage = page(CustomRole);
export type RolePage = z.infer<typeof RolePage>;

/** Without `actions` it allows what its base does, and on a board whatever the role there allows. */
export const CreateRole = z.strictObject({
  orgId: Id,
  name: Name,
  base: z.enum(BASE_ROLES),
  actions: Actions.optional(),
  ...MutationId,
});
export type CreateRole = z.infer<typeof CreateRole>;

export const UpdateRole = z.strictObject({
  orgId: Id,
  roleId: Id,
  name: Name.optional(),
  actions: Actions.optional(),
  ...MutationId,
});
export type UpdateRole = z.infer<typeof UpdateRole>;

export const DeleteRole = z.strictObject({ orgId: Id, roleId: Id, ...MutationId });
export type DeleteRole = z.infer<typeof DeleteRole>;
