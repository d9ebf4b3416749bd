import { type SQL, sql } from "drizzle-orm";
import { each } from "../../../db/columns.ts";
import type { Tx } from "../../core/tx.ts";
import { recountElsewhere } from "./blockers.service.ts";
import { saveCommentCounts } from "./save-comments.ts";
import type { LoadedTask, PicturedProject } from "./load-picture.ts";
import type { PicturedTask } from "./task-order.ts";
import type { Task } from "./tasks.contract.ts";

/** A task that was in the database before. */
interface Changed extends PicturedTask {
  readonly saved: LoadedTask;
}

/** Writes tasks in a few statements, whatever their number: those that have anything to write. */
export function saveTasks(tx: Tx, tasks: readonly PicturedTask[]): void {
  const changed = tasks.flatMap((task) => (task.saved ? [{ ...task, saved: task.saved }] : []));
  const created = tasks.filter(({ saved }) => !saved);
  const moved = changed.filter(hasMoved);
  movePlaces(tx, moved);
  recountElsewhere(
    tx,
    moved.filter(hasPassed).flatMap(({ blocksOnBoards }) => blocksOnBoards),
  );
  saveWords(tx, changed.filter(hasOtherWords));
  insertTasks(tx, created);
  saveCommentCounts(tx, tasks);
  saveAssignees(tx, tasks);
  saveTaskLabels(tx, tasks);
}

/** Also when it went to and fro: then it has left another place. */
function hasMoved({ saved, task, leftColumnId, leftRank, trash }: Changed): boolean {
  if (saved.trash !== trash || saved.leftColumnId !== leftColumnId || saved.leftRank !== leftRank) return true;
  return (["columnId", "rank", "state"] as const).some((name) => saved.task[name] !== task[name]);
}

/** It may be done now, or open again. */
function hasPassed({ saved, task }: Changed): boolean {
  return saved.task.columnId !== task.columnId || saved.task.state !== task.state;
}

const WORDS = [
  "parentId",
  "title",
  "description",
  "priority",
  "startAt",
  "startOn",
  "dueAt",
  "dueOn",
  "timeZone",
  "estimate",
  "coverColor",
  "itemsDone",
  "itemsTotal",
] as const satisfies (keyof Task)[];

/** Also when nothing but a set was changed, or only the version: the place is not written for that. */
function hasOtherWords(changed: Changed): boolean {
  const { saved, task } = changed;
  // A comment is no change of its task.
  if (saved.task.version === task.version) return false;
  if (!hasMoved(changed)) return true;
  return (
    saved.fieldVersions !== changed.fieldVersions ||
    WORDS.some((name) => saved.task[name] !== task[name]) ||
    saved.task.fields !== task.fields ||
    JSON.stringify(saved.task.assigneeNames) !== JSON.stringify(task.assigneeNames)
  );
}

/** The keys are checked row by row: a task whose place another one takes has to leave it first. No rank begins with "~". */
function movePlaces(tx: Tx, moved: readonly Changed[]): void {
  if (moved.length === 0) return;
  const open = moved.filter(({ task }) => task.state === "open");
  const takenBy = new Map(open.map(({ task }) => [placeOf(task), task.id]));
  const inTheWay = moved.filter(({ saved, task }) => (takenBy.get(placeOf(saved.task)) ?? task.id) !== task.id);
  if (inTheWay.length > 0) {
    const ids = each("uuid", inTheWay, ({ task }) => task.id);
    tx.send(tx.db.execute(sql`update task set rank = '~' || id where id = any(${ids})`));
  }
  const isOfTrash = moved.some(({ saved, trash }) => saved.trash !== trash);
  const [trashed, names, columns] = isOfTrash ? trashOf(moved) : [sql``, sql``, sql``];
  tx.send(
    tx.db.execute(sql`
      update task t set column_id = n.column_id, rank = n.rank, left_column_id = n.left_column_id,
        left_rank = n.left_rank, state = n.state, version = n.version, updated_at = ${tx.now.toISOString()}::timestamptz,
        completed_at = case when c.state_group = 'completed'
          then coalesce(t.completed_at, ${tx.now.toISOString()}::timestamptz) end${trashed}
      from unnest(${each("uuid", moved, ({ task }) => task.id)},
        ${each("uuid", moved, ({ task }) => task.columnId)}, ${each("text", moved, ({ task }) => task.rank)},
        ${each("uuid", moved, ({ leftColumnId }) => leftColumnId)}, ${each("text", moved, ({ leftRank }) => leftRank)},
        ${each("text", moved, ({ task }) => task.state)}, ${each("bigint", moved, ({ task }) => task.version)}${columns})
        n(id, column_id, rank, left_column_id, left_rank, state, version${names})
      join board_column c on c.id = n.column_id
      where t.id = n.id`),
  );
}

