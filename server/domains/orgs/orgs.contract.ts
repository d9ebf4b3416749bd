import { z } from "zod";
import { ACCOUNT_KINDS, ORG_ROLES } from "../../../db/enums.ts";
import { Id, Instant, InstantInput, line, MutationId } from "../../fields.contract.ts";
import { Board } from "../work/boards.contract.ts";
import { ORG_ACTIONS } from "../../policy.ts";
import { Project } from "../work/projects.contract.ts";
import { CustomRole } from "./roles.contract.ts";

const Slug = z
  .string()
  .trim()
  .toLowerCase()
  .min(1)
  .max(60)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/u, "A slug has letters, digits and single hyphens.");

export const Org = z.object({
  id: Id,
  name: z.string(),
  slug: z.string(),
  /** The role of the one who asks; of a custom one its base. */
  role: z.enum(ORG_ROLES),
  /** From when on its members need a second factor; null: it demands none. */
  factorDueAt: Instant.nullable(),
  createdAt: Instant,
});
export type Org = z.infer<typeof Org>;

/** A member as the organisation's stream tells of them. `role` is the base of a custom role, whose id is `roleId`. */
const OrgPerson = z.object({
  userId: Id,
  name: z.string(),
  kind: z.enum(ACCOUNT_KINDS),
  role: z.enum(ORG_ROLES),
  roleId: Id.nullable(),
});

/** What somebody may do in an organisation: what their role allows, or, of that, their key. */
export const OrgAccess = z.object({ role: z.enum(ORG_ROLES), actions: z.array(z.enum(ORG_ACTIONS)) });
export type OrgAccess = z.infer<typeof OrgAccess>;

/**
 * An organisation at one version, as all of its members but guests see it: members by userId, roles and projects by id, and by id
 * the boards that the organisation may see. Nothing in it depends on who asks. `cursor` continues it in `orgs.live`.
 */
export const OrgSnapshot = z.object({
  org: Org.pick({ id: true, name: true, slug: true, factorDueAt: true }),
  members: z.array(OrgPerson),
  roles: z.array(CustomRole),
  projects: z.array(Project),
  boards: z.array(Board),
  cursor: z.string(),
});
export type OrgSnapshot = z.infer<typeof OrgSnapshot>;

/** `lastEventId` is the cursor to go on from; the stock links fill it in when they come back. */
export const WatchOrg = z.strictObject({ orgId: Id, lastEventId: z.string().nullish() });
export type WatchOrg = z.infer<typeof WatchOrg>;

export const CreateOrg = z.strictObject({ name: line(100), ...MutationId });
export type CreateOrg = z.infer<typeof CreateOrg>;

export const GetOrg = z.strictObject({ orgId: Id });
export type GetOrg = z.infer<typeof GetOrg>;

export const UpdateOrg = z.strictObject({
  orgId: Id,
  name: line(100).optional(),
  slug: Slug.optional(),
  ...MutationId,
});
export type UpdateOrg = z.infer<typeof UpdateOrg>;

/** `from`: at once, an instant within a year, or null: no longer. */
export const DemandSecondFactor = z.strictObject({
  orgId: Id,
  from: z.union([z.literal("now"), InstantInput]).nullable(),
  ...MutationId,
});
export type DemandSecondFactor = z.infer<typeof DemandSecondFactor>;

export const DeleteOrg = z.strictObject({ orgId: Id, ...MutationId });
export type DeleteOrg = z.infer<typeof DeleteOrg>;
