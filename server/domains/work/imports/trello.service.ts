import { type SQL, sql } from "drizzle-orm";
import type { BoardRole } from "../../../../db/enums.ts";
import { type OrgActor, toBoardActor } from "../../../core/access.ts";
import { AppError } from "../../../core/app-error.ts";
import { requireLocked } from "../../../core/event-log.ts";
import { newId } from "../../../core/ids.ts";
import { ranksBetween } from "../../../core/rank.ts";
import { announce, type Tx } from "../../../core/tx.ts";
import type { Board } from "../boards.contract.ts";
import { insertBoard } from "../boards.service.ts";
import type { Column } from "../columns.contract.ts";
import { COLUMNS_PER_BOARD } from "../columns.service.ts";
import type { ImportReport } from "./imports.contract.ts";
import type { Label } from "../labels.contract.ts";
import { LABELS_PER_BOARD } from "../labels.service.ts";
import { getProject } from "../projects.service.ts";
import { boardJson, columnJson, labelJson } from "../rows.ts";
import { matchFields } from "./trello-fields.ts";
import { matchPeople } from "./trello-people.ts";
import type { TrelloExport } from "./trello-reader.ts";
import { importChecklists } from "./trello-checklists.ts";
import { createFindings } from "./trello-report.ts";
import { importComments } from "./trello-comments.ts";
import type { ExportSpool } from "./trello-spool.ts";
import { type BoardImport, importCards } from "./trello-tasks.ts";

/** Where an export goes to. */
export interface ImportTarget {
  readonly orgId: string;
  readonly projectId: string;
}

/** What an import locks: the inbox of whoever imports, and the board that the file was imported to before, if any. */
export function streamsOfImport(target: ImportTarget & { userId: string }, externalId: string): SQL {
  return sql`
    select ${target.userId}::uuid
    union all select id from board where org_id = ${target.orgId}::uuid and project_id = ${target.projectId}::uuid
      and external_id = ${externalId}`;
}

/**
 * Makes a board of an export, or adds to the one that it was imported to before what that does not have; what exists
 * is compared and left as it is. Locks the project's row. Announces one `board.reset` when it changed the board.
 * Fails: PROJECT_NOT_FOUND, PROJECT_ARCHIVED, BOARD_NOT_FOUND, ACTION_FORBIDDEN, BOARD_ARCHIVED.
 */
export async function importTrelloBoard(
  tx: Tx,
  actor: OrgActor,
  input: { target: ImportTarget; file: TrelloExport; spool: ExportSpool },
): Promise<{ board: Board; report: ImportReport }> {
  const { file, spool } = input;
  const project = await getProject(tx.db, actor, input.target.projectId);
  const existing = await loadImportedBoard(tx, actor, project.id, file);
  if (!existing && project.state === "archived") throw new AppError("PROJECT_ARCHIVED");
  const board = existing ?? (await createImportedBoard(tx, actor, project.id, file));
  const findings = createFindings(file);
  const version = existing ? tx.nextVersion(board.id) : board.version;
  const work: BoardImport = { tx, actor, board, version, file, findings };
  if (existing) findings.compare("board", existing, { name: file.name });

  const columns = await importLists(work);
  const labels = await importLabels(work);
  const people = await matchPeople(tx.db, board, file.people);
  const fields = await matchFields(tx.db, { orgId: actor.orgId, projectId: project.id }, file.fields);
  findings.leaveOut("custom fields", file.fields.length - fields.size);
  await importCards(work, { columns, labels, people, fields }, spool.cards);
  await importComments(work, people, spool.comments);
  await importChecklists(work, people, spool.checklists);

  const { created } = findings;
  if (!existing || Object.values(created).some((count) => count > 0)) {
    announce(tx, { userId: actor.userId, boardId: board.id }, { type: "board.reset", data: {} });
  }
  return { board, report: findings.toReport(file.people, people) };
}

async function loadImportedBoard(tx: Tx, actor: OrgActor, projectId: string, file: TrelloExport) {
  const [row] = await tx.db.execute<{ board: Board; role: BoardRole | null }>(sql`
    select ${boardJson} as board, board_role(${actor.role}, b.visibility, bm.role) as role
    from board b left join board_member bm on bm.board_id = b.id and bm.user_id = ${actor.userId}::uuid
    where b.org_id = ${actor.orgId}::uuid and b.project_id = ${projectId}::uuid and b.external_id = ${file.externalId}`);
  if (!row) return undefined;
  // Somebody may have made it after the look before the lock.
  requireLocked(tx.streams, [row.board.id]);
  const { id: boardId, state } = row.board;
  // Whoever lacks a factor was refused as the actor of the organisation.
  toBoardActor({ ...actor, boardId, role: row.role, lacksFactor: false, state }, "board:apply");
  return row.board;
}

