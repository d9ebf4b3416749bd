import { z } from "zod";
import { boardMutation, boardOpening, boardProcedure, orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import { trusted } from "../../fields.contract.ts";
import { ApplyChanges, ChangeResults } from "./apply.contract.ts";
import { applyChanges, repeatChanges } from "./apply.service.ts";
import {
  Board,
  BoardAccess,
  BoardMember,
  BoardPage,
  BoardTarget,
  CreateBoard,
  GetBoard,
  ListBoards,
  ShareBoard,
  type Snapshot,
  UnshareBoard,
  UpdateBoard,
  WatchBoard,
} from "./boards.contract.ts";
import {
  archiveBoard,
  createBoard,
  deleteBoard,
  getBoardAccess,
  inboxOfMaker,
  listBoards,
  restoreBoard,
  streamsAround,
  updateBoard,
} from "./boards.service.ts";
import { BoardLanes, SetLanes } from "./lanes.contract.ts";
import { setLanes } from "./lanes.service.ts";
import { watchBoard } from "./live.ts";
import { getBoard } from "./opening.ts";
import { WatchPresence } from "./presence.contract.ts";
import { watchPresence } from "./presence-watch.ts";
import { inboxOfShared, inboxOfUnshared, shareBoard, unshareBoard } from "./shares.service.ts";

export const boardsRouter = router({
  /** Creates a board in a project, with its first columns, or like another board that the caller may read. */
  create: orgMutation("board:create", { alsoLocks: inboxOfMaker })
    .input(CreateBoard)
    .output(Board)
    .mutation(({ ctx, input }) => ctx.write(createBoard, input)),

  /** The boards that the caller may see, by name. */
  list: orgProcedure("board:list")
    .input(ListBoards)
    .output(BoardPage)
    .query(({ ctx, input }) => listBoards(ctx.db, ctx.actor, input)),

  /** The board as it is: open columns, cards, labels, the people it knows, and the cursor to go on from. */
  get: boardOpening("board:read")
    .input(GetBoard)
    .output(trusted<Snapshot>())
    .query(({ ctx }) => getBoard(ctx.app, ctx.request, ctx.claim)),

  /** The board as it changes: a snapshot or what was missed, then every event in order, exactly once. */
  live: boardOpening("board:read")
    .input(WatchBoard)
    .subscription(({ ctx, input, signal }) => watchBoard(ctx, input, signal)),

  /** Who else is at the board, and which tasks they change: whoever asks is there for as long as they ask. */
  presence: boardOpening("board:read")
    .input(WatchPresence)
    .subscription(({ ctx, input, signal }) => watchPresence(ctx, input, signal)),

  /** The caller's role on the board, and what it allows now: on an archived board less. */
  access: boardProcedure("board:read")
    .input(GetBoard)
    .output(BoardAccess)
    .query(({ ctx }) => getBoardAccess(ctx.db, ctx.actor)),

  /** Up to 100 changes in order under one lock, each answered for itself. */
  applyChanges: boardMutation("board:apply")
    .input(ApplyChanges)
    .output(ChangeResults)
    .mutation(({ ctx, input }) => ctx.write(applyChanges, input, repeatChanges)),

  /** Renames a board, or changes who may see it. */
  update: boardMutation("board:update", { alsoLocks: streamsAround })
    .input(UpdateBoard)
    .output(Board)
    .mutation(({ ctx, input }) => ctx.write(updateBoard, input)),

  /** Says by what the tasks of a board stand in lanes. */
  setLanes: boardMutation("board:update")
    .input(SetLanes)
    .output(BoardLanes)
    .mutation(({ ctx, input }) => ctx.write(setLanes, input)),

  /** Makes a board read-only. */
  archive: boardMutation("board:archive", { alsoLocks: streamsAround })
    .input(BoardTarget)
    .output(Board)
    .mutation(({ ctx, input }) => ctx.write(archiveBoard, input)),

  /** Makes an archived board writable again. */
  restore: boardMutation("board:restore", { alsoLocks: streamsAround })
    .input(BoardTarget)
    .output(Board)
    .mutation(({ ctx, input }) => ctx.write(restoreBoard, input)),

  /** Deletes a board with everything on it. */
  delete: boardMutation("board:delete", { alsoLocks: streamsAround })
    .input(BoardTarget)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteBoard, input)),

  /** Gives a member of the organisation a role on the board. */
  share: boardMutation("board:share", { alsoLocks: inboxOfShared })
    .input(ShareBoard)
    .output(BoardMember)
    .mutation(({ ctx, input }) => ctx.write(shareBoard, input)),

  /** Takes somebody's role on the board away; what the organisation gives them stays. */
  unshare: boardMutation("board:share", { alsoLocks: inboxOfUnshared })
    .input(UnshareBoard)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(unshareBoard, input)),
});
