import { sql } from "drizzle-orm";
import { newId } from "../../../core/ids.ts";
import { freshRanks } from "../../../core/rank.ts";
import { insertBoardRow } from "../boards.service.ts";
import type { Board } from "../boards.contract.ts";
import type { LineOf } from "./archive-format.ts";
import { at } from "./archive-map.ts";
import { type Importing, inBatches, past, rowsJson, VERSION } from "./importing.ts";

/** Writes what tasks stand on: nobody sees it yet. Answers the boards. */
export async function importSettings(work: Importing): Promise<Board[]> {
  await importFields(work);
  await importPlans(work);
  const boards = await importBoards(work);
  await importColumns(work);
  await importLabels(work);
  await importTransitions(work);
  return boards;
}

/** Of new projects alone: others keep those that they have. */
async function importFields(work: Importing): Promise<void> {
  const { tx, archive, map, orgId, isGiven } = work;
  if (isGiven) return;
  const ranks = freshRanks(map.fields.length);
  await inBatches(work, archive.lines("fields"), (batch) =>
    tx.db.execute(sql`
      insert into task_field (id, org_id, project_id, name, kind, options, rank, state)
      select n.id, ${orgId}::uuid, n."projectId", n.name, n.kind, n.options, n.rank, n.state
      from json_to_recordset(${rowsJson(
        batch.map(({ line: { n, project, name, state }, where }) => {
          const { id, kind, options } = at(map.fields, n, where);
          return { id, projectId: at(map.projects, project, where).id, name, kind, options, rank: ranks[n - 1], state };
        }),
      )}) as n(id uuid, "projectId" uuid, name text, kind text, options jsonb, rank text, state text)`),
  );
}

async function importPlans(work: Importing): Promise<void> {
  const { tx, archive, map, orgId } = work;
  await inBatches(work, archive.lines("plans"), (batch) =>
    tx.db.execute(sql`
      insert into plan (id, org_id, project_id, kind, name, starts_on, ends_on, state, created_at)
      select n.id, ${orgId}::uuid, n."projectId", n.kind, n.name, n."startsOn", n."endsOn", n.state, n."createdAt"
      from json_to_recordset(${rowsJson(
        batch.flatMap(({ line: { n, project, createdAt, ...plan }, where }) => {
          const { id, place } = at(map.plans, n, where);
          const projectId = at(map.projects, project, where).id;
          return place === "there" ? [] : { ...plan, id, projectId, createdAt: past(createdAt, tx) };
        }),
      )}) as n(id uuid, "projectId" uuid, kind text, name text, "startsOn" date, "endsOn" date, state text,
        "createdAt" timestamptz)`),
  );
}

async function importBoards(work: Importing): Promise<Board[]> {
  const { tx, archive, map, orgId, userId } = work;
  const boards: Board[] = [];
  for await (const { line, where } of archive.lines("boards")) {
    const { n, project, name, visibility, state, laneBy } = line;
    const createdAt = past(line.createdAt, tx);
    const board: Board = {
      id: at(map.boards, n, where).id,
      orgId,
      projectId: at(map.projects, project, where).id,
      name,
      visibility,
      state,
      version: VERSION,
      createdAt,
      updatedAt: tx.now.toISOString(),
    };
    insertBoardRow(tx, { userId }, board, { externalId: null, laneBy: laneOf(work, laneBy, where) });
    boards.push(board);
  }
  await tx.flush();
  return boards;
}

export function laneOf(
  { map }: Pick<Importing, "map">,
  lane: LineOf<"boards">["laneBy"],
  where: string,
): string | null {
  return lane === null || typeof lane === "string" ? lane : (map.fieldId(lane.field, where) ?? null);
}

async function importColumns(work: Importing): Promise<void> {
  const { tx, archive, map, orgId } = work;
  const ranks = ranksByGroup(map.boards.map(({ columns }) => columns));
  await inBatches(work, archive.lines("columns"), (batch) =>
    tx.db.execute(sql`
      insert into board_column (id, org_id, board_id, name, rank, state_group, wip_limit, wip_mode, state, version)
      select n.id, ${orgId}::uuid, n."boardId", n.name, n.rank, n."stateGroup", n."wipLimit", n."wipMode", n.state,
        ${VERSION}::bigint
      from json_to_recordset(${rowsJson(
        batch.map(({ line: { n, board, ...column }, where }) => ({
          ...column,
          id: at(map.columns, n, where).id,
          boardId: at(map.boards, board, where).id,
          rank: ranks(board),
        })),
      )}) as n(id uuid, "boardId" uuid, name text, rank text, "stateGroup" text, "wipLimit" int, "wipMode" text,
        state text)`),
  );
}

/** Short ranks for the rows of each group, in their order: made when its first one comes. */
export function ranksByGroup(counts: readonly number[]): (group: number) => string {
  const byGroup = new Map<number, { ranks: readonly string[]; used: number }>();
  return (group) => {
    const { ranks, used } = byGroup.get(group) ?? { ranks: freshRanks(counts[group - 1] ?? 0), used: 0 };
    byGroup.set(group, { ranks, used: used + 1 });
    const rank = ranks[used];
    if (rank === undefined) throw new Error("the rows of each group were counted");
    return rank;
  };
}

async function importLabels(work: Importing): Promise<void> {
  const { tx, archive, map, orgId } = work;
  await inBatches(work, archive.lines("labels"), (batch) =>
    tx.db.execute(sql`
      insert into label (id, org_id, board_id, name, color, version)
      select n.id, ${orgId}::uuid, n."boardId", n.name, n.color, ${VERSION}::bigint
      from json_to_recordset(${rowsJson(
        batch.map(({ line: { n, board, ...label }, where }) => ({
          ...label,
          id: at(map.labels, n, where).id,
          boardId: at(map.boards, board, where).id,
        })),
      )}) as n(id uuid, "boardId" uuid, name text, color text)`),
  );
}

async function importTransitions(work: Importing): Promise<void> {
  const { tx, archive, map, orgId } = work;
  await inBatches(work, archive.lines("transitions"), (batch) =>
    tx.db.execute(sql`
      insert into transition (id, org_id, board_id, name, from_column_ids, to_column_id, minimum_role, required_fields, version)
      select n.id, ${orgId}::uuid, n."boardId", n.name,
        case when json_typeof(n."from") = 'array' then array(select json_array_elements_text(n."from")::uuid order by 1) end,
        n."to", n."minimumRole", array(select json_array_elements_text(n.requires)), ${VERSION}::bigint
      from json_to_recordset(${rowsJson(
        batch.map(({ line: { board, name, from, to, minimumRole, requires }, where }) => ({
          id: newId(),
          boardId: at(map.boards, board, where).id,
          name,
          from: from?.map((column) => at(map.columns, column, where).id) ?? null,
          to: at(map.columns, to, where).id,
          minimumRole,
          requires: requires
            .flatMap((one) => (typeof one === "string" ? one : (map.fieldId(one.field, where) ?? [])))
            .toSorted(),
        })),
      )}) as n(id uuid, "boardId" uuid, name text, "from" json, "to" uuid, "minimumRole" text, requires json)`),
  );
}
