import { sql, type SQL } from "drizzle-orm";
import type { Database, Db } from "../../../../db/client.ts";
import {
  findAtBoard,
  keyAllows,
  type KeyLimits,
  type OrgActor,
  requireOrgActor,
  toBoardActor,
} from "../../../core/access.ts";
import { AppError } from "../../../core/app-error.ts";
import type { AppServices } from "../../../core/context.ts";
import { newId } from "../../../core/ids.ts";
import type { Tx } from "../../../core/tx.ts";
import type { CreateImport, GetImport, Import, ImportCreated } from "./imports.contract.ts";
import type { ErrorKind } from "../../../errors.ts";
import type { Board } from "../boards.contract.ts";
import { requireRoomForBoard } from "../boards.service.ts";
import { getProject } from "../projects.service.ts";
import { boardJson } from "../rows.ts";

/** What one has to be allowed on a board to import rows to it. */
export const ROWS_ACTION = "board:apply";
/** How long after its announcement an upload may come. */
const WAITS_MS = 24 * 3_600_000;
/** A run that is older has ended with its process. */
const RUNS_AT_MOST_MS = 3_600_000;

/**
 * Announces an upload: answers where to PUT the file. Fails: PROJECT_NOT_FOUND, PROJECT_ARCHIVED, BOARDS_TOO_MANY,
 * INPUT_INVALID (a board for a Trello export), BOARD_NOT_FOUND, ACTION_FORBIDDEN, BOARD_ARCHIVED.
 */
export async function createImport(tx: Tx, actor: OrgActor, input: CreateImport): Promise<ImportCreated> {
  const { boardId = null, boardName = null } = input;
  if (input.source === "trello" && (boardId ?? boardName) !== null) {
    throw new AppError("INPUT_INVALID", { fields: { boardId: "A Trello export makes a board of its own." } });
  }
  const [project] = await Promise.all([
    getProject(tx.db, actor, input.projectId),
    boardId === null ? requireRoomForBoard(tx.db, actor) : requireBoard(tx.db, actor, { ...input, boardId }),
  ]);
  if (project.state === "archived") throw new AppError("PROJECT_ARCHIVED");
  const id = newId();
  tx.send(
    tx.db.execute(sql`
      insert into board_import (id, org_id, project_id, user_id, source, file_name, state, board_id, board_name, created_at)
      values (${id}::uuid, ${actor.orgId}::uuid, ${project.id}::uuid, ${actor.userId}::uuid, ${input.source},
        ${input.fileName}, 'waiting', ${boardId}::uuid, ${boardName}, ${tx.now.toISOString()}::timestamptz)`),
  );
  return { importId: id, uploadUrl: `/imports/${id}` };
}

/** A board of the project that whoever asks may import to. Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN, BOARD_ARCHIVED. */
export async function requireBoard(
  db: Db,
  actor: OrgActor,
  { boardId, projectId }: { boardId: string; projectId: string },
): Promise<Board> {
  const { orgId, userId, key } = actor;
  const [found, [row]] = await Promise.all([
    findAtBoard(db, { userId, boardId }),
    db.execute<{ board: Board }>(sql`
      select ${boardJson} as board from board b where b.org_id = ${orgId}::uuid and b.id = ${boardId}::uuid
        and b.project_id = ${projectId}::uuid`),
  ]);
  if (!row) throw new AppError("BOARD_NOT_FOUND");
  toBoardActor({ ...found, orgId, userId, boardId, key, state: row.board.state }, ROWS_ACTION);
  return row.board;
}

/** What became of an import. Fails: IMPORT_NOT_FOUND, also for those of others. */
export async function getImport(db: Db, actor: OrgActor, input: GetImport): Promise<Import> {
  const [row] = await db.execute<{ import: Import }>(sql`
    select json_build_object('id', i.id, 'orgId', i.org_id, 'projectId', i.project_id, 'source', i.source,
      'fileName', i.file_name, 'state', i.state, 'boardId', i.board_id, 'rowCount', i.row_count, 'rowsDone', i.rows_done, 'report', i.report, 'errorKind', i.error_kind,
      'createdAt', iso(i.created_at)) as import
    from board_import i
    where i.org_id = ${actor.orgId}::uuid and i.id = ${input.importId}::uuid and i.user_id = ${actor.userId}::uuid`);
  if (!row) throw new AppError("IMPORT_NOT_FOUND");
  return row.import;
}

