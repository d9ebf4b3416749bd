import { type SQL, sql } from "drizzle-orm";
import { uuids } from "../../../db/columns.ts";
import { type BoardActor, mayDo, type OrgActor } from "../../core/access.ts";
import type { BoardRole } from "../../../db/enums.ts";
import { AppError } from "../../core/app-error.ts";
import { requireLocked } from "../../core/event-log.ts";
import { announce, announceToInbox, note, type Tx, type WriteScope } from "../../core/tx.ts";
import type { InboxNews } from "../../events.ts";
import { actionsOf } from "../../policy.ts";
import { type Board, type BoardMember, ShareBoard, UnshareBoard } from "./boards.contract.ts";
import { boardJson } from "./rows.ts";

/** The inbox of the member who is given a role on a board. */
export function inboxOfShared(scope: WriteScope & { on: "board" }, input: unknown): SQL {
  return inboxAtBoard(scope, ShareBoard.parse(input).userId);
}

/** The inbox of the member whose role on a board is taken away. */
export function inboxOfUnshared(scope: WriteScope & { on: "board" }, input: unknown): SQL {
  return inboxAtBoard(scope, UnshareBoard.parse(input).userId);
}

/** Whoever has a role on a board belongs to its organisation, and so must the caller: else there is none. */
function inboxAtBoard(scope: { boardId: string; userId: string }, memberId: string): SQL {
  return sql`
    select m.user_id from board b
    join membership mine on mine.org_id = b.org_id and mine.user_id = ${scope.userId}::uuid
    join membership m on m.org_id = b.org_id and m.user_id = ${memberId}::uuid where b.id = ${scope.boardId}::uuid`;
}

/**
 * Gives a member of the organisation a role on the board. Announces `board.shared`, and to them `share.received`.
 * Fails: MEMBER_NOT_FOUND, ROLE_TOO_HIGH.
 */
export async function shareBoard(tx: Tx, actor: BoardActor, { userId, role }: ShareBoard): Promise<BoardMember> {
  const [row] = await tx.db.execute<{ name: string; role: BoardMember["role"]; board: Board }>(sql`
    select u.name, bm.role, ${boardJson} as board from membership m join app_user u on u.id = m.user_id
    join board b on b.org_id = m.org_id and b.id = ${actor.boardId}::uuid
    left join board_member bm on bm.board_id = ${actor.boardId}::uuid and bm.user_id = m.user_id
    where m.org_id = ${actor.orgId}::uuid and m.user_id = ${userId}::uuid for key share of m`);
  if (!row) throw new AppError("MEMBER_NOT_FOUND");
  for (const one of [row.role, role]) requireCoverOf(actor, one);
  const member: BoardMember = { userId, name: row.name, role };
  note(tx, { id: toShareId(actor, userId), before: { ...member, role: row.role } });
  if (row.role === role) return member;
  requireLocked(tx.streams, [userId]);
  tx.send(
    tx.db.execute(sql`
      insert into board_member (org_id, board_id, user_id, role)
      values (${actor.orgId}::uuid, ${actor.boardId}::uuid, ${userId}::uuid, ${role})
      on conflict (board_id, user_id) do update set role = excluded.role`),
  );
  announce(tx, actor, { type: "board.shared", data: { member } });
  const theirs = { userId: actor.userId, inboxId: userId };
  announceToInbox(tx, theirs, { type: "share.received", data: { board: row.board, role } });
  return member;
}

/**
 * Takes somebody's role on the board away. Announces `board.unshared`, and to them `share.withdrawn`.
 * Fails: MEMBER_NOT_FOUND without such a role, ROLE_TOO_HIGH.
 */
export async function unshareBoard(tx: Tx, actor: BoardActor, { userId }: UnshareBoard): Promise<null> {
  const removed = await takeShare(tx, actor, userId);
  if (!removed) throw new AppError("MEMBER_NOT_FOUND");
  note(tx, { id: toShareId(actor, userId), before: removed.before });
  announce(tx, actor, { type: "board.unshared", data: { userId, member: removed.member } });
  requireLocked(tx.streams, [userId]);
  const theirs = { userId: actor.userId, inboxId: userId };
  announceToInbox(tx, theirs, { type: "share.withdrawn", data: { boardId: actor.boardId } });
  return null;
}

/** How the audit log calls somebody's share of a board. */
function toShareId({ boardId }: BoardActor, userId: string): string {
  return `${boardId}/${userId}`;
}

