import { sql } from "drizzle-orm";
import type { OrgActor } from "../../../core/access.ts";
import { newId } from "../../../core/ids.ts";
import { ranksBetween } from "../../../core/rank.ts";
import { taskJson, taskSource } from "../rows.ts";
import type { Task } from "../tasks.contract.ts";
import { type ImportPlace, insertTasks, type NewTask, pastOf, takeNumbers } from "./new-tasks.ts";
import type { CardDraft } from "./trello-export.ts";
import { fieldValuesOf, type MatchedFields } from "./trello-fields.ts";
import type { TrelloExport } from "./trello-reader.ts";
import type { Findings } from "./trello-report.ts";
import type { Spool } from "./trello-spool.ts";

/** What one import works on. */
export interface BoardImport extends ImportPlace {
  readonly actor: OrgActor;
  readonly file: TrelloExport;
  readonly findings: Findings;
}

/** External ids → ours. */
export interface Known {
  readonly columns: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly people: ReadonlyMap<string, string>;
  readonly fields: MatchedFields;
}

/** What an import decides of a task. What it reads of an existing one has the same fields. */
interface Content {
  title: string;
  description: string;
  startAt: string | null;
  dueAt: string | null;
  coverColor: Task["coverColor"];
  state: Task["state"];
  columnId: string;
  labelIds: string[];
  assigneeIds: string[];
  assigneeNames: string[];
}

/**
 * Cards become tasks, batch by batch: new ones behind the open tasks of their columns, with the next numbers of the
 * project in the order of the numbers that they had.
 */
export async function importCards(work: BoardImport, known: Known, spool: Spool<CardDraft>): Promise<void> {
  const places = await placeCards(work, known);
  work.findings.created.tasks = places.size;
  const names = new Map(work.file.people.map(({ externalId, name }) => [externalId, name]));
  for await (const batch of spool.batches()) {
    const fresh: NewTask[] = [];
    const old = new Map<string, Content>();
    for (const draft of batch) {
      const columnId = known.columns.get(draft.listId);
      if (columnId === undefined) continue;
      const content = toContent(draft, columnId, known, names, work.findings);
      const place = places.get(draft.externalId);
      if (place === undefined) old.set(draft.externalId, content);
      else {
        fresh.push({ ...NOT_SAID, ...content, ...place, ...ownOf(work, draft, known.fields), id: newId() });
      }
    }
    await Promise.all([insertTasks(work, fresh), compareTasks(work, old)]);
  }
}

/** What Trello's cards do not have. */
const NOT_SAID = {
  priority: "none",
  startOn: null,
  dueOn: null,
  timeZone: null,
  estimate: null,
  commentCount: 0,
} as const;

/** What a new task has besides: when it came into being, and what its card's custom fields hold. */
function ownOf({ tx, findings }: BoardImport, draft: CardDraft, fields: MatchedFields) {
  const { values, leftOut } = fieldValuesOf(draft.fieldItems, fields);
  findings.leaveOut("custom field values", leftOut);
  return { ...pastOf(tx.now.toISOString(), draft), externalId: draft.externalId, fields: values };
}

interface Place {
  number: number;
  rank: string;
}

/** Number and rank of every card that is not on the board yet, by external id. */
async function placeCards({ tx, board, file, findings }: BoardImport, known: Known): Promise<Map<string, Place>> {
  const [existing, last] = await Promise.all([
    tx.db.execute<{ externalId: string }>(sql`
      select external_id as "externalId" from task
      where org_id = ${board.orgId}::uuid and board_id = ${board.id}::uuid and external_id is not null`),
    tx.db.execute<{ columnId: string; rank: string }>(sql`
      select column_id as "columnId", max(rank) as rank from task
      where org_id = ${board.orgId}::uuid and board_id = ${board.id}::uuid and state = 'open' group by column_id`),
  ]);
  const there = new Set(existing.map((row) => row.externalId));
  const lastRanks = new Map(last.map((row) => [row.columnId, row.rank]));
  const listed = file.cards.filter((card) => known.columns.has(card.listId));
  const fresh = listed.filter((card) => !there.has(card.externalId));
  findings.leaveOut("cards of lists that were left out", file.cards.length - listed.length);

  const first = await takeNumbers(tx, board, fresh.length);
  const numbers = new Map(
    fresh.toSorted((a, b) => a.idShort - b.idShort).map((card, index) => [card.externalId, first + index]),
  );
  const places = new Map<string, Place>();
  for (const [listId, cards] of Map.groupBy(fresh, (card) => card.listId)) {
    const ranks = ranksBetween(lastRanks.get(known.columns.get(listId) ?? "") ?? null, null, cards.length);
    for (const [index, { externalId }] of cards.toSorted((a, b) => a.pos - b.pos).entries()) {
      places.set(externalId, { number: numbers.get(externalId) ?? 0, rank: ranks[index] ?? "" });
    }
  }
  return places;
}

/** Ids of the file → ours, sorted as contracts have them; people without an account go by their names. */
function toContent(
  draft: CardDraft,
  columnId: string,
  known: Known,
  names: ReadonlyMap<string, string>,
  findings: Findings,
): Content {
  const { title, description, startAt, dueAt, coverColor, state } = draft;
  const labelIds = new Set<string>();
  for (const externalId of draft.labelIds) {
    const labelId = known.labels.get(externalId);
    if (labelId === undefined) findings.leaveOut("labels of cards that were left out or are not in the file");
    else labelIds.add(labelId);
  }
  const assigneeIds = new Set<string>();
  const assigneeNames = new Set<string>();
  for (const externalId of draft.memberIds) {
    const userId = known.people.get(externalId);
    const name = names.get(externalId);
    if (userId !== undefined) assigneeIds.add(userId);
    else if (name !== undefined) assigneeNames.add(name);
    else findings.leaveOut("people of cards who are not in the file");
  }
  const sets = { labelIds: [...labelIds].toSorted(), assigneeIds: [...assigneeIds].toSorted() };
  const words = { title, description, startAt, dueAt, coverColor };
  return { ...words, state, columnId, ...sets, assigneeNames: [...assigneeNames] };
}

async function compareTasks({ tx, board, findings }: BoardImport, drafts: ReadonlyMap<string, Content>): Promise<void> {
  if (drafts.size === 0) return;
  const rows = await tx.db.execute<{ externalId: string; task: Task }>(sql`
    select t.external_id as "externalId", ${taskJson} as task from ${taskSource}
    where t.org_id = ${board.orgId}::uuid and t.board_id = ${board.id}::uuid
      and t.external_id = any(array(select json_array_elements_text(${JSON.stringify([...drafts.keys()])}::json)))
    order by t.number`);
  for (const { externalId, task } of rows) {
    const draft = drafts.get(externalId);
    if (draft) findings.compare("task", { ...task, name: task.title }, draft);
  }
}
