import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import { type BoardActor, findAtBoard, toBoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { requireLocked } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import { announce, type Tx, type WriteScope } from "../../core/tx.ts";
import { recountBlockers } from "./blockers.service.ts";
import {
  type BoardRelation,
  CreateRelation,
  DeleteRelation,
  type GetRelations,
  type Relation,
  type RelationName,
  type TaskRelations,
} from "./relations.contract.ts";
import { relationJson, relationSource } from "./rows.ts";

/** The most that a task may have, either way. */
export const RELATIONS_PER_TASK = 100;

/** What a task is to others, as far as the caller may see these. Fails: TASK_NOT_FOUND. */
export async function getRelations(db: Db, actor: BoardActor, { taskId }: GetRelations): Promise<TaskRelations> {
  const [row] = await db.execute<{ found: TaskRelations }>(sql`
    select json_build_object('taskId', t.id, 'relations', coalesce((
      select json_agg(${relationJson} order by r.created_at, r.id) from ${relationSource(actor.userId)}), '[]'::json)) as found
    from task t
    where t.org_id = ${actor.orgId}::uuid and t.board_id = ${actor.boardId}::uuid and t.id = ${taskId}::uuid`);
  if (!row) throw new AppError("TASK_NOT_FOUND");
  return row.found;
}

/**
 * The board of the other task; and the organisation, under whose lock all relations are made: a cycle may go by boards
 * that neither of the two is on. Nothing, for who does not belong to it.
 */
export function boardOfOther({ boardId, userId }: WriteScope & { on: "board" }, input: unknown): SQL {
  const { otherTaskId } = CreateRelation.parse(input);
  return sql`
    with own as (${orgOf(boardId, userId)})
    select org_id as id from own
    union select t.board_id from own join task t on t.org_id = own.org_id and t.id = ${otherTaskId}::uuid`;
}

/** The boards of a relation. */
export function boardOfRelated({ boardId, userId }: WriteScope & { on: "board" }, input: unknown): SQL {
  const { relationId } = DeleteRelation.parse(input);
  return sql`
    with own as (${orgOf(boardId, userId)})
    select unnest(array[r.from_board_id, r.to_board_id]) as id
    from own join task_relation r on r.org_id = own.org_id and r.id = ${relationId}::uuid`;
}

/** The organisation of a board, for who belongs to it. */
export function orgOf(boardId: string, userId: string): SQL {
  return sql`select b.org_id from board b
    join membership m on m.org_id = b.org_id and m.user_id = ${userId}::uuid where b.id = ${boardId}::uuid`;
}

/** A relation as it is kept. */
interface Kept extends BoardRelation {
  readonly fromTaskId: string;
  readonly fromBoardId: string;
  readonly toTaskId: string;
  readonly toBoardId: string;
}

interface End {
  readonly taskId: string;
  readonly boardId: string;
}

/**
 * Relates two tasks. Announces `relation.created` to the board of each. Fails: TASK_NOT_FOUND (either, or one that the
 * caller may not see), TASK_ARCHIVED, ACTION_FORBIDDEN and BOARD_ARCHIVED (also of the other board), RELATION_EXISTS,
 * RELATION_CYCLE, RELATIONS_TOO_MANY.
 */
export async function createRelation(tx: Tx, actor: BoardActor, input: CreateRelation): Promise<Relation> {
  const { taskId, otherTaskId } = input;
  if (taskId === otherTaskId) throw new AppError("RELATION_CYCLE");
  const other = await requireEnds(tx, actor, { taskId, otherTaskId });
  const id = newId();
  const kept = toKept({ id, name: input.name, own: { taskId, boardId: actor.boardId }, other });
  const refusal = await relationRefusal(tx, actor, kept);
  if (refusal !== undefined) throw new AppError(refusal);
  const { orgId, userId } = actor;
  tx.send(tx.db.execute(insertRelation(kept, { orgId, userId, at: tx.now.toISOString() })));
  const [found] = await Promise.all([
    findRelation(tx, actor, { taskId, relationId: id }),
    announceRelation(tx, actor, "relation.created", kept),
  ]);
  if (!found) throw new Error("a relation is there once it was made");
  return found.relation;
}

/**
 * Takes a relation away. Announces `relation.deleted` to the board of each task. Fails: TASK_NOT_FOUND,
 * RELATION_NOT_FOUND (also one with a task that the caller may not see), ACTION_FORBIDDEN and BOARD_ARCHIVED (also of
 * the other board).
 */
export async function deleteRelation(tx: Tx, actor: BoardActor, input: DeleteRelation): Promise<null> {
  const { taskId, relationId } = input;
  const found = await findRelation(tx, actor, { taskId, relationId });
  if (!found) throw new AppError("RELATION_NOT_FOUND");
  const { name, task } = found.relation;
  await requireChangeable(tx, actor, task.boardId, "RELATION_NOT_FOUND");
  const own = { taskId, boardId: actor.boardId };
  const kept = toKept({ id: relationId, name, own, other: { taskId: task.id, boardId: task.boardId } });
  tx.send(
    tx.db.execute(sql`delete from task_relation where org_id = ${actor.orgId}::uuid and id = ${relationId}::uuid`),
  );
  await announceRelation(tx, actor, "relation.deleted", kept);
  return null;
}

/** Where the other task is. Both are there, the first one is open, and the caller may change the boards of both. */
async function requireEnds(
  tx: Tx,
  actor: BoardActor,
  { taskId, otherTaskId }: { taskId: string; otherTaskId: string },
): Promise<End> {
  const rows = await tx.db.execute<{ id: string; boardId: string; state: string }>(sql`
    select id, board_id as "boardId", state from task
    where org_id = ${actor.orgId}::uuid and id in (${taskId}::uuid, ${otherTaskId}::uuid)`);
  const own = rows.find(({ id, boardId }) => id === taskId && boardId === actor.boardId);
  const other = rows.find(({ id }) => id === otherTaskId);
  if (!own || !other) throw new AppError("TASK_NOT_FOUND");
  if (own.state === "trashed" || other.state === "trashed") throw new AppError("TASK_TRASHED");
  if (own.state === "archived") throw new AppError("TASK_ARCHIVED");
  await requireChangeable(tx, actor, other.boardId, "TASK_NOT_FOUND");
  return { taskId: otherTaskId, boardId: other.boardId };
}

/** The caller may change tasks of the other board, too. `unseen`: what they are told of one that they may not see. */
async function requireChangeable(
  tx: Tx,
  actor: BoardActor,
  boardId: string,
  unseen: "TASK_NOT_FOUND" | "RELATION_NOT_FOUND",
): Promise<void> {
  if (boardId === actor.boardId) return;
  requireLocked(tx.streams, [boardId]);
  const { userId, key } = actor;
  const [found, [board]] = await Promise.all([
    findAtBoard(tx.db, { userId, boardId }),
    tx.db.execute<{ state: string }>(sql`select state from board where id = ${boardId}::uuid`),
  ]);
  if (found.role === null) throw new AppError(unseen);
  toBoardActor({ userId, boardId, key, ...found, state: board?.state ?? null }, "task:update");
}

function insertRelation(
  { id, kind, fromBoardId, fromTaskId, toBoardId, toTaskId }: Kept,
  { orgId, userId, at }: { orgId: string; userId: string; at: string },
): SQL {
  return sql`
    insert into task_relation (id, org_id, kind, from_board_id, from_task_id, to_board_id, to_task_id, created_by, created_at)
    values (${id}::uuid, ${orgId}::uuid, ${kind}, ${fromBoardId}::uuid, ${fromTaskId}::uuid, ${toBoardId}::uuid,
      ${toTaskId}::uuid, ${userId}::uuid, ${at}::timestamptz)`;
}

/** Why two tasks may not be related so; undefined: they may. */
async function relationRefusal(
  tx: Tx,
  { orgId }: BoardActor,
  { kind, fromTaskId, toTaskId }: Kept,
): Promise<"RELATION_EXISTS" | "RELATIONS_TOO_MANY" | "RELATION_CYCLE" | undefined> {
  requireLocked(tx.streams, [orgId]);
  const of = (taskId: string) => sql`(select count(*) from task_relation r where r.org_id = ${orgId}::uuid
    and (r.from_task_id = ${taskId}::uuid or r.to_task_id = ${taskId}::uuid))::int`;
  const [row] = await tx.db.execute<{ isThere: boolean; most: number; isCycle: boolean }>(sql`
    with recursive ahead(id) as (
      select ${toTaskId}::uuid where ${kind} <> 'relates'
      union select r.to_task_id from ahead
        join task_relation r on r.org_id = ${orgId}::uuid and r.from_task_id = ahead.id and r.kind = ${kind})
    select exists (select from task_relation r where r.org_id = ${orgId}::uuid and r.from_task_id = ${fromTaskId}::uuid
        and r.to_task_id = ${toTaskId}::uuid and r.kind = ${kind}) as "isThere",
      greatest(${of(fromTaskId)}, ${of(toTaskId)}) as most,
      exists (select from ahead where id = ${fromTaskId}::uuid) as "isCycle"`);
  if (row?.isThere === true) return "RELATION_EXISTS";
  if (row?.isCycle === true) return "RELATION_CYCLE";
  return row === undefined || row.most >= RELATIONS_PER_TASK ? "RELATIONS_TOO_MANY" : undefined;
}

/**
 * Lets tasks of a board block others of it, as an import says. What is there already stays; what cannot be is answered.
 * The organisation is locked. Announces nothing: whoever calls announces `board.reset`.
 */
export async function blockTasks<Pair extends { fromTaskId: string; toTaskId: string }>(
  tx: Tx,
  actor: BoardActor,
  pairs: readonly Pair[],
): Promise<{ made: number; refused: Pair[] }> {
  const { orgId, boardId, userId } = actor;
  const refused: Pair[] = [];
  const blocked = new Set<string>();
  for (const pair of pairs) {
    const { fromTaskId, toTaskId } = pair;
    const kept = {
      id: newId(),
      kind: "blocks",
      fromTaskId,
      toTaskId,
      fromBoardId: boardId,
      toBoardId: boardId,
    } as const;
    const refusal = await relationRefusal(tx, actor, kept);
    if (refusal === undefined) {
      await tx.db.execute(insertRelation(kept, { orgId, userId, at: tx.now.toISOString() }));
      blocked.add(toTaskId);
    } else if (refusal !== "RELATION_EXISTS") refused.push(pair);
  }
  if (blocked.size > 0) await recountBlockers(tx, { orgId, boardId, taskIds: [...blocked] });
  return { made: blocked.size, refused };
}

/** Each board hears of its own task alone. Of one that is blocked, the card changes. */
async function announceRelation(
  tx: Tx,
  actor: BoardActor,
  type: "relation.created" | "relation.deleted",
  { id, kind, fromTaskId, fromBoardId, toTaskId, toBoardId }: Kept,
): Promise<void> {
  const { orgId, userId } = actor;
  if (kind === "blocks" && fromBoardId !== toBoardId) tx.send(tx.db.execute(saveBlocking(orgId, [fromTaskId])));
  const counted = { orgId, boardId: toBoardId, taskIds: [toTaskId] };
  const [blocked = null] = kind === "blocks" ? await recountBlockers(tx, counted) : [];
  for (const boardId of new Set([fromBoardId, toBoardId])) {
    const relation: BoardRelation = {
      id,
      kind,
      fromTaskId: fromBoardId === boardId ? fromTaskId : null,
      toTaskId: toBoardId === boardId ? toTaskId : null,
    };
    announce(tx, { userId, boardId }, { type, data: { relation, blocked: toBoardId === boardId ? blocked : null } });
  }
}

/** The other boards on which tasks block something. */
export function saveBlocking(orgId: string, taskIds: readonly string[]): SQL {
  return sql`
    update task t set blocks_on_boards = array(select distinct r.to_board_id from task_relation r
      where r.org_id = t.org_id and r.from_task_id = t.id and r.kind = 'blocks' and r.to_board_id <> t.board_id)
    where t.org_id = ${orgId}::uuid and t.id = any(${uuids(taskIds)})`;
}

async function findRelation(
  tx: Tx,
  { orgId, boardId, userId }: BoardActor,
  { taskId, relationId }: { taskId: string; relationId: string },
): Promise<{ relation: Relation } | undefined> {
  const [row] = await tx.db.execute<{ relation: Relation | null }>(sql`
    select (select ${relationJson} from ${relationSource(userId)} and r.id = ${relationId}::uuid) as relation
    from task t where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.id = ${taskId}::uuid`);
  if (!row) throw new AppError("TASK_NOT_FOUND");
  return row.relation ? { relation: row.relation } : undefined;
}

interface Said {
  readonly id: string;
  readonly name: RelationName;
  readonly own: End;
  readonly other: End;
}

function toKept({ id, name, own, other }: Said): Kept {
  switch (name) {
    case "blocks":
    case "duplicates":
      return between(id, name, own, other);
    case "blocked-by":
      return between(id, "blocks", other, own);
    case "duplicated-by":
      return between(id, "duplicates", other, own);
    case "relates":
      return own.taskId < other.taskId ? between(id, name, own, other) : between(id, name, other, own);
  }
}

function between(id: string, kind: Kept["kind"], from: End, to: End): Kept {
  return { id, kind, fromTaskId: from.taskId, fromBoardId: from.boardId, toTaskId: to.taskId, toBoardId: to.boardId };
}
