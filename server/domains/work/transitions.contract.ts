import { z } from "zod";
import { BOARD_ROLES, TRANSITION_FIELDS } from "../../../db/enums.ts";
import { Id, line, MutationId, Version } from "../../fields.contract.ts";

const TransitionName = line(200);
/** Where a task may come from: null is anywhere, and nowhere, which is a task that is created there. */
const FromColumnIds = z.array(Id).min(1).max(500).transform(sortedSet).nullable();
/** What a task has to have: something that every task may have, or a field of the project, by its id. */
const RequiredField = z.union([z.enum(TRANSITION_FIELDS), Id]);
const RequiredFields = z.array(RequiredField).max(50).transform(sortedSet);
/** The lowest role at the board that may; null: whoever may move tasks. */
const MinimumRole = z.enum(BOARD_ROLES).nullable();

function sortedSet<Text extends string>(texts: Text[]): Text[] {
  return [...new Set(texts)].toSorted();
}

/** A way into a column. One that has any is entered by these alone. */
export const Transition = z.object({
  id: Id,
  boardId: Id,
  /** Shown to whom it refuses. */
  name: z.string(),
  fromColumnIds: z.array(Id).nullable(),
  toColumnId: Id,
  minimumRole: MinimumRole,
  requiredFields: z.array(RequiredField),
  version: Version,
});
export type Transition = z.infer<typeof Transition>;

export const CreateTransition = z.strictObject({
  boardId: Id,
  name: TransitionName,
  fromColumnIds: FromColumnIds.default(null),
  toColumnId: Id,
  minimumRole: MinimumRole.default(null),
  requiredFields: RequiredFields.default([]),
  ...MutationId,
});
export type CreateTransition = z.infer<typeof CreateTransition>;

/** What is absent stays. */
export const UpdateTransition = z.strictObject({
  boardId: Id,
  transitionId: Id,
  name: TransitionName.optional(),
  fromColumnIds: FromColumnIds.optional(),
  toColumnId: Id.optional(),
  minimumRole: MinimumRole.optional(),
  requiredFields: RequiredFields.optional(),
  ...MutationId,
});
export type UpdateTransition = z.infer<typeof UpdateTransition>;

export const DeleteTransition = z.strictObject({ boardId: Id, transitionId: Id, ...MutationId });
export type DeleteTransition = z.infer<typeof DeleteTransition>;
