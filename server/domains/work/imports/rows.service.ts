import { sql } from "drizzle-orm";
import { type BoardActor, mayDo } from "../../../core/access.ts";
import { newId } from "../../../core/ids.ts";
import { ranksBetween } from "../../../core/rank.ts";
import { announce, type Tx } from "../../../core/tx.ts";
import type { Board } from "../boards.contract.ts";
import { COMMENTS_PER_TASK } from "../comments.service.ts";
import { boardJson } from "../rows.ts";
import { mergeValues } from "../field-values.ts";
import { ImportMapping } from "./import-tables.contract.ts";
import type { ImportReport } from "./imports.contract.ts";
import { insertComments, type NewComment } from "./new-comments.ts";
import { type ImportPlace, insertTasks, meetPeople, type NewTask, pastOf, takeNumbers } from "./new-tasks.ts";
import { decideRow, type Ground, type GroundColumn, type RowDecision } from "./row-decision.ts";
import { fieldsOfImport, type RowSource, rowsBehind, toDraft, toExternalName } from "./row-drafts.ts";
import { loadGround, type NamedDraft, type WrittenRow } from "./row-ground.ts";
import { planImported } from "./row-plans.ts";
import type { RowLinks } from "./row-draft.ts";
import type { RowNote, RowProblem } from "./row-problems.contract.ts";
import { withRows } from "./rows-report.ts";

/** So many rows hold the board together, and are one event: the rest of a file lets others in between. */
const ROWS_AT_ONCE = 500;

/** How far an import is. `isOver`: there is nothing left for it to do, or somebody else has ended it. */
export interface RowsDone {
  readonly isOver: boolean;
  readonly done: number;
  readonly total: number;
}

/** An import that is under way, held by this transaction. */
export interface HeldImport extends Record<string, unknown> {
  readonly id: string;
  readonly source: RowSource;
  readonly mapping: ImportMapping;
  readonly done: number;
  readonly total: number;
  readonly report: ImportReport;
  readonly board: Board;
}

/** Holds an import, so that one at a time writes for it. Undefined: it is not under way. */
export async function holdImport(tx: Tx, actor: BoardActor, importId: string): Promise<HeldImport | undefined> {
  const [row] = await tx.db.execute<HeldImport>(sql`
    select i.id, i.source, i.mapping, i.rows_done as done, i.row_count as total, i.report, ${boardJson} as board
    from board_import i join board b on b.id = i.board_id
    where i.org_id = ${actor.orgId}::uuid and i.id = ${importId}::uuid and i.user_id = ${actor.userId}::uuid
      and i.board_id = ${actor.boardId}::uuid and i.state = 'importing'
    for update of i`);
  return row && { ...row, mapping: ImportMapping.parse(row.mapping) };
}

/**
 * Writes the next rows of an import onto its board, each with its outcome: whoever goes on after a crash goes on behind
 * them. A row that is wrong is refused, and the others are not. Announces one `board.reset` when it changed the board, and
 * `tasks.planned`.
 */
export async function importRows(
  tx: Tx,
  actor: BoardActor,
  { importId }: { importId: string; mutationId?: string },
): Promise<RowsDone> {
  const held = await holdImport(tx, actor, importId);
  if (!held) return { isOver: true, done: 0, total: 0 };
  const { orgId } = actor;
  const [kept, fields] = await Promise.all([
    rowsBehind(tx.db, { orgId, importId }, { after: held.done, limit: ROWS_AT_ONCE }),
    fieldsOfImport(tx.db, { orgId, importId }),
  ]);
  if (kept.length === 0) return { isOver: true, done: held.done, total: held.total };
  const drafted = kept.map((row) => ({ row: row.row, ...toDraft(row, { ...held, fields }) }));
  const drafts = drafted.flatMap((one): NamedDraft[] => {
    if (!("draft" in one)) return [];
    return [{ ...one, externalId: toExternalName(one.draft.id, { ...held, importId, row: one.row }) }];
  });
  const refused = drafted.flatMap((one) => ("draft" in one ? [] : [{ row: one.row, refusal: one.refusal }]));
  const ground = await loadGround(tx.db, {
    orgId,
    board: held.board,
    importId,
    drafts,
    may: mayMake(actor, held.mapping),
  });
  const place: ImportPlace = { tx, actor, board: held.board, version: tx.nextVersion(actor.boardId) };
  const decided = drafts.map((one) => ({ ...one, decision: decideRow(ground, one.draft, one.externalId) }));
  const written = await writeRows(place, ground, decided);
  if (written.tasks.length + ground.newColumns.length > 0) announce(tx, actor, { type: "board.reset", data: {} });
  const notPlanned = await planImported(tx, actor, { board: held.board, rows: written.rows });
  const done = kept.at(-1)?.row ?? held.done;
  await keepOutcomes(place, held, { refused, decided, written, notPlanned, done, ground });
  return { isOver: false, done, total: held.total };
}

