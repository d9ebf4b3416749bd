import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announce, type Tx } from "../../core/write.ts";
import { type Gap, rankInColumn } from "./place.ts";
import { taskJson, taskSource } from "./rows.ts";
import { loadGrounds, requireGap, requireKnown, requireOpen, requireOpenColumn, requireRoom } from "./task-grounds.ts";
import type {
  Card,
  CreateTask,
  GetTask,
  ListTasks,
  MoveTask,
  Task,
  TaskPage,
  TaskTarget,
  UpdateTask,
} from "./tasks.contract.ts";

/** A task with its details. Fails: TASK_NOT_FOUND. */
export async function getTask(db: Db, actor: BoardActor, { taskId }: GetTask): Promise<Task> {
  const [row] = await db.execute<{ task: Task }>(sql`
    select ${taskJson} as task from ${taskSource}
    where t.org_id = ${actor.orgId}::uuid and t.board_id = ${actor.boardId}::uuid and t.id = ${taskId}::uuid`);
  if (!row) throw new AppError("TASK_NOT_FOUND");
  return row.task;
}

/** Where a list goes on: behind this number. */
const ListKey = z.tuple([z.int32()]);

/** The tasks of a board by number, archived ones and those of archived columns included. */
export async function listTasks(db: Db, actor: BoardActor, input: ListTasks): Promise<TaskPage> {
  const after = decodeCursor(ListKey, input.cursor)?.[0] ?? 0;
  const rows = await db.execute<{ task: Task }>(sql`
    select ${taskJson} as task from ${taskSource}
    where t.org_id = ${actor.orgId}::uuid and t.board_id = ${actor.boardId}::uuid and t.number > ${after}::int
      and (${input.state ?? null}::text is null or t.state = ${input.state ?? null})
      and (${input.columnId ?? null}::uuid is null or t.column_id = ${input.columnId ?? null}::uuid)
    order by t.number limit ${input.limit + 1}::int`);
  const tasks = rows.map((row) => row.task);
  return toPage(tasks, input.limit, (task) => [task.number]);
}

/**
 * Creates a task with the next number of its project. Locks the project's row. Announces `task.created`.
 * Fails: COLUMN_NOT_FOUND, COLUMN_ARCHIVED, WIP_LIMIT_REACHED, TASK_NOT_FOUND (an unknown `after`), LABEL_NOT_FOUND,
 * ASSIGNEE_NOT_FOUND, ID_TAKEN.
 */
export async function createTask(tx: Tx, actor: BoardActor, input: CreateTask): Promise<Task> {
  const id = input.id ?? newId();
  const [[project], grounds] = await Promise.all([
    tx.db.execute<{ id: string; key: string; number: number }>(sql`
      select p.id, p.key, p.next_number as number from project p join board b on b.project_id = p.id
      where b.id = ${actor.boardId}::uuid and p.org_id = ${actor.orgId}::uuid for update of p`),
    loadGrounds(tx.db, actor, { ...input, taskId: id }),
  ]);
  if (!project) throw new AppError("BOARD_NOT_FOUND");
  if (grounds.idTaken) throw new AppError("ID_TAKEN");
  requireOpenColumn(grounds);
  requireRoom(grounds);
  requireKnown(grounds, input);
  const rank = await rankInColumn(tx, actor, input.columnId, requireGap(grounds), id);
  const now = tx.now.toISOString();
  const card: Card = {
    id,
    number: project.number,
    key: `${project.key}-${project.number}`,
    columnId: input.columnId,
    rank,
    title: input.title,
    hasDescription: input.description !== "",
    priority: input.priority,
    dueAt: input.dueAt,
    assigneeIds: input.assigneeIds,
    assigneeNames: [],
    labelIds: input.labelIds,
    version: tx.nextVersion(actor.boardId),
    createdAt: now,
    updatedAt: now,
  };
  tx.send(tx.db.execute(sql`update project set next_number = next_number + 1 where id = ${project.id}::uuid`));
  tx.send(
    tx.db.execute(sql`
      insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority, due_at,
        assignee_names, state, version, created_by, created_at, updated_at)
      values (${id}::uuid, ${actor.orgId}::uuid, ${project.id}::uuid, ${actor.boardId}::uuid, ${card.columnId}::uuid,
        ${card.number}::int, ${rank}, ${card.title}, ${input.description}, ${card.priority},
        ${card.dueAt}::timestamptz, '{}', 'open', ${card.version}::bigint, ${actor.userId}::uuid,
        ${now}::timestamptz, ${now}::timestamptz)`),
  );
  saveSets(tx, actor, id, input);
  announce(tx, actor, {
    type: "task.created",
    data: { task: card, description: input.description, members: grounds.people },
  });
  return { ...card, boardId: actor.boardId, description: input.description, state: "open", createdBy: actor.userId };
}

