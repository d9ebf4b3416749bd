import { type SQL, sql } from "drizzle-orm";
import { uuids } from "../../../db/columns.ts";
import { toEvent } from "../../core/live/frames.ts";
import type { LogConsumer, ReadEvent } from "../../core/log-reader.ts";
import type { Tx } from "../../core/tx.ts";
import type { BoardEvent, BoardEventType } from "../../events.ts";
import type { Card } from "../work/tasks.contract.ts";
import { type ColumnStanding, type Standing, Standings } from "./standings.ts";

const TYPES = [
  "task.created",
  "task.updated",
  "tasks.updated",
  "task.moved",
  "tasks.moved",
  "task.archived",
  "tasks.archived",
  "task.restored",
  "tasks.restored",
  "tasks.deleted",
  "tasks.recovered",
  "tasks.planned",
  "tasks.purged",
  "task.left",
  "task.arrived",
  "column.created",
  "column.updated",
  "column.archived",
  "column.restored",
  "board.reset",
] as const satisfies readonly BoardEventType[];
type FlowEvent = Extract<BoardEvent, { type: (typeof TYPES)[number] }>;

/** Keeps how many tasks of each state group boards and plans have, and when tasks were started and completed. */
export const flow: LogConsumer = { name: "flow", types: TYPES, consume };

async function consume(tx: Tx, events: readonly ReadEvent[]): Promise<void> {
  for (const [orgId, ofOrg] of Map.groupBy(events, (event) => event.orgId)) {
    tx.enter({ orgId });
    for (const [boardId, ofBoard] of Map.groupBy(ofOrg, ({ streamId }) => streamId)) {
      await follow(
        tx,
        { orgId, boardId },
        ofBoard.map((event) => toEvent<FlowEvent>(event)),
      );
    }
  }
}

interface At {
  readonly orgId: string;
  readonly boardId: string;
}

async function follow(tx: Tx, at: At, events: readonly FlowEvent[]): Promise<void> {
  // What an import brings has no event of its own.
  const reset = events.find(({ type }) => type === "board.reset");
  if (reset) await adoptImported(tx, at.boardId, reset.at);
  const standings = await load(tx, at, {
    taskIds: [...new Set(events.flatMap(tasksOf))],
    columnIds: [...new Set(events.flatMap(columnsOf))],
  });
  for (const event of events) apply(standings, event);
  save(tx, at, standings);
}

/** Tasks of an import, which stand where they are. */
async function adoptImported({ db }: Tx, boardId: string, at: string): Promise<void> {
  await db.execute(sql`select adopt_imported(${boardId}::uuid, ${at}::timestamptz)`);
}

function tasksOf(event: FlowEvent): readonly string[] {
  switch (event.type) {
    case "task.created":
    case "task.restored":
    case "task.arrived":
      return [event.data.task.id];
    case "task.updated":
    case "task.moved":
    case "task.archived":
    case "task.left":
      return [event.data.taskId];
    case "tasks.updated":
      return event.data.changes.flatMap(({ taskIds }) => taskIds);
    case "tasks.moved":
      return event.data.to.flatMap(({ ranks }) => ranks.map(({ taskId }) => taskId));
    case "tasks.archived":
    case "tasks.deleted":
    case "tasks.planned":
    case "tasks.purged":
      return event.data.taskIds;
    case "tasks.restored":
      return event.data.tasks.map(({ id }) => id);
    case "tasks.recovered":
      return [...event.data.tasks, ...event.data.archived].map(({ id }) => id);
    case "board.reset":
      return event.data.restoredTaskIds ?? [];
    case "column.created":
    case "column.updated":
    case "column.archived":
    case "column.restored":
      return [];
  }
}

/** Columns whose tasks may count as something else. */
function columnsOf({ type, data }: FlowEvent): readonly string[] {
  if (type === "column.updated" || type === "column.archived") return [data.columnId];
  if (type === "column.restored") return [data.column.id];
  return type === "board.reset" && data.restoredColumnId !== undefined ? [data.restoredColumnId] : [];
}

