import { sql } from "drizzle-orm";
import { each, uuids } from "../../../../db/columns.ts";
import { newId } from "../../../core/ids.ts";
import { ranksBetween } from "../../../core/rank.ts";
import { ITEMS_PER_TASK } from "../check-items.service.ts";
import type { CheckItem, Checklist } from "../checklists.contract.ts";
import { CHECKLISTS_PER_TASK } from "../checklists.service.ts";
import { checkItemJson, checklistJson } from "../rows.ts";
import type { CheckItemDraft, ChecklistDraft } from "./trello-export.ts";
import type { Spool } from "./trello-spool.ts";
import type { BoardImport } from "./trello-tasks.ts";

/** A checklist that is not on the board yet. */
interface Place {
  readonly id: string;
  readonly taskId: string;
  readonly rank: string;
}

/** A task that has checklists in the file. `items` counts those that it has by now. */
interface Owner {
  readonly id: string;
  items: number;
}

/**
 * Checklists go to the tasks of their cards, behind those that are there; new items go behind those of their checklists.
 * What exists is compared. Runs when the cards are tasks. `people`: external id → account.
 */
export async function importChecklists(
  work: BoardImport,
  people: ReadonlyMap<string, string>,
  spool: Spool<ChecklistDraft>,
): Promise<void> {
  if (work.file.checklists.length === 0) return;
  const owners = await loadOwners(work);
  const known = await loadChecklists(work);
  const places = placeChecklists(work, owners, known);
  work.findings.created.checklists = places.size;
  for await (const batch of spool.batches()) await importBatch(work, batch, { owners, known, places, people });
  await countItems(work);
}

async function loadOwners({ tx, board, file }: BoardImport): Promise<Map<string, Owner>> {
  const cardIds = [...new Set(file.checklists.map(({ cardId }) => cardId))];
  const rows = await tx.db.execute<{ externalId: string; id: string; items: number }>(sql`
    select external_id as "externalId", id, items_total as items from task
    where org_id = ${board.orgId}::uuid and board_id = ${board.id}::uuid and external_id = any(${each("text", cardIds, (id) => id)})`);
  return new Map(rows.map(({ externalId, id, items }) => [externalId, { id, items }]));
}

type Known = Map<string | null, Checklist>;

/** All of the board: those that were made here stand before what comes. */
async function loadChecklists({ tx, board }: BoardImport): Promise<{ byExternalId: Known; all: Checklist[] }> {
  const rows = await tx.db.execute<{ externalId: string | null; checklist: Checklist }>(sql`
    select c.external_id as "externalId", ${checklistJson} as checklist from checklist c
    where c.org_id = ${board.orgId}::uuid and c.board_id = ${board.id}::uuid order by c.rank`);
  const byExternalId = new Map(rows.map(({ externalId, checklist }) => [externalId, checklist]));
  return { byExternalId, all: rows.map(({ checklist }) => checklist) };
}

function placeChecklists(
  { file, findings }: BoardImport,
  owners: ReadonlyMap<string, Owner>,
  { byExternalId, all }: { byExternalId: Known; all: readonly Checklist[] },
): Map<string, Place> {
  const byTask = Map.groupBy(all, ({ taskId }) => taskId);
  const places = new Map<string, Place>();
  for (const [cardId, ofCard] of Map.groupBy(file.checklists, (checklist) => checklist.cardId)) {
    const taskId = owners.get(cardId)?.id;
    const fresh = ofCard.filter(({ externalId }) => !byExternalId.has(externalId)).toSorted((a, b) => a.pos - b.pos);
    const there = taskId === undefined ? [] : (byTask.get(taskId) ?? []);
    const taken = taskId === undefined ? [] : fresh.slice(0, Math.max(0, CHECKLISTS_PER_TASK - there.length));
    findings.leaveOut(
      "checklists past the limit of a task, or of cards that were left out",
      fresh.length - taken.length,
    );
    const ranks = ranksBetween(there.at(-1)?.rank ?? null, null, taken.length);
    for (const [index, { externalId }] of taken.entries()) {
      places.set(externalId, { id: newId(), taskId: taskId ?? "", rank: ranks[index] ?? "" });
    }
  }
  return places;
}

interface Ground {
  readonly owners: ReadonlyMap<string, Owner>;
  readonly known: { byExternalId: Known };
  readonly places: ReadonlyMap<string, Place>;
  readonly people: ReadonlyMap<string, string>;
}

async function importBatch(work: BoardImport, batch: readonly ChecklistDraft[], ground: Ground): Promise<void> {
  const known = batch.flatMap(({ externalId }) => ground.known.byExternalId.get(externalId) ?? []);
  const there = await loadItems(work, known);
  const checklists: object[] = [];
  const items: NewItem[] = [];
  for (const draft of batch) {
    const place = ground.places.get(draft.externalId);
    const existing = ground.known.byExternalId.get(draft.externalId);
    const owner = ground.owners.get(draft.cardId);
    const checklist = place ?? existing;
    if (!owner || !checklist) continue;
    if (place) checklists.push({ ...place, name: draft.name, externalId: draft.externalId });
    if (existing) work.findings.compare("checklist", existing, { name: draft.name });
    items.push(...newItems(work, draft, { owner, checklist, people: ground.people, there }));
  }
  await insert(work, checklists, items);
}