/**
 * Changes what a task says; what is absent stays. Announces `task.updated` with what changed, and nothing when nothing
 * did. Fails: TASK_NOT_FOUND, TASK_ARCHIVED, TASK_CHANGED (`ifVersion`), LABEL_NOT_FOUND, ASSIGNEE_NOT_FOUND.
 */
export async function updateTask(tx: Tx, actor: BoardActor, input: UpdateTask): Promise<Task> {
  const grounds = await loadGrounds(tx.db, actor, input);
  const before = requireOpen(grounds);
  if (input.ifVersion !== undefined && input.ifVersion !== before.version) throw new AppError("TASK_CHANGED");
  const newcomers = input.assigneeIds?.filter((userId) => !before.assigneeIds.includes(userId));
  requireKnown(grounds, { labelIds: input.labelIds, assigneeIds: newcomers });
  const names = input.assigneeNames && before.assigneeNames.filter((name) => input.assigneeNames?.includes(name));
  const changes = {
    ...changed("title", before.title, input.title),
    ...changed("priority", before.priority, input.priority),
    ...changed("dueAt", before.dueAt, input.dueAt),
    ...changed("assigneeIds", before.assigneeIds, input.assigneeIds),
    ...changed("assigneeNames", before.assigneeNames, names),
    ...changed("labelIds", before.labelIds, input.labelIds),
    ...changed(
      "hasDescription",
      before.hasDescription,
      input.description === undefined ? undefined : input.description !== "",
    ),
  };
  const description = changed("description", before.description, input.description);
  if (Object.keys({ ...changes, ...description }).length === 0) return before;
  const members = grounds.people.filter(({ userId }) => newcomers?.includes(userId));
  const after: Task = { ...before, ...changes, ...description, ...stamp(tx, actor) };
  tx.send(
    tx.db.execute(sql`
      update task set title = ${after.title}, description = ${after.description}, priority = ${after.priority},
        due_at = ${after.dueAt}::timestamptz, version = ${after.version}::bigint, updated_at = ${after.updatedAt}::timestamptz,
        assignee_names = array(select json_array_elements_text(${JSON.stringify(after.assigneeNames)}::json))
      where org_id = ${actor.orgId}::uuid and id = ${after.id}::uuid`),
  );
  saveSets(tx, actor, after.id, changes, before);
  announce(tx, actor, { type: "task.updated", data: { taskId: after.id, changes, ...description, members } });
  return after;
}

/**
 * Moves a task behind `after` in a column. Announces `task.moved`, or `task.restored` when it came out of an archived
 * column, and nothing when it stands there already.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, COLUMN_NOT_FOUND, COLUMN_ARCHIVED, WIP_LIMIT_REACHED.
 */
export async function moveTask(tx: Tx, actor: BoardActor, input: MoveTask): Promise<Task> {
  const grounds = await loadGrounds(tx.db, actor, input);
  const before = requireOpen(grounds);
  requireOpenColumn(grounds);
  const gap = requireGap(grounds);
  const stays = before.columnId === input.columnId;
  if (stays && (input.after === before.id || isBetween(before.rank, gap))) return before;
  if (!stays) requireRoom(grounds);
  const rank = await rankInColumn(tx, actor, input.columnId, gap, before.id);
  const moved: Task = { ...before, columnId: input.columnId, rank, ...stamp(tx, actor) };
  tx.send(
    tx.db.execute(sql`
      update task set column_id = ${moved.columnId}::uuid, rank = ${rank}, version = ${moved.version}::bigint,
        updated_at = ${moved.updatedAt}::timestamptz,
        left_column_id = case when ${stays}::boolean then left_column_id else ${before.columnId}::uuid end,
        left_rank = case when ${stays}::boolean then left_rank else ${before.rank} end
      where org_id = ${actor.orgId}::uuid and id = ${moved.id}::uuid`),
  );
  if (grounds.hidden) announce(tx, actor, { type: "task.restored", data: { task: toCard(moved) } });
  else announce(tx, actor, { type: "task.moved", data: { taskId: moved.id, columnId: moved.columnId, rank } });
  return moved;
}

