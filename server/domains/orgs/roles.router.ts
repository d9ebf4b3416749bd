import { z } from "zod";
import { orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import { inboxesOfRole } from "./inboxes.service.ts";
import { CreateRole, CustomRole, DeleteRole, ListRoles, RolePage, UpdateRole } from "./roles.contract.ts";
import { createRole, deleteRole, listRoles, updateRole } from "./roles.service.ts";

export const rolesRouter = router({
  /** The roles that the organisation made for itself, by name. The four built-in ones are always there beside them. */
  list: orgProcedure("role:list")
    .input(ListRoles)
    .output(RolePage)
    .query(({ ctx, input }) => listRoles(ctx.db, ctx.actor, input)),

  /**
   * Makes a role of a base and a set of actions; `members.setRole` gives it. Announces `role.created`.
   * Fails: ROLE_TOO_HIGH, ROLE_NAME_TAKEN, ROLES_TOO_MANY.
   */
  create: orgMutation("role:create")
    .input(CreateRole)
    .output(CustomRole)
    .mutation(({ ctx, input }) => ctx.write(createRole, input)),

  /**
   * Renames a role, or changes what it allows, at once for all who hold it. Announces `role.updated`, `org.role-changed`.
   * Fails: ROLE_NOT_FOUND, ROLE_TOO_HIGH, ROLE_NAME_TAKEN.
   */
  update: orgMutation("role:update", { alsoLocks: inboxesOfRole })
    .input(UpdateRole)
    .output(CustomRole)
    .mutation(({ ctx, input }) => ctx.write(updateRole, input)),

  /** Deletes a role that nobody has. Announces `role.deleted`. Fails: ROLE_NOT_FOUND, ROLE_TOO_HIGH, ROLE_IN_USE. */
  delete: orgMutation("role:delete")
    .input(DeleteRole)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteRole, input)),
});