/** What is written of those that have gone into the trash or come out of it: most moves have nothing to do with it. */
function trashOf(moved: readonly Changed[]): [set: SQL, names: SQL, columns: SQL] {
  return [
    sql`, trashed_at = n.trashed_at, trashed_by = n.trashed_by, state_before = n.state_before`,
    sql`, trashed_at, trashed_by, state_before`,
    sql`, ${each("timestamptz", moved, ({ trash }) => trash?.at ?? null)},
      ${each("uuid", moved, ({ trash }) => trash?.by ?? null)}, ${each("text", moved, ({ trash }) => trash?.stateBefore ?? null)}`,
  ];
}

function placeOf({ columnId, rank }: Task): string {
  return `${columnId} ${rank}`;
}

function saveWords(tx: Tx, changed: readonly Changed[]): void {
  if (changed.length === 0) return;
  // A long text that stays is not sent, and not written again.
  const rows = changed.map(({ saved, task, fieldVersions }) => ({
    ...task,
    fieldVersions,
    description: saved.task.description === task.description ? null : task.description,
  }));
  tx.send(
    tx.db.execute(sql`
      update task t set parent_id = n."parentId", title = n.title, description = coalesce(n.description, t.description), priority = n.priority,
        start_at = n."startAt", start_on = n."startOn", due_at = n."dueAt", due_on = n."dueOn",
        time_zone = n."timeZone", estimate = n.estimate, cover_color = n."coverColor", items_done = n."itemsDone",
        items_total = n."itemsTotal", fields = n.fields, field_versions = n."fieldVersions", assignee_names = array(select json_array_elements_text(n."assigneeNames")),
        version = n.version, updated_at = ${tx.now.toISOString()}::timestamptz
      from ${records(rows)}
      where t.id = n.id and t.id = any(${each("uuid", rows, ({ id }) => id)})`),
  );
}

function insertTasks(tx: Tx, created: readonly PicturedTask[]): void {
  if (created.length === 0) return;
  const rows = created.map(({ task, leftColumnId, leftRank, fieldVersions, trash }) => ({
    ...task,
    leftColumnId,
    leftRank,
    fieldVersions,
    trashedAt: trash?.at ?? null,
    trashedBy: trash?.by ?? null,
    stateBefore: trash?.stateBefore ?? null,
  }));
  tx.send(
    tx.db.execute(sql`
      insert into task (id, org_id, project_id, board_id, column_id, number, rank, left_column_id, left_rank, parent_id, title,
        description, priority, start_at, start_on, due_at, due_on, time_zone, estimate, cover_color, items_done, items_total,
        fields, field_versions, assignee_names, state, trashed_at, trashed_by, state_before, version, completed_at,
        created_by, created_at, updated_at)
      select n.id, b.org_id, b.project_id, n."boardId", n."columnId", n.number, n.rank, n."leftColumnId", n."leftRank",
        n."parentId", n.title, n.description, n.priority, n."startAt", n."startOn", n."dueAt", n."dueOn", n."timeZone", n.estimate,
        n."coverColor", n."itemsDone", n."itemsTotal", n.fields, n."fieldVersions", array(select json_array_elements_text(n."assigneeNames")),
        n.state, n."trashedAt", n."trashedBy", n."stateBefore", n.version,
        case when c.state_group = 'completed' then n."createdAt" end, n."createdBy", n."createdAt", n."updatedAt"
      from ${records(rows)} join board b on b.id = n."boardId" join board_column c on c.id = n."columnId"`),
  );
}

