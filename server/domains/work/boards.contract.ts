import { z } from "zod";
import { BOARD_ROLES, STATES, VISIBILITIES } from "../../../db/enums.ts";
import { BOARD_ACTIONS } from "../../policy.ts";
import { Id, Instant, line, MutationId, page, PageInput, Version } from "../../fields.contract.ts";
import { Column, NewColumn } from "./columns.contract.ts";
import { Field } from "./fields.contract.ts";
import { LaneBy } from "./lanes.contract.ts";
import { Label } from "./labels.contract.ts";
import { Card } from "./tasks.contract.ts";
import { Transition } from "./transitions.contract.ts";

const BoardName = line(200);

export const Board = z.object({
  id: Id,
  orgId: Id,
  projectId: Id,
  name: z.string(),
  visibility: z.enum(VISIBILITIES),
  state: z.enum(STATES),
  version: Version,
  createdAt: Instant,
  updatedAt: Instant,
});
export type Board = z.infer<typeof Board>;

/** Somebody whom the board knows: it was shared with them (`role`), or they were assigned on it (`role` may be null). */
export const BoardMember = z.object({ userId: Id, name: z.string(), role: z.enum(BOARD_ROLES).nullable() });
export type BoardMember = z.infer<typeof BoardMember>;

/**
 * A board at one version: open columns by rank, the open tasks of open columns by (columnId, rank), labels and
 * transitions by id, members by userId. Nothing in it depends on who asks. `cursor` continues it in `boards.live`.
 */
export const Snapshot = z.object({
  board: Board,
  columns: z.array(Column),
  tasks: z.array(Card),
  labels: z.array(Label),
  transitions: z.array(Transition),
  /** By what its tasks stand in lanes, as `groupByLane` of the client has them; a field may have been archived since. */
  laneBy: LaneBy.nullable(),
  /** Those of its project that are not archived, by rank. */
  fields: z.array(Field),
  members: z.array(BoardMember),
  cursor: z.string(),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const CreateBoard = z
  .strictObject({
    orgId: Id,
    projectId: Id,
    id: Id.optional(),
    name: BoardName,
    columns: z.array(NewColumn).max(50).default([]),
    /** Instead of `columns`: those of this board, with its labels, ways between columns and lanes, and none of its tasks. */
    likeBoardId: Id.optional(),
    visibility: z.enum(VISIBILITIES).default("org"),
    ...MutationId,
  })
  .refine(({ columns, likeBoardId }) => columns.length === 0 || likeBoardId === undefined, {
    message: "A board has columns of its own, or is like another one.",
    path: ["columns"],
  });
export type CreateBoard = z.infer<typeof CreateBoard>;

export const ListBoards = z.strictObject({
  orgId: Id,
  projectId: Id.optional(),
  state: z.enum(STATES).optional(),
  ...PageInput,
});
export type ListBoards = z.infer<typeof ListBoards>;
export const BoardPage = page(Board);
export type BoardPage = z.infer<typeof BoardPage>;

export const GetBoard = z.strictObject({ boardId: Id });
export type GetBoard = z.infer<typeof GetBoard>;

/** `lastEventId` is the cursor to go on from; the stock links fill it in when they come back. */
export const WatchBoard = z.strictObject({ boardId: Id, lastEventId: z.string().nullish() });
export type WatchBoard = z.infer<typeof WatchBoard>;

export const UpdateBoard = z.strictObject({
  boardId: Id,
  name: BoardName.optional(),
  visibility: z.enum(VISIBILITIES).optional(),
  ...MutationId,
});
export type UpdateBoard = z.infer<typeof UpdateBoard>;

/** What archives, restores and deletes a board. */
export const BoardTarget = z.strictObject({ boardId: Id, ...MutationId });
export type BoardTarget = z.infer<typeof BoardTarget>;

export const ShareBoard = z.strictObject({ boardId: Id, userId: Id, role: z.enum(BOARD_ROLES), ...MutationId });
export type ShareBoard = z.infer<typeof ShareBoard>;

export const UnshareBoard = z.strictObject({ boardId: Id, userId: Id, ...MutationId });
export type UnshareBoard = z.infer<typeof UnshareBoard>;

export const BoardAccess = z.object({ role: z.enum(BOARD_ROLES), actions: z.array(z.enum(BOARD_ACTIONS)) });
export type BoardAccess = z.infer<typeof BoardAccess>;
