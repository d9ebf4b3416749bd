import { z } from "zod";
import { STATE_GROUPS, STATES, WIP_MODES } from "../../../db/enums.ts";
import { Id, line, MutationId, page, PageInput, Version } from "../../fields.contract.ts";

const ColumnName = line(200);
/** The most open tasks that a column may hold; null is no limit. */
const WipLimit = z.int().min(1).max(10_000).nullable();
/** A hard limit refuses one task more, a soft one is only shown. */
const WipMode = z.enum(WIP_MODES);
/** What the tasks of a column are, whatever it is called. */
const StateGroup = z.enum(STATE_GROUPS);
/** The row to stand behind: null is first, absent is last. */
export const After = Id.nullable().optional();

const ColumnSettings = {
  stateGroup: StateGroup.optional(),
  wipLimit: WipLimit.optional(),
  wipMode: WipMode.optional(),
};

export const Column = z.object({
  id: Id,
  boardId: Id,
  name: z.string(),
  rank: z.string(),
  stateGroup: StateGroup,
  wipLimit: z.int().nullable(),
  wipMode: WipMode,
  state: z.enum(STATES),
  version: Version,
});
export type Column = z.infer<typeof Column>;

/** A column of a new board: its name, or more than that. */
export const NewColumn = z.union([ColumnName, z.strictObject({ name: ColumnName, ...ColumnSettings })]);

export const CreateColumn = z.strictObject({
  boardId: Id,
  id: Id.optional(),
  name: ColumnName,
  ...ColumnSettings,
  after: After,
  ...MutationId,
});
export type CreateColumn = z.infer<typeof CreateColumn>;

export const UpdateColumn = z.strictObject({
  boardId: Id,
  columnId: Id,
  name: ColumnName.optional(),
  ...ColumnSettings,
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
