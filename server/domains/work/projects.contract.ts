import { z } from "zod";
import { STATES } from "../../../db/enums.ts";
import { Id, Instant, line, MutationId, page, PageInput } from "../../fields.contract.ts";

/** The `KEY` of `KEY-12`: 2 to 10 capital letters and digits, a letter first. */
const ProjectKey = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z][A-Z0-9]{1,9}$/u, "A key has 2 to 10 letters and digits, a letter first.");

export const Project = z.object({
  id: Id,
  orgId: Id,
  name: z.string(),
  key: z.string(),
  state: z.enum(STATES),
  createdAt: Instant,
});
export type Project = z.infer<typeof Project>;

export const CreateProject = z.strictObject({
  orgId: Id,
  id: Id.optional(),
  name: line(100),
  key: ProjectKey,
  ...MutationId,
});
export type CreateProject = z.infer<typeof CreateProject>;

export const ListProjects = z.strictObject({ orgId: Id, state: z.enum(STATES).optional(), ...PageInput });
export type ListProjects = z.infer<typeof ListProjects>;
export const ProjectPage = page(Project);
export type ProjectPage = z.infer<typeof ProjectPage>;

export const UpdateProject = z.strictObject({
  orgId: Id,
  projectId: Id,
  name: line(100).optional(),
  /** `"open"` restores an archived project. */
  state: z.literal("open").optional(),
  ...MutationId,
});
export type UpdateProject = z.infer<typeof UpdateProject>;

export const ArchiveProject = z.strictObject({ orgId: Id, projectId: Id, ...MutationId });
export type ArchiveProject = z.infer<typeof ArchiveProject>;

export const DeleteProject = z.strictObject({ orgId: Id, projectId: Id, ...MutationId });
export type DeleteProject = z.infer<typeof DeleteProject>;