function apply(standings: Standings, event: FlowEvent): void {
  const { at } = event;
  switch (event.type) {
    case "task.created":
      return standings.add(toStanding(event.data.task), at);
    case "task.updated": {
      const { taskId, changes } = event.data;
      return setPoints(standings, at, [taskId], changes.estimate);
    }
    case "tasks.updated":
      for (const { taskIds, changes } of event.data.changes) setPoints(standings, at, taskIds, changes.estimate);
      return;
    case "task.moved":
      return standings.change(event.data.taskId, at, { columnId: event.data.columnId });
    case "tasks.moved":
      for (const { columnId, ranks } of event.data.to) {
        for (const { taskId } of ranks) standings.change(taskId, at, { columnId });
      }
      return;
    case "task.archived":
      return standings.change(event.data.taskId, at, { state: "archived" });
    case "tasks.archived":
      return changeAll(standings, at, event.data.taskIds, { state: "archived" });
    case "tasks.purged":
      return standings.forget(event.data.taskIds);
    case "task.left":
      standings.change(event.data.taskId, at, { state: "trashed", planIds: [] });
      return standings.forget([event.data.taskId]);
    case "task.arrived":
      return standings.add(toStanding(event.data.task), at);
    case "tasks.deleted":
      return changeAll(standings, at, event.data.taskIds, { state: "trashed" });
    case "task.restored":
      return putBack(standings, at, [event.data.task], "open");
    case "tasks.restored":
      return putBack(standings, at, event.data.tasks, "open");
    case "tasks.recovered":
      putBack(standings, at, event.data.tasks, "open");
      return putBack(standings, at, event.data.archived, "archived");
    case "tasks.planned": {
      const { taskIds, planId, leftIds } = event.data;
      for (const task of standings.find(taskIds)) {
        const others = task.planIds.filter((id) => !leftIds.includes(id) && id !== planId);
        standings.change(task.taskId, at, { planIds: planId === null ? others : [...others, planId].toSorted() });
      }
      return;
    }
    case "column.created": {
      const { id: columnId, stateGroup, state } = event.data.column;
      return standings.addColumn({ columnId, stateGroup: stateGroup ?? "unstarted", state });
    }
    case "column.updated": {
      const { columnId, stateGroup } = event.data;
      if (stateGroup !== undefined) standings.changeColumn(columnId, at, { stateGroup });
      return;
    }
    case "column.archived":
      return standings.changeColumn(event.data.columnId, at, { state: "archived" });
    case "column.restored":
      return standings.changeColumn(event.data.column.id, at, { state: "open" });
    case "board.reset": {
      const { restoredTaskIds = [], restoredColumnId } = event.data;
      if (restoredColumnId !== undefined) standings.changeColumn(restoredColumnId, at, { state: "open" });
      return changeAll(standings, at, restoredTaskIds, { state: "open" });
    }
  }
}

/** Events of older builds know no estimates. */
function toStanding({ id, columnId, estimate, createdAt }: Card): Standing {
  const times = { createdAt, startedAt: null, completedAt: null };
  return { taskId: id, columnId, state: "open", points: estimate ?? 0, planIds: [], ...times };
}

function setPoints(standings: Standings, at: string, taskIds: readonly string[], estimate?: number | null): void {
  if (estimate !== undefined) changeAll(standings, at, taskIds, { points: estimate ?? 0 });
}

function changeAll(standings: Standings, at: string, taskIds: readonly string[], changes: Partial<Standing>): void {
  for (const taskId of taskIds) standings.change(taskId, at, changes);
}

function putBack(standings: Standings, at: string, cards: readonly Card[], state: Standing["state"]): void {
  for (const { id, columnId } of cards) standings.change(id, at, { state, columnId });
}