function mayMake(actor: BoardActor, { missing }: ImportMapping): Ground["may"] {
  const isWanted = missing === "create";
  return {
    makeColumns: isWanted && mayDo(actor, "column:create"),
    makeLabels: isWanted && mayDo(actor, "label:create"),
  };
}

/** A row, and what becomes of it. */
interface Decided extends NamedDraft {
  readonly decision: RowDecision;
}

interface Written {
  readonly tasks: readonly NewTask[];
  readonly rows: readonly WrittenRow[];
  readonly comments: number;
  /** Rows whose tasks have as many comments as they may. */
  readonly cut: ReadonlySet<number>;
}

async function writeRows(place: ImportPlace, ground: Ground, decided: readonly Decided[]): Promise<Written> {
  await insertColumns(place, ground);
  await insertLabels(place, ground);
  const made = decided.flatMap(({ decision, ...one }) =>
    decision.outcome === "created" ? [{ ...one, decision }] : [],
  );
  const first = made.length === 0 ? 0 : await takeNumbers(place.tx, place.board, made.length);
  const ranks = ranksOf(made.map(({ decision }) => decision.column));
  const now = place.tx.now.toISOString();
  const rows = made.map(({ decision: _, ...one }) => ({ ...one, taskId: newId() }));
  const tasks = made.map(({ draft, externalId, decision }, index): NewTask => {
    const { title, description, priority, dates, estimate, state } = draft;
    const { column, labelIds, assigneeIds, assigneeNames } = decision;
    return {
      id: rows[index]?.taskId ?? "",
      externalId,
      number: first + index,
      rank: ranks[index] ?? "",
      columnId: column.id,
      title,
      description,
      priority,
      estimate,
      state,
      labelIds,
      assigneeIds,
      assigneeNames,
      ...dates,
      ...pastOf(now, draft),
      coverColor: null,
      fields: mergeValues({}, decision.fields),
      commentCount: Math.min(draft.comments.length, COMMENTS_PER_TASK),
    };
  });
  await insertTasks(place, tasks);
  await meetPeople(place, peopleInFields(ground, made));
  const comments = rows.flatMap((row) => commentsOf(place, ground, row));
  await insertComments(place, comments);
  const cut = rows.filter(({ draft }) => draft.comments.length > COMMENTS_PER_TASK).map(({ row }) => row);
  return { tasks, rows, comments: comments.length, cut: new Set(cut) };
}

/** Whoever is named in a field of a task. */
function peopleInFields({ people }: Ground, rows: readonly NamedDraft[]): string[] {
  return rows.flatMap(({ draft }) => draft.fieldPeople.flatMap(({ name }) => people.get(name) ?? []));
}

/** Behind the last task of each column, in the order of the rows. */
function ranksOf(columns: readonly GroundColumn[]): string[] {
  const ranks: string[] = [];
  for (const [column, places] of Map.groupBy(columns.keys(), (index) => columns[index])) {
    if (!column) continue;
    const fresh = ranksBetween(column.lastRank, null, places.length);
    for (const [index, at] of places.entries()) ranks[at] = fresh[index] ?? "";
  }
  return ranks;
}

function commentsOf({ tx }: ImportPlace, ground: Ground, { draft, externalId, taskId }: WrittenRow): NewComment[] {
  const now = tx.now.toISOString();
  return draft.comments.slice(0, COMMENTS_PER_TASK).map(({ author, text, createdAt, editedAt }, index) => {
    const authorId = ground.people.get(author) ?? null;
    return {
      id: newId(),
      externalId: `${externalId}:${index}`,
      taskId,
      authorId,
      authorName: authorId === null && author !== "" ? author : null,
      text,
      mentionIds: [],
      createdAt: createdAt !== null && createdAt < now ? createdAt : now,
      editedAt,
    };
  });
}

