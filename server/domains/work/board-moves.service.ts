import { type SQL, sql } from "drizzle-orm";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { requireLocked } from "../../core/event-log.ts";
import { announce, type Tx, type WriteScope } from "../../core/tx.ts";
import { recountBlockers } from "./blockers.service.ts";
import { type MovedToBoard, MoveToBoard } from "./board-moves.contract.ts";
import { BoardPicture } from "./board-picture.ts";
import type { BoardMember } from "./boards.contract.ts";
import { type Named, pack, peopleInFields } from "./luggage.ts";
import { leaveParts } from "./parts.service.ts";
import { requireBoard } from "./other-board.ts";
import { rankInColumn } from "./place.ts";
import { orgOf, saveBlocking } from "./relations.service.ts";
import { namedLabelsOf, taskJson, taskSource } from "./rows.ts";
import { type Arrival, saveBoardMove, saveFormerNumber } from "./save-board-move.ts";
import { requireGap, requireOpen, requireOpenColumn, requireRoom, requireWay } from "./task-grounds.ts";
import type { Task } from "./tasks.contract.ts";
import { moveTask, toCard } from "./tasks.service.ts";

/** The board that a task goes to, and those of the tasks that it is related to: what blocks what is counted there. */
export function boardsOfMove({ boardId, userId }: WriteScope & { on: "board" }, input: unknown): SQL {
  const { taskId, toBoardId } = MoveToBoard.parse(input);
  return sql`
    with own as (${orgOf(boardId, userId)})
    select b.id from own join board b on b.org_id = own.org_id and b.id = ${toBoardId}::uuid
    union select unnest(array[r.from_board_id, r.to_board_id]) from own join task_relation r on r.org_id = own.org_id
      and (r.from_task_id = ${taskId}::uuid or r.to_task_id = ${taskId}::uuid)`;
}

/**
 * Moves an open task to a column of another board of the organisation, whose limit and transitions hold as for a new one.
 * It keeps its id and all that is on it, but what the other board has no place for, and gets a number of the project if
 * that is another; the number that it had finds it still. Locks the streams of both boards, and of those with tasks that
 * it is related to. Announces `task.left` to its board and `task.arrived` to the other, `tasks.updated` of what were parts
 * of it, and `task.blockers-counted` of what it blocks; within its own board `task.moved` or `task.restored`.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, TASK_TRASHED, BOARD_NOT_FOUND, ACTION_FORBIDDEN and BOARD_ARCHIVED (also of the
 * other board), COLUMN_NOT_FOUND, COLUMN_ARCHIVED, WIP_LIMIT_REACHED, TRANSITION_REFUSED.
 */
export async function moveToBoard(tx: Tx, actor: BoardActor, input: MoveToBoard): Promise<MovedToBoard> {
  const { boardId: ownId, taskId, toBoardId, columnId, after } = input;
  if (toBoardId === ownId) {
    return { task: await moveTask.run(tx, actor, { boardId: ownId, taskId, columnId, after }), left: NOTHING };
  }
  const there = await requireBoard(tx, actor, { boardId: toBoardId, action: "task:create" });
  requireLocked(tx.streams, [toBoardId]);
  const picture = tx.picture(BoardPicture);
  const [ground] = await Promise.all([
    lookAround(tx, actor, { taskId, toBoardId }),
    picture.require(actor.boardId, { tasks: [taskId], fields: true }),
  ]);
  const { task } = requireOpen(picture, actor, taskId);
  if (!ground) throw new AppError("TASK_NOT_FOUND");
  const { related, partIds, projectId, toProjectId } = ground;
  requireLocked(
    tx.streams,
    related.map(({ boardId }) => boardId),
  );
  const arrival = await arrivalOf(picture, there, { task, ground, input });
  leaveParts(tx, actor, partIds);
  saveBoardMove(tx, there, task, arrival);
  const { number, left } = arrival;
  if (projectId !== toProjectId) saveFormerNumber(tx, there, { task, projectId, toProjectId, number });
  const moved = await tellBoth(tx, { actor, there }, task, related);
  return { task: moved, left: { ...left, parentId: task.parentId, partIds } };
}

const NOTHING = { labelIds: [], assigneeIds: [], fieldIds: [], parentId: null, partIds: [] };

/** What it comes with and where it stands, if it may. */
async function arrivalOf(
  picture: BoardPicture,
  there: BoardActor,
  { task, ground, input }: { task: Task; ground: Ground; input: MoveToBoard },
): Promise<Arrival> {
  const { columnId, after } = input;
  const { boardId } = there;
  const fields = picture.fields(task.boardId);
  const people = [...task.assigneeIds, ...ground.itemPeople, ...peopleInFields(fields, task.fields)];
  const keepsFields = ground.projectId === ground.toProjectId;
  const known = keepsFields ? task.number : ground.formerNumber;
  const numbered = known === null && { numbered: true as const };
  await picture.require(boardId, { to: { columnId, after }, people, fields: true, ...numbered });
  const column = requireOpenColumn(picture, there, columnId);
  requireRoom(column);
  const isSeenBy = (userId: string) => picture.person(boardId, userId) !== undefined;
  const luggage = pack(task, { ...ground, keepsFields, fields, toFields: picture.fields(boardId), isSeenBy });
  requireWay(column, { fromColumnId: null, task: { ...task, ...luggage }, role: there.role });
  const rank = await rankInColumn(picture, there, columnId, requireGap(picture, there, input, task.id), task.id);
  return {
    ...luggage,
    columnId,
    rank,
    number: known ?? picture.takeNumber(boardId).number,
    projectId: ground.toProjectId,
    version: picture.tx.nextVersion(boardId),
    seenBy: people.filter(isSeenBy),
  };
}

