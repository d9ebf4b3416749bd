import { orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import {
  CreateField,
  Field,
  FieldTarget,
  GetFields,
  MoveField,
  ProjectFields,
  UpdateField,
} from "./fields.contract.ts";
import {
  archiveField,
  boardsOfProject,
  createField,
  getFields,
  moveField,
  restoreField,
  updateField,
} from "./fields.service.ts";

/** Fields are a part of their project: whoever may change it may change them. */
export const fieldsRouter = router({
  /** The fields of a project in their order, archived ones too. */
  get: orgProcedure("project:list")
    .input(GetFields)
    .output(ProjectFields)
    .query(({ ctx, input }) => getFields(ctx.db, ctx.actor, input)),

  /** Gives the tasks of a project a field, behind `after`. */
  create: orgMutation("project:update", { alsoLocks: boardsOfProject })
    .input(CreateField)
    .output(Field)
    .mutation(({ ctx, input }) => ctx.write(createField, input)),

  /** Renames a field, or says what its options are. */
  update: orgMutation("project:update", { alsoLocks: boardsOfProject })
    .input(UpdateField)
    .output(Field)
    .mutation(({ ctx, input }) => ctx.write(updateField, input)),

  /** Moves a field behind `after` among those of its project. */
  move: orgMutation("project:update", { alsoLocks: boardsOfProject })
    .input(MoveField)
    .output(Field)
    .mutation(({ ctx, input }) => ctx.write(moveField, input)),

  /** Puts a field out of sight, with what tasks have of it. */
  archive: orgMutation("project:update", { alsoLocks: boardsOfProject })
    .input(FieldTarget)
    .output(Field)
    .mutation(({ ctx, input }) => ctx.write(archiveField, input)),

  /** Brings an archived field back, with what tasks have of it. */
  restore: orgMutation("project:update", { alsoLocks: boardsOfProject })
    .input(FieldTarget)
    .output(Field)
    .mutation(({ ctx, input }) => ctx.write(restoreField, input)),
});
