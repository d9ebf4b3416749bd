import { z } from "zod";
import { boardMutation, boardProcedure, router } from "../../core/trpc.ts";
import { CreateRelation, DeleteRelation, GetRelations, Relation, TaskRelations } from "./relations.contract.ts";
import { boardOfOther, boardOfRelated, createRelation, deleteRelation, getRelations } from "./relations.service.ts";

/** What tasks are to each other: a part of both, so that whoever relates them may change what both say. */
export const relationsRouter = router({
  /** What a task is to others that the caller may see. */
  get: boardProcedure("task:read")
    .input(GetRelations)
    .output(TaskRelations)
    .query(({ ctx, input }) => getRelations(ctx.db, ctx.actor, input)),

  /** Relates a task to another one, of this or another board. */
  create: boardMutation("task:update", { alsoLocks: boardOfOther })
    .input(CreateRelation)
    .output(Relation)
    .mutation(({ ctx, input }) => ctx.write(createRelation, input)),

  /** Takes a relation away. */
  delete: boardMutation("task:update", { alsoLocks: boardOfRelated })
    .input(DeleteRelation)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteRelation, input)),
});
