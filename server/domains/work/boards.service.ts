import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { type BoardActor, mayDo, type OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { freshRanks } from "../../core/rank.ts";
import { requireRoom } from "../../core/room.ts";
import { announce, announceToInbox, announceToOrg, note, type Tx, type WriteScope } from "../../core/tx.ts";
import { Id, line } from "../../fields.contract.ts";
import { allowsArchived, BOARD_ACTIONS, type BoardAction } from "../../policy.ts";
import { blockedBoards, recountElsewhere } from "./blockers.service.ts";
import type {
  Board,
  BoardAccess,
  BoardPage,
  BoardTarget,
  CreateBoard,
  ListBoards,
  UpdateBoard,
} from "./boards.contract.ts";
import { withDefaults } from "./column-settings.ts";
import { makeLike } from "./likeness.ts";
import { getProject } from "./projects.service.ts";
import { boardJson } from "./rows.ts";
import { announceToShared } from "./shares.service.ts";

/** Of an organisation. */
const MOST_BOARDS = 5_000;

/** Where a list goes on: behind this name and id. */
const ListKey = z.tuple([line(200), Id]);

/** The boards of an organisation on which the caller has a role, by name. */
export async function listBoards(db: Db, actor: OrgActor, input: ListBoards): Promise<BoardPage> {
  const after = decodeCursor(ListKey, input.cursor);
  const rows = await db.execute<{ board: Board }>(sql`
    select ${boardJson} as board from board b
    left join board_member bm on bm.board_id = b.id and bm.user_id = ${actor.userId}::uuid
    where b.org_id = ${actor.orgId}::uuid and board_role(${actor.role}, b.visibility, bm.role) is not null
      and (${input.projectId ?? null}::uuid is null or b.project_id = ${input.projectId ?? null}::uuid)
      and (${input.state ?? null}::text is null or b.state = ${input.state ?? null})
      and (${after?.[0] ?? null}::text is null
        or (b.name collate "C", b.id) > (${after?.[0] ?? null}::text collate "C", ${after?.[1] ?? null}::uuid))
    order by b.name collate "C", b.id limit ${input.limit + 1}::int`);
  const boards = rows.map((row) => row.board);
  return toPage(boards, input.limit, (board) => [board.name, board.id]);
}

/**
 * Creates a board with its first columns; its creator manages it. Announces `board.created` to the organisation when
 * the organisation may see it, and `share.received` to the creator. Fails: PROJECT_NOT_FOUND, PROJECT_ARCHIVED, ID_TAKEN,
 * BOARDS_TOO_MANY, BOARD_NOT_FOUND, ACTION_FORBIDDEN (the board that it is to be like).
 */
export async function createBoard(tx: Tx, actor: OrgActor, input: CreateBoard): Promise<Board> {
  const { orgId } = actor;
  const id = input.id ?? newId();
  const [project, taken] = await Promise.all([
    getProject(tx.db, actor, input.projectId),
    tx.db.execute(sql`select 1 from taken_ids('board', array[${id}::uuid])`),
    requireRoomForBoard(tx.db, actor),
  ]);
  if (taken.length > 0) throw new AppError("ID_TAKEN");
  if (project.state === "archived") throw new AppError("PROJECT_ARCHIVED");
  const now = tx.now.toISOString();
  const board: Board = {
    id,
    orgId,
    projectId: project.id,
    name: input.name,
    visibility: input.visibility,
    state: "open",
    version: 0,
    createdAt: now,
    updatedAt: now,
  };
  note(tx, { id });
  insertBoard(tx, actor, board, null);
  if (input.likeBoardId !== undefined) {
    await makeLike(tx, actor, board, input.likeBoardId);
    return board;
  }
  const ranks = freshRanks(input.columns.length);
  const columns = input.columns.map((given, index) => {
    const { name, ...settings } = typeof given === "string" ? { name: given } : given;
    return { id: newId(), name, rank: ranks[index], ...withDefaults(settings) };
  });
  tx.send(
    tx.db.execute(sql`
      insert into board_column (id, org_id, board_id, name, rank, state_group, wip_limit, wip_mode, state, version)
      select n.id, ${orgId}::uuid, ${id}::uuid, n.name, n.rank, n."stateGroup", n."wipLimit", n."wipMode", 'open', 0
      from json_to_recordset(${JSON.stringify(columns)}::json)
        as n(id uuid, name text, rank text, "stateGroup" text, "wipLimit" int, "wipMode" text)`),
  );
  return board;
}

/** Room for one more, or for so many. Fails: BOARDS_TOO_MANY. */
export function requireRoomForBoard(db: Db, { orgId }: Pick<OrgActor, "orgId">, count = 1): Promise<void> {
  const rows = sql`select from board where org_id = ${orgId}::uuid`;
  return requireRoom(db, "BOARDS_TOO_MANY", { most: MOST_BOARDS + 1 - count, rows });
}

/** The caller's own inbox: it hears of the board that they make. */
export function inboxOfMaker({ userId }: WriteScope): SQL {
  return sql`select ${userId}::uuid`;
}

/** Inserts a board with its stream, managed by the actor; tells them, and the organisation when it may see it. */
export function insertBoard(tx: Tx, actor: OrgActor, board: Board, externalId: string | null): void {
  insertBoardRow(tx, actor, board, { externalId, laneBy: null });
  showBoard(tx, actor, board);
}

/** Without a stream nobody hears of it yet. */
export function insertBoardRow(
  tx: Tx,
  { userId }: Pick<OrgActor, "userId">,
  board: Board,
  { externalId, laneBy }: { externalId: string | null; laneBy: string | null },
): void {
  tx.send(
    tx.db.execute(sql`
      insert into board (id, org_id, project_id, name, visibility, state, version, lane_by, external_id, created_at, updated_at)
      values (${board.id}::uuid, ${board.orgId}::uuid, ${board.projectId}::uuid, ${board.name}, ${board.visibility},
        ${board.state}, ${board.version}::bigint, ${laneBy}, ${externalId}, ${board.createdAt}::timestamptz,
        ${board.updatedAt}::timestamptz)`),
  );
  tx.send(
    tx.db.execute(sql`
      insert into board_member (org_id, board_id, user_id, role)
      values (${board.orgId}::uuid, ${board.id}::uuid, ${userId}::uuid, 'manager')`),
  );
}

/** Gives a new board its stream, and tells who sees it. */
export function showBoard(tx: Tx, actor: Pick<OrgActor, "userId" | "orgId">, board: Board): void {
  tx.createStream({ id: board.id, orgId: board.orgId, kind: "board" });
  if (board.visibility === "org") announceToOrg(tx, actor, { type: "board.created", data: { board } });
  const own = { userId: actor.userId, inboxId: actor.userId };
  announceToInbox(tx, own, { type: "share.received", data: { board, role: "manager" } });
}

/**
 * What the caller may do on the board now: what their role there allows, their custom role, and their key, of an archived
 * board what may be done to one. Fails: BOARD_NOT_FOUND.
 */
export async function getBoardAccess(db: Db, actor: BoardActor): Promise<BoardAccess> {
  const [board] = await db.execute<Pick<Board, "state">>(
    sql`select b.state from board b where b.org_id = ${actor.orgId}::uuid and b.id = ${actor.boardId}::uuid`,
  );
  if (!board) throw new AppError("BOARD_NOT_FOUND");
  const isPossible = (action: BoardAction) => board.state === "open" || allowsArchived(action);
  return { role: actor.role, actions: BOARD_ACTIONS.filter((action) => isPossible(action) && mayDo(actor, action)) };
}

/**
 * Who hears of what happens to a board as a whole: its organisation, and the inboxes of those whom it is shared with.
 * Nobody, for who does not belong to the organisation.
 */
export function streamsAround({ boardId, userId }: WriteScope & { on: "board" }): SQL {
  return sql`
    with own as (
      select b.id, b.org_id from board b
      join membership m on m.org_id = b.org_id and m.user_id = ${userId}::uuid where b.id = ${boardId}::uuid)
    select org_id as id from own
    union all select bm.user_id from own join board_member bm on bm.board_id = own.id and bm.role is not null`;
}

/**
 * Renames a board or changes who may see it. Announces `board.updated` or `board.visibility-changed`, to those whom it is
 * shared with `board.changed`, and to the organisation the same, or `board.hidden` when it turns private; nothing when
 * nothing changed.
 */
export async function updateBoard(tx: Tx, actor: BoardActor, input: UpdateBoard): Promise<Board> {
  const { board: before, sharedWith } = await loadBoard(tx, actor);
  const name = input.name ?? before.name;
  const visibility = input.visibility ?? before.visibility;
  if (name === before.name && visibility === before.visibility) return before;
  const board = saveBoard(tx, actor, { ...before, name, visibility });
  const type = visibility === before.visibility ? "board.updated" : "board.visibility-changed";
  announce(tx, actor, { type, data: { board } });
  announceToShared(tx, actor, sharedWith, { type: "board.changed", data: { board } });
  if (visibility === "org") announceToOrg(tx, actor, { type: "board.changed", data: { board } });
  else if (before.visibility === "org") announceToOrg(tx, actor, { type: "board.hidden", data: { boardId: board.id } });
  return board;
}

/**
 * Makes a board read-only. Announces `board.archived`, and `board.changed` to those whom it is shared with and to the
 * organisation that sees it; archiving an archived board changes nothing.
 */
export async function archiveBoard(tx: Tx, actor: BoardActor, _input: BoardTarget): Promise<Board> {
  return setState(tx, actor, "archived");
}

/** Makes an archived board writable again. Announces `board.restored`, and `board.changed` as `archiveBoard` does. */
export async function restoreBoard(tx: Tx, actor: BoardActor, _input: BoardTarget): Promise<Board> {
  return setState(tx, actor, "open");
}

async function setState(tx: Tx, actor: BoardActor, state: Board["state"]): Promise<Board> {
  const { board: before, sharedWith, blocksOnBoards } = await loadBoard(tx, actor);
  if (before.state === state) return before;
  recountElsewhere(tx, blocksOnBoards);
  const board = saveBoard(tx, actor, { ...before, state });
  announce(tx, actor, { type: state === "archived" ? "board.archived" : "board.restored", data: { board } });
  announceToShared(tx, actor, sharedWith, { type: "board.changed", data: { board } });
  if (board.visibility === "org") announceToOrg(tx, actor, { type: "board.changed", data: { board } });
  return board;
}

/**
 * Deletes a board with all that is on it, and its stream: its watches end. Announces `board.deleted` to those whom it was
 * shared with, and `board.hidden` to the organisation when it saw it.
 */
export async function deleteBoard(tx: Tx, actor: BoardActor, _input: BoardTarget): Promise<null> {
  const { board, sharedWith, blocksOnBoards } = await loadBoard(tx, actor);
  recountElsewhere(tx, blocksOnBoards);
  announceToShared(tx, actor, sharedWith, { type: "board.deleted", data: { boardId: board.id } });
  // Assignments hold their people: they go first, the rest goes with the board.
  tx.send(tx.db.execute(sql`delete from task_assignee where board_id = ${board.id}::uuid`));
  tx.send(
    tx.db.execute(sql`delete from check_item where org_id = ${actor.orgId}::uuid and board_id = ${board.id}::uuid`),
  );
  tx.send(tx.db.execute(sql`delete from board where org_id = ${actor.orgId}::uuid and id = ${board.id}::uuid`));
  tx.send(tx.db.execute(sql`delete from stream where id = ${board.id}::uuid`));
  tx.streams.delete(board.id);
  tx.aftermath.forgottenStreams.add(board.id);
  if (board.visibility === "org") announceToOrg(tx, actor, { type: "board.hidden", data: { boardId: board.id } });
  return null;
}

interface LoadedBoard extends Record<string, unknown> {
  board: Board;
  sharedWith: string[];
  blocksOnBoards: string[];
}

/**
 * The board of the actor as it is before a change, the people whom it is shared with, and the boards on which its tasks
 * block something. Fails: BOARD_NOT_FOUND.
 */
async function loadBoard(tx: Tx, actor: BoardActor): Promise<LoadedBoard> {
  const [row] = await tx.db.execute<LoadedBoard>(sql`
    select ${boardJson} as board, coalesce((select json_agg(bm.user_id) from board_member bm
      where bm.board_id = b.id and bm.role is not null), '[]') as "sharedWith",
      ${blockedBoards(sql`b.id`)} as "blocksOnBoards"
    from board b where b.org_id = ${actor.orgId}::uuid and b.id = ${actor.boardId}::uuid`);
  if (!row) throw new AppError("BOARD_NOT_FOUND");
  note(tx, { id: row.board.id, before: row.board });
  return row;
}

function saveBoard(tx: Tx, actor: BoardActor, changed: Board): Board {
  const board = { ...changed, version: tx.nextVersion(actor.boardId), updatedAt: tx.now.toISOString() };
  tx.send(
    tx.db.execute(sql`
      update board set name = ${board.name}, visibility = ${board.visibility}, state = ${board.state},
        version = ${board.version}::bigint, updated_at = ${board.updatedAt}::timestamptz
      where org_id = ${actor.orgId}::uuid and id = ${board.id}::uuid`),
  );
  return board;
}