async function createImportedBoard(tx: Tx, actor: OrgActor, projectId: string, file: TrelloExport): Promise<Board> {
  const now = tx.now.toISOString();
  const board: Board = {
    id: newId(),
    orgId: actor.orgId,
    projectId,
    name: file.name,
    visibility: "org",
    state: "open",
    // That of the `board.reset` which follows.
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  insertBoard(tx, actor, board, file.externalId);
  return board;
}

/** Lists become columns, new ones behind those that exist. Answers external id → column id. */
async function importLists({ tx, board, version, file, findings }: BoardImport): Promise<Map<string, string>> {
  const rows = await tx.db.execute<{ externalId: string | null; column: Column }>(sql`
    select c.external_id as "externalId", ${columnJson} as column from board_column c
    where c.org_id = ${board.orgId}::uuid and c.board_id = ${board.id}::uuid order by c.rank, c.id`);
  const known = new Map(rows.map((row) => [row.externalId, row.column]));
  const missing = file.lists.filter((list) => !known.has(list.externalId));
  const fresh = missing.slice(0, Math.max(0, COLUMNS_PER_BOARD - rows.length));
  findings.leaveOut("lists past the limit of a board", missing.length - fresh.length);
  for (const { externalId, name, wipLimit, state } of file.lists) {
    const column = known.get(externalId);
    if (column) findings.compare("column", column, { name, wipLimit, state });
  }
  const ranks = ranksBetween(rows.at(-1)?.column.rank ?? null, null, fresh.length);
  const made = fresh.map((list, index) => ({ ...list, id: newId(), rank: ranks[index] }));
  findings.created.columns = made.length;
  tx.send(
    tx.db.execute(sql`
      insert into board_column (id, org_id, board_id, name, rank, state_group, wip_limit, state, version, external_id)
      select n.id, ${board.orgId}::uuid, ${board.id}::uuid, n.name, n.rank, n."stateGroup", n."wipLimit", n.state,
        ${version}::bigint, n."externalId"
      from json_to_recordset(${JSON.stringify(made)}::json)
        as n(id uuid, name text, rank text, "stateGroup" text, "wipLimit" int, state text, "externalId" text)`),
  );
  return idsOf(
    rows.map((row) => [row.externalId, row.column.id] as const),
    made,
  );
}

/** Answers external id → label id. */
async function importLabels({ tx, board, version, file, findings }: BoardImport): Promise<Map<string, string>> {
  const rows = await tx.db.execute<{ externalId: string | null; label: Label }>(sql`
    select l.external_id as "externalId", ${labelJson} as label from label l
    where l.org_id = ${board.orgId}::uuid and l.board_id = ${board.id}::uuid`);
  const known = new Map(rows.map((row) => [row.externalId, row.label]));
  const missing = file.labels.filter((label) => !known.has(label.externalId));
  const fresh = missing.slice(0, Math.max(0, LABELS_PER_BOARD - rows.length));
  findings.leaveOut("labels past the limit of a board", missing.length - fresh.length);
  for (const { externalId, name, color } of file.labels) {
    const label = known.get(externalId);
    if (label) findings.compare("label", label, { name, color });
  }
  const made = fresh.map((label) => ({ ...label, id: newId() }));
  findings.created.labels = made.length;
  tx.send(
    tx.db.execute(sql`
      insert into label (id, org_id, board_id, name, color, version, external_id)
      select n.id, ${board.orgId}::uuid, ${board.id}::uuid, n.name, n.color, ${version}::bigint, n."externalId"
      from json_to_recordset(${JSON.stringify(made)}::json) as n(id uuid, name text, color text, "externalId" text)`),
  );
  return idsOf(
    rows.map((row) => [row.externalId, row.label.id] as const),
    made,
  );
}

function idsOf(
  known: readonly (readonly [string | null, string])[],
  made: readonly { externalId: string; id: string }[],
): Map<string, string> {
  const old = known.flatMap(([externalId, id]) => (externalId === null ? [] : [[externalId, id] as const]));
  return new Map([...old, ...made.map(({ externalId, id }) => [externalId, id] as const)]);
}