/** Takes a task off the board. Announces `task.archived`; archiving an archived task changes nothing. */
export async function archiveTask(tx: Tx, actor: BoardActor, input: TaskTarget): Promise<Task> {
  const before = await getTask(tx.db, actor, input);
  if (before.state === "archived") return before;
  const archived: Task = { ...before, state: "archived", ...stamp(tx, actor) };
  saveState(tx, actor, archived);
  announce(tx, actor, { type: "task.archived", data: { taskId: archived.id } });
  return archived;
}

/**
 * Puts an archived task back, last in its column; in an archived column it stays out of sight with it. Announces
 * `task.restored`; restoring an open task changes nothing. Fails: TASK_NOT_FOUND, WIP_LIMIT_REACHED.
 */
export async function restoreTask(tx: Tx, actor: BoardActor, input: TaskTarget): Promise<Task> {
  const before = await getTask(tx.db, actor, input);
  if (before.state === "open") return before;
  const grounds = await loadGrounds(tx.db, actor, { taskId: before.id, columnId: before.columnId });
  requireRoom(grounds);
  const rank = await rankInColumn(tx, actor, before.columnId, requireGap(grounds), before.id);
  const restored: Task = { ...before, state: "open", rank, ...stamp(tx, actor) };
  saveState(tx, actor, restored);
  announce(tx, actor, { type: "task.restored", data: { task: toCard(restored) } });
  return restored;
}

function isBetween(rank: string, gap: Gap): boolean {
  return (gap.before === null || gap.before < rank) && (gap.after === null || rank < gap.after);
}

function stamp(tx: Tx, actor: BoardActor): { version: number; updatedAt: string } {
  return { version: tx.nextVersion(actor.boardId), updatedAt: tx.now.toISOString() };
}

/** `{name: value}` when a value was given and differs, else nothing. */
function changed<Name extends string, Value>(
  name: Name,
  before: Value,
  value: Value | undefined,
): { [N in Name]?: Value };
function changed(name: string, before: unknown, value: unknown): object {
  return value === undefined || JSON.stringify(value) === JSON.stringify(before) ? {} : { [name]: value };
}

function saveState(tx: Tx, actor: BoardActor, task: Task): void {
  tx.send(
    tx.db.execute(sql`
      update task set state = ${task.state}, rank = ${task.rank}, version = ${task.version}::bigint,
        updated_at = ${task.updatedAt}::timestamptz
      where org_id = ${actor.orgId}::uuid and id = ${task.id}::uuid`),
  );
}

/** Saves who is assigned and what labels there are, where given. Whoever is assigned is known to the board from then on. */
function saveSets(
  tx: Tx,
  { orgId, boardId }: BoardActor,
  taskId: string,
  sets: { assigneeIds?: string[]; labelIds?: string[] },
  before?: Task,
): void {
  const { assigneeIds, labelIds } = sets;
  const task = sql`${boardId}::uuid, ${taskId}::uuid`;
  if (assigneeIds && before && before.assigneeIds.length > 0) {
    tx.send(
      tx.db.execute(sql`delete from task_assignee
        where (board_id, task_id) = (${task}) and user_id <> all(${uuids(assigneeIds)})`),
    );
  }
  if (assigneeIds && assigneeIds.length > 0) {
    tx.send(
      tx.db.execute(sql`insert into board_member (org_id, board_id, user_id, role)
        select ${orgId}::uuid, ${boardId}::uuid, id, null from unnest(${uuids(assigneeIds)}) as id on conflict do nothing`),
    );
    tx.send(
      tx.db.execute(sql`insert into task_assignee (board_id, task_id, user_id)
        select ${task}, id from unnest(${uuids(assigneeIds)}) as id on conflict do nothing`),
    );
  }
  if (labelIds && before && before.labelIds.length > 0) {
    tx.send(
      tx.db.execute(sql`delete from task_label
        where (board_id, task_id) = (${task}) and label_id <> all(${uuids(labelIds)})`),
    );
  }
  if (labelIds && labelIds.length > 0) {
    tx.send(
      tx.db.execute(sql`insert into task_label (board_id, task_id, label_id)
        select ${task}, id from unnest(${uuids(labelIds)}) as id on conflict do nothing`),
    );
  }
}

/** A task as the board shows it. */
export function toCard({ boardId: _b, description: _d, state: _s, createdBy: _c, ...card }: Task): Card {
  return card;
}