/** Another task that blocks it, or is blocked. */
interface Related {
  readonly id: string;
  readonly boardId: string;
  readonly isBlocked: boolean;
}

interface Ground extends Record<string, unknown> {
  projectId: string;
  toProjectId: string;
  /** In the other project it had this one. */
  formerNumber: number | null;
  labels: Named[];
  toLabels: Named[];
  /** Who is assigned to its items. */
  itemPeople: string[];
  partIds: string[];
  related: Related[];
}

async function lookAround(
  tx: Tx,
  { orgId, boardId }: BoardActor,
  { taskId, toBoardId }: { taskId: string; toBoardId: string },
): Promise<Ground | undefined> {
  const [ground] = await tx.db.execute<Ground>(sql`
    select t.project_id as "projectId", b.project_id as "toProjectId",
      (select f.number from former_number f where f.org_id = t.org_id and f.board_id = t.board_id and f.task_id = t.id
        and f.project_id = b.project_id order by f.number limit 1) as "formerNumber",
      ${namedLabelsOf(sql`t.board_id`)} as labels, ${namedLabelsOf(sql`b.id`)} as "toLabels",
      to_json(array(select distinct i.assignee_id from check_item i where i.org_id = t.org_id
        and i.board_id = t.board_id and i.task_id = t.id and i.assignee_id is not null)) as "itemPeople",
      to_json(array(select p.id from task p where p.board_id = t.board_id and p.parent_id = t.id order by p.id)) as "partIds",
      coalesce((select json_agg(json_build_object('id', o.id, 'boardId', o.board_id, 'isBlocked', r.to_task_id = o.id))
        from task_relation r join task o on o.org_id = r.org_id
          and o.id = case when r.from_task_id = t.id then r.to_task_id else r.from_task_id end
        where r.org_id = t.org_id and (r.from_task_id = t.id or r.to_task_id = t.id) and r.kind = 'blocks'), '[]'::json)
        as related
    from task t join board b on b.org_id = t.org_id and b.id = ${toBoardId}::uuid
    where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.id = ${taskId}::uuid`);
  return ground;
}

/** Counts what blocks what, and tells the boards; answers the task as it is by now. */
async function tellBoth(
  tx: Tx,
  { actor, there }: { actor: BoardActor; there: BoardActor },
  before: Task,
  related: readonly Related[],
): Promise<Task> {
  const { orgId, userId } = actor;
  const blockers = related.filter(({ isBlocked }) => !isBlocked);
  tx.send(tx.db.execute(saveBlocking(orgId, [before.id, ...blockers.map(({ id }) => id)])));
  const blocked = [
    ...Map.groupBy(
      related.filter(({ isBlocked }) => isBlocked),
      ({ boardId }) => boardId,
    ),
  ];
  const [{ task, members }, ...counted] = await Promise.all([
    readArrived(tx, there, before.id),
    ...blocked.map(([boardId, those]) => recountBlockers(tx, { orgId, boardId, taskIds: those.map(({ id }) => id) })),
  ]);
  announce(tx, actor, { type: "task.left", data: { taskId: before.id, toBoardId: there.boardId } });
  const { description } = task;
  const came = { fromBoardId: before.boardId, fromKey: before.key };
  announce(tx, there, { type: "task.arrived", data: { task: toCard(task), description, members, ...came } });
  for (const [index, [boardId]] of blocked.entries()) {
    for (const data of counted[index] ?? []) announce(tx, { userId, boardId }, { type: "task.blockers-counted", data });
  }
  return task;
}

/** The task on its board, what blocks it there counted, with all whom the board knows by it. */
async function readArrived(
  tx: Tx,
  { orgId, boardId }: BoardActor,
  taskId: string,
): Promise<{ task: Task; members: BoardMember[] }> {
  const [, [row]] = await Promise.all([
    recountBlockers(tx, { orgId, boardId, taskIds: [taskId] }),
    tx.db.execute<{ task: Task; members: BoardMember[] }>(sql`
      select ${taskJson} as task, coalesce((
        select json_agg(json_build_object('userId', u.id, 'name', u.name, 'role', m.role) order by u.id)
        from board_member m join app_user u on u.id = m.user_id where m.board_id = t.board_id and m.user_id in (
          select user_id from task_assignee where board_id = t.board_id and task_id = t.id
          union select assignee_id from check_item where org_id = t.org_id and board_id = t.board_id and task_id = t.id
          union select c.author_id from comment c where c.board_id = t.board_id and c.task_id = t.id
          union select unnest(c.mention_ids) from comment c where c.board_id = t.board_id and c.task_id = t.id
          union select r.user_id from comment c join comment_reaction r on r.board_id = c.board_id and r.comment_id = c.id
            where c.board_id = t.board_id and c.task_id = t.id
          union select f.value::uuid from task_field x join jsonb_each_text(t.fields) f on f.key = x.id::text
            where x.org_id = t.org_id and x.project_id = t.project_id and x.kind = 'person')), '[]'::json) as members
      from ${taskSource} where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.id = ${taskId}::uuid`),
  ]);
  if (!row) throw new Error("a task is there once it has arrived");
  return row;
}
