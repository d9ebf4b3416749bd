import { z } from "zod";
import { RELATION_KINDS, STATE_GROUPS, TASK_STATES } from "../../../db/enums.ts";
import { Id, Instant, MutationId } from "../../fields.contract.ts";

/** What a task is to another one, said of the first. */
const RelationName = z.enum(["blocks", "blocked-by", "relates", "duplicates", "duplicated-by"]);
export type RelationName = z.infer<typeof RelationName>;

/** The other task of a relation, as it is now. */
const RelatedTask = z.object({
  id: Id,
  boardId: Id,
  key: z.string(),
  title: z.string(),
  state: z.enum(TASK_STATES),
  /** Of the column that it stands in: whether it is done. */
  stateGroup: z.enum(STATE_GROUPS),
});

export const Relation = z.object({ id: Id, name: RelationName, task: RelatedTask, createdBy: Id, createdAt: Instant });
export type Relation = z.infer<typeof Relation>;

/** What a task is to others, as far as who asks may see them; the oldest first. */
export const TaskRelations = z.object({ taskId: Id, relations: z.array(Relation) });
export type TaskRelations = z.infer<typeof TaskRelations>;

/** A relation as a board tells of it: null stands for a task of another board, which not everybody may see. */
export const BoardRelation = z.object({
  id: Id,
  kind: z.enum(RELATION_KINDS),
  fromTaskId: Id.nullable(),
  toTaskId: Id.nullable(),
});
export type BoardRelation = z.infer<typeof BoardRelation>;

/** What blocks a task, as its card shows it. */
export const Blocked = z.object({ taskId: Id, blockerIds: z.array(Id), blockersElsewhere: z.int() });
export type Blocked = z.infer<typeof Blocked>;

export const GetRelations = z.strictObject({ boardId: Id, taskId: Id });
export type GetRelations = z.infer<typeof GetRelations>;

export const CreateRelation = z.strictObject({
  boardId: Id,
  taskId: Id,
  name: RelationName,
  /** Of any board of the organisation. */
  otherTaskId: Id,
  ...MutationId,
});
export type CreateRelation = z.infer<typeof CreateRelation>;

export const DeleteRelation = z.strictObject({ boardId: Id, taskId: Id, relationId: Id, ...MutationId });
export type DeleteRelation = z.infer<typeof DeleteRelation>;
