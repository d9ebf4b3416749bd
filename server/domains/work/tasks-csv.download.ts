import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import { type BoardActor, keyAllows, requireBoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { logged, type Transfer } from "../../core/transfer.ts";
import { TimeZone } from "../../fields.contract.ts";
import type { Field, FieldValue } from "./fields.contract.ts";
import { asMeant, type Filter } from "./filters/filter.ts";
import { filterSql } from "./filters/filter-sql.ts";
import { FilterText } from "./filters/filter.contract.ts";
import { loadFilteredTasks } from "./filters/filtered-tasks.ts";
import type { FilteredTask } from "./filters/match-filter.ts";
import { fieldJson } from "./rows.ts";
import { requireFilter } from "./search.service.ts";
import { tableHead, tableHeaders, tableRows } from "./sent-table.ts";

const ACTION = "task:read";
/** So many tasks are in memory at once. */
const TASKS_A_PAGE = 500;

const Query = z.object({ filter: FilterText.default(""), timeZone: TimeZone.default("UTC") });

const COLUMNS: readonly [name: string, of: (task: FilteredTask, parentKey: string | null) => string | number | null][] =
  [
    ["Key", ({ task }) => task.key],
    ["Title", ({ task }) => task.title],
    ["Description", ({ task }) => task.description],
    ["Column", ({ column }) => column.name],
    ["State", ({ column }) => column.stateGroup],
    ["Priority", ({ task }) => task.priority],
    ["Assignees", ({ task, assignees }) => joined([...assignees.map(({ name }) => name), ...task.assigneeNames])],
    ["Labels", ({ labels }) => joined(labels.map(({ name }) => name))],
    ["Start", ({ task }) => task.startOn ?? task.startAt],
    ["Due", ({ task }) => task.dueOn ?? task.dueAt],
    ["Time zone", ({ task }) => task.timeZone],
    ["Estimate", ({ task }) => task.estimate],
    ["Parent", (_, parentKey) => parentKey],
    ["Items", ({ task }) => task.itemsTotal],
    ["Items done", ({ task }) => task.itemsDone],
    ["Comments", ({ task }) => task.commentCount],
    ["Created by", ({ creator }) => creator.name],
    ["Created", ({ task }) => task.createdAt],
    ["Updated", ({ task }) => task.updatedAt],
    ["Archived", ({ task }) => (task.state === "archived" ? "yes" : "no")],
  ];

/**
 * Sends the tasks of a board that a filter means, by their numbers, as a table of which every cell is text to a spreadsheet.
 * Nothing of it is kept: pages are read while they are taken, each as it is by then. Fails: BOARD_NOT_FOUND,
 * ACTION_FORBIDDEN, KEY_FORBIDDEN, FILTER_INVALID, INPUT_INVALID.
 */
export async function sendTasksAsCsv(
  ctx: Transfer,
  { boardId, search }: { boardId: string; search: URLSearchParams },
  res: ServerResponse,
): Promise<void> {
  await logged(ctx, { path: "tasks.csv", type: "download", boardId }, async () => {
    const { app, user, session } = ctx;
    if (!keyAllows(session.key, ACTION)) throw new AppError("KEY_FORBIDDEN");
    const query = Query.safeParse(Object.fromEntries(search));
    if (!query.success) throw new AppError("INPUT_INVALID");
    const { timeZone } = query.data;
    const filter = asMeant(requireFilter(query.data.filter));
    const db = app.db.within({ streamId: boardId });
    const actor = await requireBoardActor(db, { userId: user.id, boardId, key: session.key }, ACTION);
    res.writeHead(200, tableHeaders("tasks.csv"));
    const asked = { filter, asker: { ...actor, now: app.clock.now(), timeZone } };
    await pipeline(Readable.from(tableOf(db, actor, asked)), res);
  });
}

interface Asked {
  readonly filter: Filter;
  readonly asker: Parameters<typeof filterSql>[1];
}

async function* tableOf(db: Db, actor: BoardActor, asked: Asked): AsyncGenerator<string> {
  const fields = await fieldsOf(db, actor);
  yield tableHead([...COLUMNS.map(([name]) => name), ...fields.map(({ name }) => name)]);
  for (let after = 0, isLast = false; !isLast;) {
    const page = await pageOf(db, actor, asked, after);
    const tasks = new Map(
      (
        await loadFilteredTasks(
          db,
          actor.orgId,
          page.map(({ id }) => id),
        )
      ).map((one) => [one.task.id, one]),
    );
    const people = await namesOf(db, fields, [...tasks.values()]);
    const rows = page.flatMap(({ id, parentKey }) => {
      const one = tasks.get(id);
      if (!one) return [];
      const own = fields.map((field) => textOf(field, one.task.fields[field.id], people));
      return [[...COLUMNS.map(([, of]) => of(one, parentKey)), ...own]];
    });
    if (rows.length > 0) yield tableRows(rows);
    after = page.at(-1)?.number ?? after;
    isLast = page.length < TASKS_A_PAGE;
  }
}

async function fieldsOf(db: Db, { orgId, boardId }: BoardActor): Promise<Field[]> {
  const rows = await db.execute<{ field: Field }>(sql`
    select ${fieldJson} as field from task_field f join board b on b.org_id = f.org_id and b.project_id = f.project_id
    where f.org_id = ${orgId}::uuid and b.id = ${boardId}::uuid and f.state = 'open' order by f.rank, f.id`);
  return rows.map(({ field }) => field);
}

async function pageOf(db: Db, { orgId, boardId }: BoardActor, { filter, asker }: Asked, after: number) {
  return db.execute<{ id: string; number: number; parentKey: string | null }>(sql`
    select t.id, t.number, (select p.key || '-' || o.number from task o where o.board_id = t.board_id and o.id = t.parent_id)
      as "parentKey"
    from task t join board_column c on c.id = t.column_id join board b on b.id = t.board_id
    join project p on p.id = t.project_id
    where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.number > ${after}::int
      and ${filterSql(filter, asker)}
    order by t.number limit ${TASKS_A_PAGE}::int`);
}

/** The names of the people in fields. */
async function namesOf(db: Db, fields: readonly Field[], tasks: readonly FilteredTask[]): Promise<Map<string, string>> {
  const ofPeople = fields.filter(({ kind }) => kind === "person");
  const ids = tasks.flatMap(({ task }) => ofPeople.flatMap(({ id }) => task.fields[id] ?? [])).map(String);
  if (ids.length === 0) return new Map();
  const rows = await db.execute<{ id: string; name: string }>(
    sql`select id, name from app_user where id = any(${uuids([...new Set(ids)])})`,
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

function textOf({ kind, options }: Field, value: FieldValue | undefined, people: ReadonlyMap<string, string>) {
  if (value === undefined) return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  const nameOf = (id: string) => options.find((option) => option.id === id)?.name ?? "";
  if (Array.isArray(value)) return joined(value.map(nameOf));
  if (kind === "select") return nameOf(String(value));
  return kind === "person" ? (people.get(String(value)) ?? "") : value;
}

function joined(names: readonly (string | null)[]): string {
  return names.filter((name) => name !== null).join("; ");
}
