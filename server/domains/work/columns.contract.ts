import { z } from "zod";
import { STATES } from "../../../db/enums.ts";
import { Id, line, MutationId, page, PageInput, Version } from "../../fields.contract.ts";

export const ColumnName = line(200);
/** The most open tasks that a column may hold; null is no limit. */
const WipLimit = z.int().min(1).max(10_000).nullable();
/** The row to stand behind: null is first, absent is last. */
export const After = Id.nullable().optional();

export const Column = z.object({
  id: Id,
  boardId: Id,
  name: z.string(),
  rank: z.string(),
  wipLimit: z.int().nullable(),
  state: z.enum(STATES),
  version: Version,
});
export type Column = z.infer<typeof Column>;

export const CreateColumn = z.strictObject({
  boardId: Id,
  id: Id.optional(),
  name: ColumnName,
  wipLimit: WipLimit.optional(),
  after: After,
  ...MutationId,
});
export type CreateColumn = z.infer<typeof CreateColumn>;

export const UpdateColumn = z.strictObject({
  boardId: Id,
  columnId: Id,
  name: ColumnName.optional(),
  wipLimit: WipLimit.optional(),
  ...MutationId,
});
export type UpdateColumn = z.infer<typeof UpdateColumn>;

export const MoveColumn = z.strictObject({ boardId: Id, columnId: Id, after: After, ...MutationId });
export type MoveColumn = z.infer<typeof MoveColumn>;

/** Columns by rank, archived ones included unless `state` says otherwise. */
export const ListColumns = z.strictObject({ boardId: Id, state: z.enum(STATES).optional(), ...PageInput });
export type ListColumns = z.infer<typeof ListColumns>;
export const ColumnPage = page(Column);
export type ColumnPage = z.infer<typeof ColumnPage>;

/** What archives and what restores a column. */
export const ColumnTarget = z.strictObject({ boardId: Id, columnId: Id, ...MutationId });
export type ColumnTarget = z.infer<typeof ColumnTarget>;
