import { z } from "zod";
import { PLAN_KINDS, PLAN_STATES } from "../../../db/enums.ts";
import { Day, Id, Instant, line, MutationId, page, PageInput } from "../../fields.contract.ts";

const PlanName = line(200);

/** A milestone or a sprint of a project: what some of its tasks are to be done for. */
export const Plan = z.object({
  id: Id,
  projectId: Id,
  kind: z.enum(PLAN_KINDS),
  name: z.string(),
  startsOn: Day.nullable(),
  endsOn: Day.nullable(),
  state: z.enum(PLAN_STATES),
  createdAt: Instant,
});
export type Plan = z.infer<typeof Plan>;
export const PlanPage = page(Plan);
export type PlanPage = z.infer<typeof PlanPage>;

export const ListPlans = z.strictObject({
  orgId: Id,
  projectId: Id,
  kind: z.enum(PLAN_KINDS).optional(),
  state: z.enum(PLAN_STATES).optional(),
  /** Only what this task is to be done for. */
  taskId: Id.optional(),
  ...PageInput,
});
export type ListPlans = z.infer<typeof ListPlans>;

export const CreatePlan = z.strictObject({
  orgId: Id,
  projectId: Id,
  kind: z.enum(PLAN_KINDS),
  name: PlanName,
  startsOn: Day.nullable().default(null),
  endsOn: Day.nullable().default(null),
  ...MutationId,
});
export type CreatePlan = z.infer<typeof CreatePlan>;

/** What is absent stays. */
export const UpdatePlan = z.strictObject({
  orgId: Id,
  planId: Id,
  name: PlanName.optional(),
  startsOn: Day.nullable().optional(),
  endsOn: Day.nullable().optional(),
  state: z.enum(PLAN_STATES).optional(),
  ...MutationId,
});
export type UpdatePlan = z.infer<typeof UpdatePlan>;

export const DeletePlan = z.strictObject({ orgId: Id, planId: Id, ...MutationId });
export type DeletePlan = z.infer<typeof DeletePlan>;

/** Puts tasks into a milestone or sprint in place of the one of that kind that they were in; null: into none. */
export const PlanTasks = z.strictObject({
  boardId: Id,
  taskIds: z
    .array(Id)
    .min(1)
    .max(1_000)
    .transform((ids) => [...new Set(ids)]),
  kind: z.enum(PLAN_KINDS),
  planId: Id.nullable(),
  ...MutationId,
});
export type PlanTasks = z.infer<typeof PlanTasks>;
