import { sql } from "drizzle-orm";
import { each } from "../../../db/columns.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import type { Tx } from "../../core/tx.ts";
import type { Attachment } from "./attachments.contract.ts";
import { COPIED, type CopiedTask, type CopyTask } from "./board-moves.contract.ts";
import { BoardPicture } from "./board-picture.ts";
import type { CheckItem, Checklist } from "./checklists.contract.ts";
import { type Luggage, type Named, pack } from "./luggage.ts";
import { newThings } from "./needs.ts";
import { requireBoard } from "./other-board.ts";
import { attachmentJson, checkItemJson, checklistJson, namedLabelsOf, taskJson, taskSource } from "./rows.ts";
import { peopleIn } from "./task-grounds.ts";
import type { CreateTask, Task } from "./tasks.contract.ts";
import { addTask } from "./tasks.service.ts";
import { MAKE_THUMBNAIL } from "./thumbnails.ts";

/**
 * Makes a copy of a task, with what is asked for of what is on it; of a task of another board with what has a place here.
 * Files are not copied: both tasks have them. Announces `task.created`.
 * Fails: TASK_NOT_FOUND, TASK_TRASHED, BOARD_NOT_FOUND (also of the other board), ACTION_FORBIDDEN, COLUMN_NOT_FOUND,
 * COLUMN_ARCHIVED, WIP_LIMIT_REACHED, TRANSITION_REFUSED, ID_TAKEN.
 */
export async function copyTask(tx: Tx, actor: BoardActor, input: CopyTask): Promise<CopiedTask> {
  const { boardId, fromBoardId = boardId, columnId, after, id } = input;
  const [, model] = await Promise.all([
    fromBoardId === boardId ? actor : requireBoard(tx, actor, { boardId: fromBoardId, action: "task:read" }),
    lookAt(tx, actor, { ...input, fromBoardId }),
  ]);
  const picture = tx.picture(BoardPicture);
  picture.ask(fromBoardId, { fields: true });
  await picture.require(boardId, {
    created: newThings("task", id),
    numbered: true,
    to: { columnId, after },
    fields: true,
    labelIds: model.toLabels.map((label) => label.id),
    people: peopleOf(model),
  });
  const isSeenBy = (userId: string) => picture.person(boardId, userId) !== undefined;
  const [fields, toFields] = [picture.fields(fromBoardId), picture.fields(boardId)];
  const luggage = pack(model.task, { ...model, keepsFields: false, fields, toFields, isSeenBy });
  const items = model.items.map((item) => ({
    ...item,
    assigneeId: item.assigneeId !== null && isSeenBy(item.assigneeId) ? item.assigneeId : null,
  }));
  const met = [...luggage.assigneeIds, ...items.flatMap(({ assigneeId }) => assigneeId ?? [])];
  const members = [...new Set(met)].flatMap((userId) => picture.person(boardId, userId) ?? []);
  const counts = { ...countOf(items), attachmentCount: model.attachments.length };
  const task = await addTask(picture, actor, toCreate(input, model.task, luggage), { members, counts });
  putChecklists(picture, task, { ...model, items });
  if (model.attachments.length > 0) {
    await picture.aside(async () => attachSame(tx, actor, { taskId: task.id, attachments: model.attachments }));
  }
  return { task, left: luggage.left };
}

function countOf(items: readonly CheckItem[]): { itemsDone: number; itemsTotal: number } {
  return { itemsDone: items.filter(({ state }) => state === "done").length, itemsTotal: items.length };
}

interface Model {
  readonly task: Task;
  readonly labels: readonly Named[];
  readonly toLabels: readonly Named[];
  readonly checklists: readonly Checklist[];
  readonly items: readonly CheckItem[];
  readonly attachments: readonly Attachment[];
}

