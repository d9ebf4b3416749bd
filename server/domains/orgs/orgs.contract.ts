import { z } from "zod";
import { ORG_ROLES } from "../../../db/enums.ts";
import { Id, Instant, line, MutationId } from "../../fields.contract.ts";

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
  /** The role of the one who asks. */
  role: z.enum(ORG_ROLES),
  createdAt: Instant,
});
export type Org = z.infer<typeof Org>;

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

export const DeleteOrg = z.strictObject({ orgId: Id, ...MutationId });
export type DeleteOrg = z.infer<typeof DeleteOrg>;