async function load(
  { db }: Tx,
  { orgId, boardId }: At,
  { taskIds, columnIds }: { taskIds: readonly string[]; columnIds: readonly string[] },
): Promise<Standings> {
  const ofBoard = (alias: SQL) => sql`${alias}.org_id = ${orgId}::uuid and ${alias}.board_id = ${boardId}::uuid`;
  const [row] = await db.execute<{ tasks: Standing[]; columns: ColumnStanding[] }>(sql`
    select coalesce((select json_agg(json_build_object('taskId', f.task_id, 'columnId', f.column_id, 'state', f.state,
        'points', f.points, 'planIds', to_json(f.plan_ids), 'createdAt', iso(f.created_at), 'startedAt', iso(f.started_at),
        'completedAt', iso(f.completed_at)))
      from task_flow f where ${ofBoard(sql`f`)}
        and (f.task_id = any(${uuids(taskIds)}) or f.column_id = any(${uuids(columnIds)}))), '[]') as tasks,
      coalesce((select json_agg(json_build_object('columnId', c.column_id, 'stateGroup', c.state_group, 'state', c.state))
        from flow_column c where ${ofBoard(sql`c`)}), '[]') as columns`);
  return new Standings(boardId, row?.tasks ?? [], row?.columns ?? []);
}

/** A column that is deleted by now needs no standing. */
function save(tx: Tx, { orgId, boardId }: At, standings: Standings): void {
  const [tasks, columns, growths] = [standings.tasks(), standings.columns(), standings.growths];
  if (columns.length > 0) {
    tx.send(
      tx.db.execute(sql`
        insert into flow_column (org_id, board_id, column_id, state_group, state)
        select c.org_id, c.board_id, c.id, n."stateGroup", n.state
        from json_to_recordset(${JSON.stringify(columns)}::json) n("columnId" uuid, "stateGroup" text, state text)
        join board_column c on c.id = n."columnId" and c.board_id = ${boardId}::uuid
        on conflict (column_id) do update set state_group = excluded.state_group, state = excluded.state`),
    );
  }
  if (tasks.length > 0) {
    tx.send(
      tx.db.execute(sql`
        insert into task_flow (org_id, board_id, task_id, column_id, state, points, plan_ids, created_at, started_at, completed_at)
        select ${orgId}::uuid, ${boardId}::uuid, n."taskId", n."columnId", n.state, n.points,
          array(select json_array_elements_text(n."planIds")::uuid), n."createdAt", n."startedAt", n."completedAt"
        from json_to_recordset(${JSON.stringify(tasks)}::json) n("taskId" uuid, "columnId" uuid, state text, points numeric,
          "planIds" json, "createdAt" timestamptz, "startedAt" timestamptz, "completedAt" timestamptz)
        on conflict (board_id, task_id) do update set column_id = excluded.column_id, state = excluded.state,
          points = excluded.points, plan_ids = excluded.plan_ids, started_at = excluded.started_at,
          completed_at = excluded.completed_at`),
    );
  }
  if (standings.forgotten.size > 0) {
    tx.send(
      tx.db.execute(sql`
        delete from task_flow f where f.org_id = ${orgId}::uuid and f.board_id = ${boardId}::uuid
          and f.task_id = any(${uuids([...standings.forgotten])})`),
    );
  }
  if (growths.length === 0) return;
  tx.send(
    tx.db.execute(sql`
      insert into flow_count as f (org_id, board_id, scope_id, state_group, at, tasks, points, added, removed)
      select ${orgId}::uuid, ${boardId}::uuid, n."scopeId", n."stateGroup", n.at, n.tasks, n.points, n.added, n.removed
      from json_to_recordset(${JSON.stringify(growths)}::json) n("scopeId" uuid, "stateGroup" text, at timestamptz,
        tasks int, points numeric, added int, removed int)
      on conflict (org_id, board_id, scope_id, at, state_group) do update set tasks = f.tasks + excluded.tasks,
        points = f.points + excluded.points, added = f.added + excluded.added, removed = f.removed + excluded.removed`),
  );
}