/** What is to be copied: nothing of what was not asked for. Its attachments stay until this transaction ends. */
async function lookAt(
  tx: Tx,
  { orgId }: BoardActor,
  { boardId, fromBoardId, taskId, take = [...COPIED] }: CopyTask & { fromBoardId: string },
): Promise<Model> {
  const takes = (what: (typeof COPIED)[number]) => take.includes(what);
  const there = sql`org_id = ${orgId}::uuid and board_id = ${fromBoardId}::uuid and task_id = ${taskId}::uuid`;
  const isWanted = sql`${takes("checklists")}::boolean`;
  const [[row], attachments] = await Promise.all([
    tx.db.execute<Omit<Model, "attachments"> & Record<string, unknown>>(sql`
      select ${taskJson} as task, ${namedLabelsOf(sql`t.board_id`)} as labels,
        ${namedLabelsOf(sql`${boardId}::uuid`)} as "toLabels",
        coalesce((select json_agg(${checklistJson} order by c.rank, c.id) from checklist c
          where ${isWanted} and ${there}), '[]'::json) as checklists,
        coalesce((select json_agg(${checkItemJson} order by i.checklist_id, i.rank, i.id) from check_item i
          where ${isWanted} and ${there}), '[]'::json) as items
      from ${taskSource}
      where t.org_id = ${orgId}::uuid and t.board_id = ${fromBoardId}::uuid and t.id = ${taskId}::uuid`),
    tx.db.execute<{ attachment: Attachment }>(sql`
      select ${attachmentJson} as attachment from attachment a where ${takes("attachments")}::boolean and ${there}
      order by a.created_at, a.id for key share`),
  ]);
  if (!row) throw new AppError("TASK_NOT_FOUND");
  if (row.task.state === "trashed") throw new AppError("TASK_TRASHED");
  const none = { startAt: null, startOn: null, dueAt: null, dueOn: null, timeZone: null };
  const task: Task = {
    ...row.task,
    ...(!takes("assignees") && { assigneeIds: [] }),
    ...(!takes("labels") && { labelIds: [] }),
    ...(!takes("fields") && { fields: {} }),
    ...(!takes("dates") && none),
  };
  const items = row.items.map((item) => ({
    ...item,
    ...(!takes("assignees") && { assigneeId: null }),
    ...(!takes("dates") && { dueAt: null }),
  }));
  return { ...row, task, items, attachments: attachments.map(({ attachment }) => attachment) };
}

/** Whoever may come along. Of which kind a field is, is known later. */
function peopleOf({ task, items }: Model): string[] {
  return [...task.assigneeIds, ...items.flatMap(({ assigneeId }) => assigneeId ?? []), ...peopleIn(task.fields)];
}

function toCreate({ boardId, columnId, after, id, title }: CopyTask, task: Task, luggage: Luggage): CreateTask {
  const { description, priority, startAt, startOn, dueAt, dueOn, timeZone, estimate, coverColor } = task;
  const { assigneeIds, labelIds, fields } = luggage;
  const start = startOn === null ? { startAt } : { startOn };
  // A day says its instant.
  const due = dueOn === null ? { dueAt } : { dueAt: null, dueOn };
  const said = { title: title ?? task.title, description, priority, ...start, ...due, timeZone, estimate, coverColor };
  return { boardId, columnId, after, id, ...said, assigneeIds, labelIds, fields };
}

function putChecklists(
  picture: BoardPicture,
  { id: taskId, boardId, version }: Task,
  { checklists, items }: Pick<Model, "checklists" | "items">,
): void {
  const ids = new Map(checklists.map(({ id }) => [id, newId()]));
  for (const checklist of checklists) {
    picture.checklists.checklists.put({ ...checklist, id: ids.get(checklist.id) ?? newId(), boardId, taskId, version });
  }
  for (const item of items) {
    const checklistId = ids.get(item.checklistId) ?? item.checklistId;
    picture.checklists.items.put({ ...item, id: newId(), boardId, taskId, checklistId, version });
  }
}

/** Attaches the files of other attachments. Small pictures that are not made yet are made for each. */
function attachSame(
  tx: Tx,
  { orgId, boardId, userId }: BoardActor,
  { taskId, attachments }: { taskId: string; attachments: readonly Attachment[] },
): void {
  const copies = attachments.map(({ id, thumbnail }) => ({ id: newId(), ofId: id, thumbnail }));
  tx.send(
    tx.db.execute(sql`
      insert into attachment (id, org_id, board_id, task_id, file_id, name, content_type, size_bytes, thumbnail, version,
        created_by, created_at)
      select n.id, a.org_id, ${boardId}::uuid, ${taskId}::uuid, a.file_id, a.name, a.content_type, a.size_bytes, a.thumbnail,
        t.version, ${userId}::uuid, ${tx.now.toISOString()}::timestamptz
      from unnest(${each("uuid", copies, ({ id }) => id)}, ${each("uuid", copies, ({ ofId }) => ofId)}) n(id, of_id)
      join attachment a on a.org_id = ${orgId}::uuid and a.id = n.of_id join task t on t.id = ${taskId}::uuid`),
  );
  tx.send(
    tx.db.execute(sql`
      update task set attachment_count = ${copies.length}::int where org_id = ${orgId}::uuid and id = ${taskId}::uuid`),
  );
  for (const { id, thumbnail } of copies) {
    if (thumbnail === "waiting") tx.later(MAKE_THUMBNAIL, { orgId, boardId, attachmentId: id });
  }
}
