import { z } from "zod";
import { BASE_ROLES, ORG_ROLES } from "../../../db/enums.ts";
import { Id, Instant, line, MutationId, page, PageInput } from "../../fields.contract.ts";

/** A program's own account in one organisation. It acts by API keys (`keys.create` with its id as `serviceId`) alone. */
export const ServiceAccount = z.object({
  id: Id,
  orgId: Id,
  name: z.string(),
  /** Of a custom role its base. */
  role: z.enum(ORG_ROLES),
  roleId: Id.nullable(),
  /** No key of a disabled one counts. */
  state: z.enum(["active", "disabled"]),
  createdBy: Id,
  createdAt: Instant,
});
export type ServiceAccount = z.infer<typeof ServiceAccount>;

export const ListServices = z.strictObject({ orgId: Id, ...PageInput });
export type ListServices = z.infer<typeof ListServices>;
export const ServicePage = page(ServiceAccount);
export type ServicePage = z.infer<typeof ServicePage>;

/** `role`: a built-in one but owner, or the id of a custom one. */
export const CreateService = z.strictObject({
  orgId: Id,
  name: line(100),
  role: z.union([z.enum(BASE_ROLES), Id]),
  ...MutationId,
});
export type CreateService = z.infer<typeof CreateService>;

export const ServiceTarget = z.strictObject({ orgId: Id, serviceId: Id, ...MutationId });
export type ServiceTarget = z.infer<typeof ServiceTarget>;