/** External id → item. */
async function loadItems({ tx, board }: BoardImport, checklists: readonly Checklist[]) {
  const rows = await tx.db.execute<{ externalId: string | null; item: CheckItem }>(sql`
    select i.external_id as "externalId", ${checkItemJson} as item from check_item i
    where i.org_id = ${board.orgId}::uuid and i.board_id = ${board.id}::uuid
      and i.checklist_id = any(${uuids(checklists.map(({ id }) => id))}) order by i.rank`);
  return rows;
}

interface NewItem extends Omit<CheckItemDraft, "memberId"> {
  readonly id: string;
  readonly taskId: string;
  readonly checklistId: string;
  readonly assigneeId: string | null;
  readonly rank: string;
}

/** The items of a checklist that are not on it yet; the others are compared. */
function newItems(
  { findings }: BoardImport,
  { items }: ChecklistDraft,
  {
    owner,
    checklist,
    people,
    there,
  }: {
    owner: Owner;
    checklist: { id: string; taskId: string };
    people: ReadonlyMap<string, string>;
    there: readonly { externalId: string | null; item: CheckItem }[];
  },
): NewItem[] {
  const byExternalId = new Map(there.map(({ externalId, item }) => [externalId, item]));
  const fresh = items.filter(({ externalId }) => !byExternalId.has(externalId));
  for (const { externalId, text, state, dueAt } of items) {
    const item = byExternalId.get(externalId);
    if (item) findings.compare("item", { ...item, name: item.text }, { text, state, dueAt });
  }
  const taken = fresh.slice(0, Math.max(0, ITEMS_PER_TASK - owner.items));
  findings.leaveOut("checklist items past the limit of a task", fresh.length - taken.length);
  owner.items += taken.length;
  const last = there.findLast(({ item }) => item.checklistId === checklist.id)?.item.rank ?? null;
  const ranks = ranksBetween(last, null, taken.length);
  return taken.map(({ memberId, ...item }, index) => {
    const assigneeId = memberId === null ? null : (people.get(memberId) ?? null);
    findings.leaveOut(
      "people of checklist items who have no account here",
      memberId !== null && assigneeId === null ? 1 : 0,
    );
    const { id: checklistId, taskId } = checklist;
    return { ...item, id: newId(), taskId, checklistId, assigneeId, rank: ranks[index] ?? "" };
  });
}

/** Awaited batch by batch: statements that wait to be sent would hold all texts in memory. */
async function insert({ tx, board, version }: BoardImport, checklists: readonly object[], items: readonly NewItem[]) {
  const [orgId, boardId] = [sql`${board.orgId}::uuid`, sql`${board.id}::uuid`];
  const people = [...new Set(items.flatMap(({ assigneeId }) => assigneeId ?? []))];
  await Promise.all([
    tx.db.execute(sql`
      insert into checklist (id, org_id, board_id, task_id, name, rank, version, external_id)
      select n.id, ${orgId}, ${boardId}, n."taskId", n.name, n.rank, ${version}::bigint, n."externalId"
      from json_to_recordset(${JSON.stringify(checklists)}::json)
        as n(id uuid, "taskId" uuid, name text, rank text, "externalId" text)`),
    tx.db.execute(sql`
      insert into board_member (org_id, board_id, user_id, role)
      select ${orgId}, ${boardId}, id, null from unnest(${uuids(people)}) as id on conflict do nothing`),
    tx.db.execute(sql`
      insert into check_item (id, org_id, board_id, task_id, checklist_id, text, state, assignee_id, due_at, rank, version,
        external_id)
      select n.id, ${orgId}, ${boardId}, n."taskId", n."checklistId", n.text, n.state, n."assigneeId", n."dueAt", n.rank,
        ${version}::bigint, n."externalId"
      from json_to_recordset(${JSON.stringify(items)}::json) as n(id uuid, "taskId" uuid, "checklistId" uuid, text text,
        state text, "assigneeId" uuid, "dueAt" timestamptz, rank text, "externalId" text)`),
  ]);
}

/** What cards show of them. */
async function countItems({ tx, board, version }: BoardImport): Promise<void> {
  await tx.db.execute(sql`
    update task t set items_done = n.done, items_total = n.total, version = ${version}::bigint
    from (select task_id, count(*) as total, count(*) filter (where state = 'done') as done from check_item
      where org_id = ${board.orgId}::uuid and board_id = ${board.id}::uuid group by task_id) n
    where t.id = n.task_id and (t.items_done, t.items_total) is distinct from (n.done, n.total)`);
}
