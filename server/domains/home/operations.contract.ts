import { z } from "zod";
import { OPERATION_KINDS, OPERATION_STATES } from "../../../db/enums.ts";
import { Id, Instant, MutationId, page, PageInput } from "../../fields.contract.ts";

/** Long work that somebody started, which a job does. What it came to is in `operations.get`. */
export const Operation = z.object({
  id: Id,
  orgId: Id,
  kind: z.enum(OPERATION_KINDS),
  state: z.enum(OPERATION_STATES),
  /** How much is done, of how much, in what its kind counts; null: nobody knows yet. */
  done: z.int(),
  total: z.int().nullable(),
  /** Why it failed, as an error kind. */
  errorKind: z.string().nullable(),
  createdAt: Instant,
  finishedAt: Instant.nullable(),
});
export type Operation = z.infer<typeof Operation>;

export const OperationDetails = Operation.extend({
  /** What of what it was given is to blame: where → sentence. */
  errorFields: z.record(z.string(), z.string()).nullable(),
  /** What its kind says, once it is done. */
  result: z.record(z.string(), z.json()).nullable(),
});
export type OperationDetails = z.infer<typeof OperationDetails>;

/** One's own, newest first. */
export const ListOperations = z.strictObject({ orgId: Id.optional(), ...PageInput });
export type ListOperations = z.infer<typeof ListOperations>;
export const OperationPage = page(Operation);
export type OperationPage = z.infer<typeof OperationPage>;

export const GetOperation = z.strictObject({ operationId: Id });
export type GetOperation = z.infer<typeof GetOperation>;

export const CancelOperation = z.strictObject({ operationId: Id, ...MutationId });
export type CancelOperation = z.infer<typeof CancelOperation>;
