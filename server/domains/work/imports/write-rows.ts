import { sql } from "drizzle-orm";
import { newId } from "../../../core/ids.ts";
import { ranksBetween } from "../../../core/rank.ts";
import { COMMENTS_PER_TASK } from "../comments.service.ts";
import { mergeValues } from "../field-values.ts";
import { insertComments, type NewComment } from "./new-comments.ts";
import { type ImportPlace, insertTasks, meetPeople, type NewTask, pastOf, takeNumbers } from "./new-tasks.ts";
import type { Ground, GroundColumn, RowDecision } from "./row-decision.ts";
import type { NamedDraft, WrittenRow } from "./row-draft.ts";

/** A row, and what becomes of it. */
export interface Decided extends NamedDraft {
  readonly decision: RowDecision;
}

/** What became of those that are taken. */
export interface Written {
  readonly tasks: readonly NewTask[];
  readonly rows: readonly WrittenRow[];
  readonly comments: number;
  /** Rows whose tasks have as many comments as they may. */
  readonly cut: ReadonlySet<number>;
}

/** Writes what rows become: new columns and labels, tasks in the order of the rows, comments. */
export async function writeRows(place: ImportPlace, ground: Ground, decided: readonly Decided[]): Promise<Written> {
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