/** In the order of what they are, behind those that are there. */
async function insertColumns({ tx, board, version }: ImportPlace, { newColumns }: Ground): Promise<void> {
  if (newColumns.length === 0) return;
  const [last] = await tx.db.execute<{ rank: string | null }>(sql`
    select max(rank) as rank from board_column
    where org_id = ${board.orgId}::uuid and board_id = ${board.id}::uuid and state = 'open'`);
  const order = ["backlog", "unstarted", "started", "completed", "cancelled"];
  const columns = newColumns.toSorted((a, b) => order.indexOf(a.stateGroup) - order.indexOf(b.stateGroup));
  const ranks = ranksBetween(last?.rank ?? null, null, columns.length);
  const made = columns.map(({ id, name, stateGroup }, index) => ({ id, name, stateGroup, rank: ranks[index] }));
  await tx.db.execute(sql`
    insert into board_column (id, org_id, board_id, name, rank, state_group, state, version)
    select n.id, ${board.orgId}::uuid, ${board.id}::uuid, n.name, n.rank, n."stateGroup", 'open', ${version}::bigint
    from json_to_recordset(${JSON.stringify(made)}::json) n(id uuid, name text, rank text, "stateGroup" text)`);
}

async function insertLabels({ tx, board, version }: ImportPlace, { newLabels }: Ground): Promise<void> {
  if (newLabels.length === 0) return;
  await tx.db.execute(sql`
    insert into label (id, org_id, board_id, name, color, version)
    select n.id, ${board.orgId}::uuid, ${board.id}::uuid, n.name, n.color, ${version}::bigint
    from json_to_recordset(${JSON.stringify(newLabels)}::json) n(id uuid, name text, color text)`);
}

interface Outcomes {
  readonly refused: readonly { row: number; refusal: RowProblem }[];
  readonly decided: readonly Decided[];
  readonly written: Written;
  readonly notPlanned: ReadonlySet<number>;
  readonly done: number;
  readonly ground: Ground;
}

/** What is remembered of a row. */
interface KeptOutcome {
  readonly row: number;
  readonly outcome: RowDecision["outcome"];
  readonly externalId?: string;
  readonly otherId?: string | null;
  readonly taskId?: string | undefined;
  readonly refusal?: RowProblem;
  readonly notes: readonly RowNote[];
  readonly links?: RowLinks | null;
}

function outcomesOf({ refused, decided, written, notPlanned }: Outcomes): KeptOutcome[] {
  const taskIds = new Map(written.rows.map(({ row, taskId }) => [row, taskId]));
  return [
    ...refused.map(({ row, refusal }): KeptOutcome => ({ row, outcome: "refused", refusal, notes: [] })),
    ...decided.map(({ row, externalId, draft, decision }): KeptOutcome => {
      const { outcome } = decision;
      const named = { row, outcome, externalId, otherId: draft.otherId, notes: [] };
      if (outcome === "refused") return { ...named, refusal: decision.refusal };
      if (outcome === "unchanged") return { ...named, taskId: decision.taskId };
      const { parent, blocks, blockedBy } = draft.links;
      const links = parent !== null || blocks.length + blockedBy.length > 0 ? draft.links : null;
      const notes = [...decision.notes];
      if (notPlanned.has(row)) notes.push("PLANS_FULL");
      if (written.cut.has(row)) notes.push("COMMENTS_FULL");
      return { ...named, taskId: taskIds.get(row), notes, links };
    }),
  ];
}

/** With what they are of: whoever runs this again after the commit finds them done. */
async function keepOutcomes({ tx, board }: ImportPlace, held: HeldImport, outcomes: Outcomes): Promise<void> {
  const { ground, written, done } = outcomes;
  const rows = outcomesOf(outcomes);
  const report = withRows(held.report, {
    columns: ground.newColumns.length,
    labels: ground.newLabels.length,
    comments: written.comments,
    outcomes: rows.map(({ outcome }) => outcome),
    people: ground.people,
    drafts: written.rows.map(({ draft }) => draft),
  });
  await Promise.all([
    // Between these rows: nobody has counted those of a file that has just come, and the planner would read all of them.
    tx.db.execute(sql`
      update import_row r set outcome = n.outcome, external_id = n."externalId", other_id = n."otherId",
        task_id = n."taskId", refusal = n.refusal, links = n.links,
        notes = array(select json_array_elements_text(n.notes)),
        content = case when n.outcome = 'refused' then r.content end
      from json_to_recordset(${JSON.stringify(rows)}::json) n(row int, outcome text, "externalId" text, "otherId" text,
        "taskId" uuid, refusal text, links jsonb, notes json)
      where r.org_id = ${board.orgId}::uuid and r.import_id = ${held.id}::uuid and r.row = n.row
        and r.row > ${held.done}::int and r.row <= ${done}::int`),
    tx.db.execute(sql`
      update board_import set rows_done = ${done}::int, report = ${JSON.stringify(report)}::jsonb
      where org_id = ${board.orgId}::uuid and id = ${held.id}::uuid`),
  ]);
}
