import { sql } from "drizzle-orm";
import { each, list } from "../../../../db/columns.ts";
import type { BoardActor } from "../../../core/access.ts";
import { announce, type Tx } from "../../../core/tx.ts";
import { parentRefusal } from "../family.ts";
import { loadFamilies } from "../family-tree.ts";
import { AllNeeds } from "../needs.ts";
import { blockTasks } from "../relations.service.ts";
import { isOfImport, isOnBoard } from "./row-ground.ts";
import { externalNameOf } from "./row-drafts.ts";
import { RowLinks } from "./row-draft.ts";
import type { RowNote } from "./row-problems.contract.ts";
import { type HeldImport, holdImport } from "./held-import.ts";
import { ROWS_PER_FILE } from "./table-reader.ts";

/** So many rows at once, and so many relations, each of which takes statements of its own. */
const LINKED_AT_ONCE = 2_000;
const RELATED_AT_ONCE = 100;

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
  await keepNotes(tx, actor, importId, rows);
  return { left: true, done: held.done };
}

/** What has been looked at is not looked at again; what of it could not be is noted. */
async function keepNotes(tx: Tx, { orgId }: BoardActor, importId: string, rows: readonly LinkedRow[]): Promise<void> {
  const noted = rows.flatMap(({ row, notes }) => (notes.size > 0 ? [{ row, notes: [...notes] }] : []));
  const these = sql`r.org_id = ${orgId}::uuid and r.import_id = ${importId}::uuid`;
  await tx.db.execute(sql`
    update import_row r set links = null
    where ${these} and r.row <= ${rows.at(-1)?.row ?? 0}::int and r.links is not null`);
  if (noted.length === 0) return;
  await tx.db.execute(sql`
    update import_row r set notes = r.notes || array(select json_array_elements_text(n.notes))
    from json_to_recordset(${JSON.stringify(noted)}::json) n(row int, notes json)
    where ${these} and r.row = n.row and r.row between ${noted[0]?.row ?? 0}::int and ${noted.at(-1)?.row ?? 0}::int`);
}

/** Of those that are still on the board. */
async function nextLinked(tx: Tx, actor: BoardActor, importId: string): Promise<LinkedRow[]> {
  const rows = await tx.db.execute<{ row: number; taskId: string; links: unknown }>(sql`
    select r.row, r.task_id as "taskId", r.links from import_row r
    join task t on t.id = r.task_id and ${isOnBoard(actor)} and t.state <> 'trashed'
    where r.org_id = ${actor.orgId}::uuid and r.import_id = ${importId}::uuid and r.links is not null
    order by r.row limit ${LINKED_AT_ONCE}::int`);
  let relations = 0;
  const linked: LinkedRow[] = [];
  for (const { row, taskId, links: kept } of rows) {
    const links = RowLinks.parse(kept);
    relations += links.blocks.length + links.blockedBy.length;
    if (relations > RELATED_AT_ONCE && linked.length > 0) break;
    linked.push({ row, taskId, links, notes: new Set<RowNote>() });
  }
  return linked;
}

type Targets = ReadonlyMap<string, string>;

/** What the file calls tasks → those of the board: rows of the file, by either of their names, else what was there before. */
async function findTargets(
  tx: Tx,
  { orgId, boardId }: BoardActor,
  { id, source }: HeldImport,
  rows: readonly LinkedRow[],
): Promise<Targets> {
  const names = new Set(rows.flatMap(({ links }) => [links.parent ?? [], links.blocks, links.blockedBy].flat()));
  const externalNames = new Map([...names].map((name) => [externalNameOf(source, name), name]));
  const [own, external] = [list("text", [...names]), list("text", [...externalNames.keys()])];
  const found = await tx.db.execute<{ external: string | null; other: string | null; taskId: string }>(sql`
    select x.external, x.other, t.id as "taskId" from (
      select r.external_id as external, null as other, r.task_id as id, r.row as place from import_row r
        where r.external_id = any(${external}) and ${isOfImport(orgId, id)}
      union all select null, r.other_id, r.task_id, ${ROWS_PER_FILE}::int + r.row from import_row r
        where r.other_id = any(${own}) and ${isOfImport(orgId, id)}
      union all select k.external_id, null, k.id, ${2 * ROWS_PER_FILE}::int + 1 from task k
        where k.board_id = ${boardId}::uuid and k.external_id = any(${external}) and (k.org_id = ${orgId}::uuid) is true) x
    join task t on t.id = x.id and ${isOnBoard({ orgId, boardId })} and t.state <> 'trashed'
    order by x.place desc`);
  // Whatever comes first in that order is written last.
  return new Map(
    found.map(({ external: name, other, taskId }) => [other ?? externalNames.get(name ?? "") ?? "", taskId]),
  );
}

/** Answers how many became a part of something. */
async function joinParts(tx: Tx, actor: BoardActor, rows: readonly LinkedRow[], targets: Targets): Promise<number> {
  const { boardId } = actor;
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
  const withParts = new Set([...families.values()].map(({ parentId }) => parentId));
  const joined = wanted.filter(({ taskId, parentId, notes }) => {
    const [own, parent] = [families.get(taskId), families.get(parentId)];
    // What has no parts is like a new task, of which it need not be looked for what lies below: most are.
    const known = withParts.has(taskId) || taskId === parentId ? taskId : undefined;
    const isRefused =
      !own || parent?.state !== "open" || parentRefusal(families, { taskId: known, parentId }) !== undefined;
    if (isRefused) notes.add("PARENT_REFUSED");
    else {
      families.set(taskId, { ...own, parentId });
      withParts.add(parentId);
    }
    return !isRefused;
  });
  await tx.db.execute(sql`
    update task t set parent_id = n.parent_id, version = ${tx.nextVersion(boardId)}::bigint
    from unnest(${each("uuid", joined, ({ taskId }) => taskId)}, ${each("uuid", joined, ({ parentId }) => parentId)})
      n(id, parent_id)
    where t.id = n.id and ${isOnBoard(actor)}`);
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
