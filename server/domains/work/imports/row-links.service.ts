import { sql } from "drizzle-orm";
import { each, uuids } from "../../../../db/columns.ts";
import type { BoardActor } from "../../../core/access.ts";
import { announce, type Tx } from "../../../core/tx.ts";
import { parentRefusal } from "../family.ts";
import { loadFamilies } from "../family-tree.ts";
import { AllNeeds } from "../needs.ts";
import { blockTasks } from "../relations.service.ts";
import { isOfImport } from "./row-ground.ts";
import { externalNameOf } from "./row-drafts.ts";
import { RowLinks } from "./row-draft.ts";
import type { RowNote } from "./row-problems.contract.ts";
import { type HeldImport, holdImport } from "./held-import.ts";

/** So many rows at once: each relation takes a statement of its own. */
const LINKED_AT_ONCE = 100;

interface LinkedRow {
  readonly row: number;
  readonly taskId: string;
  readonly links: RowLinks;
  readonly notes: Set<RowNote>;
}

/**
 * Makes tasks of an import parts of others and blocks them, once all of its rows are there; `left` says whether there are
 * more. What cannot be is noted for the row. Locks the organisation, too. Announces one `board.reset`, when anything changed.
 */
export async function linkRows(
  tx: Tx,
  actor: BoardActor,
  { importId }: { importId: string; mutationId?: string },
): Promise<{ left: boolean; done: number }> {
  const held = await holdImport(tx, actor, importId);
  const rows = held ? await nextLinked(tx, actor, importId) : [];
  if (!held || rows.length === 0) return { left: false, done: held?.done ?? 0 };
  const targets = await findTargets(tx, actor, held, rows);
  const parts = await joinParts(tx, actor, rows, targets);
  const relations = await block(tx, actor, rows, targets);
  if (parts + relations > 0) announce(tx, actor, { type: "board.reset", data: {} });
  const kept = rows.map(({ row, notes }) => ({ row, notes: [...notes] }));
  await tx.db.execute(sql`
    update import_row r set links = null, notes = r.notes || array(select json_array_elements_text(n.notes))
    from json_to_recordset(${JSON.stringify(kept)}::json) n(row int, notes json)
    where r.org_id = ${actor.orgId}::uuid and r.import_id = ${importId}::uuid and r.row = n.row
      and r.row between ${kept[0]?.row ?? 0}::int and ${kept.at(-1)?.row ?? 0}::int`);
  return { left: rows.length === LINKED_AT_ONCE, done: held.done };
}

/** Of those that are still on the board. */
async function nextLinked(tx: Tx, { orgId, boardId }: BoardActor, importId: string): Promise<LinkedRow[]> {
  const rows = await tx.db.execute<{ row: number; taskId: string; links: unknown }>(sql`
    select r.row, r.task_id as "taskId", r.links from import_row r
    join task t on t.org_id = r.org_id and t.id = r.task_id and t.board_id = ${boardId}::uuid and t.state <> 'trashed'
    where r.org_id = ${orgId}::uuid and r.import_id = ${importId}::uuid and r.links is not null
    order by r.row limit ${LINKED_AT_ONCE}::int`);
  return rows.map(({ row, taskId, links }) => ({
    row,
    taskId,
    links: RowLinks.parse(links),
    notes: new Set<RowNote>(),
  }));
}

type Targets = ReadonlyMap<string, string>;

/** What the file calls tasks → those of the board: rows of the file, by either of their names, else what was there before. */
async function findTargets(
  tx: Tx,
  { orgId, boardId }: BoardActor,
  { id, source }: HeldImport,
  rows: readonly LinkedRow[],
): Promise<Targets> {
  const names = [...new Set(rows.flatMap(({ links }) => [links.parent ?? [], links.blocks, links.blockedBy].flat()))];
  const found = await tx.db.execute<{ name: string; taskId: string }>(sql`
    with named as (select n.name, coalesce(
      (select r.task_id from import_row r where r.external_id = n.external and ${isOfImport(orgId, id)}
        and r.task_id is not null order by r.row limit 1),
      (select r.task_id from import_row r where r.other_id = n.name and ${isOfImport(orgId, id)}
        and r.task_id is not null order by r.row limit 1),
      (select t.id from task t where t.board_id = ${boardId}::uuid and t.external_id = n.external
        and (t.org_id = ${orgId}::uuid) is true)) as "taskId"
    from unnest(${each("text", names, (name) => name)},
      ${each("text", names, (name) => externalNameOf(source, name))}) n(name, external))
    select named.name, named."taskId" from named join task t on t.id = named."taskId"
    where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.state <> 'trashed'`);
  return new Map(found.map(({ name, taskId }) => [name, taskId]));
}

/** Answers how many became a part of something. */
async function joinParts(tx: Tx, actor: BoardActor, rows: readonly LinkedRow[], targets: Targets): Promise<number> {
  const { orgId, boardId } = actor;
  const wanted = rows.flatMap(({ taskId, links: { parent }, notes }) => {
    if (parent === null) return [];
    const parentId = targets.get(parent);
    if (parentId === undefined) notes.add("PARENT_NOT_FOUND");
    return parentId === undefined ? [] : [{ taskId, parentId, notes }];
  });
  if (wanted.length === 0) return 0;
  const needs = new AllNeeds();
  const [parents, parts] = [wanted.map(({ parentId }) => parentId), wanted.map(({ taskId }) => taskId)];
  needs.add(boardId, { parents, parts });
  const families = new Map((await loadFamilies(tx.db, needs)).map((member) => [member.id, { ...member }]));
  const joined = wanted.filter(({ taskId, parentId, notes }) => {
    const [own, parent] = [families.get(taskId), families.get(parentId)];
    const isRefused = !own || parent?.state !== "open" || parentRefusal(families, { taskId, parentId }) !== undefined;
    if (isRefused) notes.add("PARENT_REFUSED");
    else families.set(taskId, { ...own, parentId });
    return !isRefused;
  });
  await tx.db.execute(sql`
    update task t set parent_id = n.parent_id, version = ${tx.nextVersion(boardId)}::bigint
    from unnest(${each("uuid", joined, ({ taskId }) => taskId)}, ${each("uuid", joined, ({ parentId }) => parentId)})
      n(id, parent_id)
    where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.id = n.id
      and t.id = any(${uuids(joined.map(({ taskId }) => taskId))})`);
  return joined.length;
}

/** Answers how many relations there are more. */
async function block(tx: Tx, actor: BoardActor, rows: readonly LinkedRow[], targets: Targets): Promise<number> {
  const pairs = rows.flatMap(({ taskId, links, notes }) => {
    const others = [
      ...links.blocks.map((name) => ({ fromTaskId: taskId, toTaskId: targets.get(name) })),
      ...links.blockedBy.map((name) => ({ fromTaskId: targets.get(name), toTaskId: taskId })),
    ];
    return others.flatMap(({ fromTaskId, toTaskId }) => {
      if (fromTaskId !== undefined && toTaskId !== undefined) return [{ fromTaskId, toTaskId, notes }];
      notes.add("RELATION_NOT_FOUND");
      return [];
    });
  });
  const { made, refused } = await blockTasks(tx, actor, pairs);
  for (const { notes } of refused) notes.add("RELATION_REFUSED");
  return made;
}