/** Whether somebody whom a board knows (alias `bm`) is assigned to something there, or has to do with a comment. */
const TAKES_PART = sql`(exists (select from task_assignee a where a.board_id = bm.board_id and a.user_id = bm.user_id)
  or exists (select from check_item i
    where i.org_id = bm.org_id and i.board_id = bm.board_id and i.assignee_id = bm.user_id)
  or exists (select from comment c
    where c.board_id = bm.board_id and (c.author_id = bm.user_id or bm.user_id = any(c.mention_ids)))
  or exists (select from comment_reaction r where r.board_id = bm.board_id and r.user_id = bm.user_id))`;

/** Takes a share away under the board's lock; `member` is what the board still knows of the person. */
async function takeShare(
  tx: Tx,
  actor: BoardActor,
  userId: string,
): Promise<{ before: BoardMember; member: BoardMember | null } | undefined> {
  const { boardId } = actor;
  const [row] = await tx.db.execute<{ name: string; role: BoardRole; takesPart: boolean }>(sql`
    select u.name, bm.role, ${TAKES_PART} as "takesPart"
    from board_member bm join app_user u on u.id = bm.user_id
    where bm.board_id = ${boardId}::uuid and bm.user_id = ${userId}::uuid and bm.role is not null`);
  if (!row) return undefined;
  requireCoverOf(actor, row.role);
  const key = sql`board_id = ${boardId}::uuid and user_id = ${userId}::uuid`;
  tx.send(
    tx.db.execute(
      row.takesPart
        ? sql`update board_member set role = null where ${key}`
        : sql`delete from board_member where ${key}`,
    ),
  );
  const before = { userId, name: row.name, role: row.role };
  return { before, member: row.takesPart ? { ...before, role: null } : null };
}

/** Nobody gives or takes a role on a board that allows more there than they may do. Fails: ROLE_TOO_HIGH. */
function requireCoverOf(actor: BoardActor, role: BoardRole | null): void {
  if (role !== null && !actionsOf(role).every((action) => mayDo(actor, action))) throw new AppError("ROLE_TOO_HIGH");
}

/** Tells the people whom a board is shared with, under its lock and those of their inboxes. */
export function announceToShared(tx: Tx, actor: BoardActor, inboxIds: readonly string[], news: InboxNews): void {
  requireLocked(tx.streams, inboxIds);
  for (const inboxId of inboxIds) announceToInbox(tx, { userId: actor.userId, inboxId }, news);
}

/** The boards of an organisation that are shared with somebody, for its members. None for anybody else. */
export function boardsSharedWith(caller: { userId: string; orgId: string }, userId: string): SQL {
  return sql`
    select bm.board_id from board_member bm
    join membership m on m.org_id = bm.org_id and m.user_id = ${caller.userId}::uuid
    where bm.org_id = ${caller.orgId}::uuid and bm.user_id = ${userId}::uuid and bm.role is not null`;
}

/** A role that somebody has on a board, and whether they take part there without it. */
interface Share extends Record<string, unknown> {
  boardId: string;
  takesPart: boolean;
}

/** The shares that somebody has of an organisation's boards. */
export function listShares(tx: Tx, actor: OrgActor, userId: string): Promise<readonly Share[]> {
  return tx.db.execute<Share>(sql`
    select bm.board_id as "boardId", ${TAKES_PART} as "takesPart"
    from board_member bm
    where bm.org_id = ${actor.orgId}::uuid and bm.user_id = ${userId}::uuid and bm.role is not null
    order by bm.board_id`);
}

/**
 * Ends shares of somebody; boards where they take part go on knowing them. Runs under the locks of those boards'
 * streams. Announces `board.unshared` on each.
 */
export function endShares(
  tx: Tx,
  actor: OrgActor,
  { userId, name, shares }: { userId: string; name: string; shares: readonly Share[] },
): void {
  const kept = shares.filter(({ takesPart }) => takesPart).map(({ boardId }) => boardId);
  const gone = shares.filter(({ takesPart }) => !takesPart).map(({ boardId }) => boardId);
  requireLocked(tx.streams, [...kept, ...gone]);
  tx.send(
    tx.db.execute(sql`
    update board_member set role = null
    where org_id = ${actor.orgId}::uuid and user_id = ${userId}::uuid and board_id = any(${uuids(kept)})`),
  );
  tx.send(
    tx.db.execute(sql`
    delete from board_member
    where org_id = ${actor.orgId}::uuid and user_id = ${userId}::uuid and board_id = any(${uuids(gone)})`),
  );
  for (const { boardId, takesPart } of shares) {
    const member = takesPart ? { userId, name, role: null } : null;
    announce(tx, { ...actor, boardId }, { type: "board.unshared", data: { userId, member } });
  }
}