function records(rows: readonly object[]): SQL {
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) n(id uuid, "boardId" uuid, "columnId" uuid, number int,
    rank text, "leftColumnId" uuid, "leftRank" text, "parentId" uuid, title text, description text, priority text,
    "startAt" timestamptz, "startOn" date, "dueAt" timestamptz, "dueOn" date, "timeZone" text, estimate numeric,
    "coverColor" text, "itemsDone" int, "itemsTotal" int, fields jsonb, "fieldVersions" jsonb, "assigneeNames" json, state text,
    "trashedAt" timestamptz, "trashedBy" uuid, "stateBefore" text, version bigint, "createdBy" uuid,
    "createdAt" timestamptz, "updatedAt" timestamptz)`;
}

function saveAssignees(tx: Tx, tasks: readonly PicturedTask[]): void {
  const { gone, come } = differences(tasks, "assigneeIds");
  if (gone.length > 0) {
    tx.send(
      tx.db.execute(sql`delete from task_assignee x using unnest(${columns(gone)}) n(board_id, task_id, id)
        where x.board_id = n.board_id and x.task_id = n.task_id and x.user_id = n.id`),
    );
  }
  const met = tasks.flatMap(({ saved, task, met }) => entriesOf(task, met, saved?.task.assigneeIds));
  if (met.length > 0) {
    tx.send(
      tx.db.execute(sql`insert into board_member (org_id, board_id, user_id, role)
        select distinct b.org_id, b.id, n.id, null from unnest(${columns(met)}) n(board_id, task_id, id)
        join board b on b.id = n.board_id on conflict do nothing`),
    );
  }
  if (come.length === 0) return;
  tx.send(
    tx.db.execute(sql`insert into task_assignee (org_id, board_id, task_id, user_id)
      select b.org_id, n.* from unnest(${columns(come)}) n(board_id, task_id, id) join board b on b.id = n.board_id`),
  );
}

function saveTaskLabels(tx: Tx, tasks: readonly PicturedTask[]): void {
  const { gone, come } = differences(tasks, "labelIds");
  if (gone.length > 0) {
    tx.send(
      tx.db.execute(sql`delete from task_label x using unnest(${columns(gone)}) n(board_id, task_id, id)
        where x.board_id = n.board_id and x.task_id = n.task_id and x.label_id = n.id`),
    );
  }
  if (come.length === 0) return;
  tx.send(
    tx.db.execute(sql`insert into task_label (org_id, board_id, task_id, label_id)
      select b.org_id, n.* from unnest(${columns(come)}) n(board_id, task_id, id) join board b on b.id = n.board_id`),
  );
}

interface Entry {
  readonly boardId: string;
  readonly taskId: string;
  readonly id: string;
}

/** What has gone from the sets of tasks, and what has come. */
function differences(
  tasks: readonly PicturedTask[],
  name: "assigneeIds" | "labelIds",
): { gone: Entry[]; come: Entry[] } {
  return {
    gone: tasks.flatMap(({ saved, task }) => entriesOf(task, saved?.task[name] ?? [], task[name])),
    come: tasks.flatMap(({ saved, task }) => entriesOf(task, task[name], saved?.task[name])),
  };
}

function entriesOf({ boardId, id: taskId }: Task, ids: readonly string[], but: readonly string[] = []): Entry[] {
  return ids.filter((id) => !but.includes(id)).map((id) => ({ boardId, taskId, id }));
}

function columns(entries: readonly Entry[]): SQL {
  return sql`${each("uuid", entries, ({ boardId }) => boardId)}, ${each("uuid", entries, ({ taskId }) => taskId)},
    ${each("uuid", entries, ({ id }) => id)}`;
}

/** Where numbering goes on. */
export function saveNumbers(tx: Tx, projects: ReadonlySet<PicturedProject>): void {
  const counted = [...projects].filter(({ number, saved }) => number !== saved);
  if (counted.length === 0) return;
  tx.send(
    tx.db.execute(sql`
      update project p set next_number = n.number
      from unnest(${each("uuid", counted, ({ id }) => id)}, ${each("bigint", counted, ({ number }) => number)})
        n(id, number)
      where p.id = n.id`),
  );
  for (const project of counted) project.saved = project.number;
}