/**
 * Whoever announced an import, by its address alone, and the organisation that it is in. Fails: IMPORT_NOT_FOUND (also for
 * those of others), KEY_FORBIDDEN, ORG_NOT_FOUND, ACTION_FORBIDDEN.
 */
export async function requireImporter(
  db: Database,
  { userId, key, id }: { userId: string; key: KeyLimits | undefined; id: string },
  action: "import:create" | "import:read",
): Promise<{ inOrg: Db; actor: OrgActor }> {
  const [found] = await db
    .within({ userId })
    .execute<{ orgId: string | null }>(sql`select org_of_import(${id}::uuid) as "orgId"`);
  const orgId = found?.orgId ?? null;
  if (orgId === null || (key && key.orgId !== orgId)) throw new AppError("IMPORT_NOT_FOUND");
  if (!keyAllows(key, action)) throw new AppError("KEY_FORBIDDEN");
  const inOrg = db.within({ orgId });
  return { inOrg, actor: await requireOrgActor(inOrg, { userId, orgId, key }, action) };
}

/** An import whose upload is under way here. `startedAt` tells this run from one that takes its place. */
export interface ClaimedImport {
  readonly id: string;
  readonly orgId: string;
  readonly projectId: string;
  readonly userId: string;
  readonly source: Import["source"];
  readonly startedAt: string;
}

/**
 * Begins the run of an import that waits, has failed, or was left behind by a process that ended.
 * Fails: IMPORT_NOT_FOUND (also for those of others, and after a day), ORG_NOT_FOUND, ACTION_FORBIDDEN,
 * IMPORT_RUNNING, IMPORT_FINISHED.
 */
export async function claimImport(
  { db, clock }: AppServices,
  { userId, key }: { userId: string; key: KeyLimits | undefined },
  id: string,
): Promise<ClaimedImport> {
  const now = clock.now().getTime();
  const at = (ms: number) => sql`${new Date(now - ms).toISOString()}::timestamptz`;
  const own = sql`id = ${id}::uuid and user_id = ${userId}::uuid`;
  const { inOrg } = await requireImporter(db, { userId, key, id }, "import:create");
  // One statement on one row: of two uploads at once, the later one finds the state that the first has left.
  const [claimed] = await inOrg.execute<{ claimed: ClaimedImport }>(sql`
    update board_import set state = 'running', started_at = ${at(0)}, error_kind = null
    where ${own} and created_at > ${at(WAITS_MS)}
      and (state in ('waiting', 'failed') or (state = 'running' and started_at < ${at(RUNS_AT_MOST_MS)}))
    returning json_build_object('id', id, 'orgId', org_id, 'projectId', project_id, 'userId', user_id,
      'source', source, 'startedAt', iso(started_at)) as claimed`);
  if (claimed) return claimed.claimed;
  const [row] = await inOrg.execute<{ state: Import["state"] }>(sql`select state from board_import where ${own}`);
  if (row?.state === "running" || row?.state === "importing") throw new AppError("IMPORT_RUNNING");
  throw new AppError(row === undefined || row.state === "waiting" ? "IMPORT_NOT_FOUND" : "IMPORT_FINISHED");
}

/** Ends a run that left nothing behind. Without the database it ends by its age. */
export async function failImport({ db, log }: AppServices, run: ClaimedImport, kind: ErrorKind): Promise<void> {
  try {
    await db
      .within({ orgId: run.orgId })
      .execute(sql`update board_import set state = 'failed', error_kind = ${kind} where ${isRun(run)}`);
  } catch (error) {
    log.warn({ err: error, importId: run.id }, "an import failed, and that could not be written down");
  }
}

/** The import while this upload of it is the one that counts. */
export function isRun(run: ClaimedImport): SQL {
  return sql`org_id = ${run.orgId}::uuid and id = ${run.id}::uuid and state = 'running'
    and started_at = ${run.startedAt}::timestamptz`;
}
