import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { announce } from "../../core/tx.ts";
import { boardService } from "./board-service.ts";
import { gapAmong, needsOf, rankAmong, recount, requireChecklist, requireOpenTask } from "./checklist-grounds.ts";
import type {
  Checklist,
  CreateChecklist,
  DeleteChecklist,
  GetChecklists,
  MoveChecklist,
  TaskChecklists,
  UpdateChecklist,
} from "./checklists.contract.ts";
import { newThings } from "./needs.ts";
import { isBetween } from "./place.ts";
import { checkItemJson, checklistJson } from "./rows.ts";

/** The most checklists that a task may have. */
export const CHECKLISTS_PER_TASK = 50;

/** The checklists of a task with all their items, which are few enough for one answer. Fails: TASK_NOT_FOUND. */
export async function getChecklists(db: Db, actor: BoardActor, { taskId }: GetChecklists): Promise<TaskChecklists> {
  const [row] = await db.execute<{ found: TaskChecklists }>(sql`
    select json_build_object('taskId', t.id, 'version', t.version,
      'checklists', coalesce((select json_agg(${checklistJson} order by c.rank, c.id) from checklist c
        where c.org_id = t.org_id and c.board_id = t.board_id and c.task_id = t.id), '[]'::json),
      'items', coalesce((select json_agg(${checkItemJson} order by i.checklist_id, i.rank, i.id) from check_item i
        where i.org_id = t.org_id and i.board_id = t.board_id and i.task_id = t.id), '[]'::json)) as found
    from task t
    where t.org_id = ${actor.orgId}::uuid and t.board_id = ${actor.boardId}::uuid and t.id = ${taskId}::uuid`);
  if (!row) throw new AppError("TASK_NOT_FOUND");
  return row.found;
}

/**
 * Adds a checklist to a task. Announces `checklist.created`.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, TASK_FULL, ID_TAKEN.
 */
export const createChecklist = boardService<CreateChecklist, Checklist>(
  ({ id, taskId }) => ({ ...needsOf({ taskId }), created: newThings("checklist", id) }),
  (picture, actor, { id = newId(), taskId, name, after }) => {
    const task = requireOpenTask(picture, actor, taskId);
    if (picture.isTaken({ kind: "checklist", id })) throw new AppError("ID_TAKEN");
    const rows = picture.checklists.checklists;
    const others = picture.checklists.of(taskId);
    if (others.length >= CHECKLISTS_PER_TASK) throw new AppError("TASK_FULL");
    const rank = rankAmong(picture, actor, { gap: gapAmong(others, after), others, rows, taskId });
    const version = picture.tx.nextVersion(actor.boardId);
    const checklist: Checklist = { id, boardId: actor.boardId, taskId, name, rank, version };
    rows.put(checklist);
    announce(picture.tx, actor, { type: "checklist.created", data: { checklist, ...recount(picture, actor, task) } });
    return checklist;
  },
);

/**
 * Renames a checklist. Announces `checklist.updated`, and nothing when nothing changed.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, CHECKLIST_NOT_FOUND.
 */
export const updateChecklist = boardService<UpdateChecklist, Checklist>(
  needsOf,
  (picture, actor, { taskId, checklistId, name }) => {
    const task = requireOpenTask(picture, actor, taskId);
    const before = requireChecklist(picture, task, checklistId);
    if (name === before.name) return before;
    const checklist: Checklist = { ...before, name, version: picture.tx.nextVersion(actor.boardId) };
    picture.checklists.checklists.put(checklist);
    announce(picture.tx, actor, { type: "checklist.updated", data: { checklist, ...recount(picture, actor, task) } });
    return checklist;
  },
);

/**
 * Moves a checklist among those of its task. Announces `checklist.moved`, and nothing when it stands there already.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, CHECKLIST_NOT_FOUND.
 */
export const moveChecklist = boardService<MoveChecklist, Checklist>(
  needsOf,
  (picture, actor, { taskId, checklistId, after }) => {
    const task = requireOpenTask(picture, actor, taskId);
    const before = requireChecklist(picture, task, checklistId);
    const rows = picture.checklists.checklists;
    const others = picture.checklists.of(taskId).filter(({ id }) => id !== checklistId);
    const gap = gapAmong(others, after);
    if (after === checklistId || isBetween(before.rank, gap)) return before;
    const rank = rankAmong(picture, actor, { gap, others, rows, taskId });
    const checklist: Checklist = { ...before, rank, version: picture.tx.nextVersion(actor.boardId) };
    rows.put(checklist);
    announce(picture.tx, actor, { type: "checklist.moved", data: { checklist, ...recount(picture, actor, task) } });
    return checklist;
  },
);

/**
 * Deletes a checklist with its items. Announces `checklist.deleted`.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, CHECKLIST_NOT_FOUND.
 */
export const deleteChecklist = boardService<DeleteChecklist, null>(
  needsOf,
  (picture, actor, { taskId, checklistId }) => {
    const task = requireOpenTask(picture, actor, taskId);
    picture.deleteChecklist(requireChecklist(picture, task, checklistId));
    announce(picture.tx, actor, { type: "checklist.deleted", data: { checklistId, ...recount(picture, actor, task) } });
    return null;
  },
);
