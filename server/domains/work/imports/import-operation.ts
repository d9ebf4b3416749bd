import { type SQL, sql } from "drizzle-orm";
import { AppError } from "../../../core/app-error.ts";
import type { AppServices } from "../../../core/context.ts";
import type { Worker } from "../../../core/jobs.ts";
import type { WriteScope } from "../../../core/tx.ts";
import { write } from "../../../core/write.ts";
import type { ErrorKind } from "../../../errors.ts";
import { operationWorker, type RunningOperation } from "../../home/operation-worker.ts";
import { orgOf } from "../relations.service.ts";
import { IMPORT, type ImportJob } from "./import-kind.ts";
import type { ImportReport } from "./imports.contract.ts";
import { ROWS_ACTION } from "./imports.service.ts";
import { linkRows } from "./row-links.service.ts";
import { importRows } from "./rows.service.ts";
import { importTrelloExport } from "./trello-operation.ts";

export function importWorker(app: AppServices): Worker {
  return operationWorker(app, IMPORT, { run: runImport, abandon: abandonImport });
}

/**
 * Writes what is left of an import, in the name and with the rights of whoever started it: of rows some hundred at a time,
 * and what is written stays, so that a run that comes after a crash, or after a failure, goes on behind it; of a Trello
 * export all at once.
 */
async function runImport(app: AppServices, operation: RunningOperation<ImportJob>) {
  const { orgId, userId } = operation;
  const { importId, trello } = operation.input;
  try {
    const { projectId, boardId } = await requireBegun(app, { orgId, userId, importId });
    if (!trello) return await writeRows(app, operation, boardId);
    return await importTrelloExport(app, operation, { projectId, ...trello });
  } catch (error) {
    if (error instanceof AppError && error.kind !== "SERVER_UNAVAILABLE") await failBegun(app, operation, error.kind);
    throw error;
  }
}

async function writeRows(app: AppServices, operation: RunningOperation<ImportJob>, boardId: string) {
  const { orgId, userId } = operation;
  const { importId } = operation.input;
  const scope = { on: "board", userId, boardId, action: ROWS_ACTION } as const;
  const input = { importId };
  for (let isOver = false; !isOver;) {
    const piece = await write(app, { scope, procedure: IMPORT.job.name }, { service: importRows, input });
    if (!piece.isOver) await operation.progress(piece.done, piece.total);
    isOver = piece.isOver;
  }
  const call = { scope, procedure: IMPORT.job.name, alsoLocks: orgOfBoard };
  for (let isMore = true; isMore;) {
    const { done, left } = await write(app, call, { service: linkRows, input });
    if (left) await operation.progress(done, done);
    isMore = left;
  }
  return finish(app, { orgId, importId, boardId });
}

/** Relations are made under the lock of the organisation. */
function orgOfBoard(scope: WriteScope): SQL {
  return scope.on === "board" ? orgOf(scope.boardId, scope.userId) : sql`select null::uuid where false`;
}

interface Begun extends Record<string, unknown> {
  readonly projectId: string;
  /** Of rows. */
  readonly boardId: string;
  readonly isDisabled: boolean;
}

/** Fails: IMPORT_NOT_FOUND, ACCOUNT_DISABLED. */
async function requireBegun(
  { db }: AppServices,
  { orgId, userId, importId }: { orgId: string; userId: string; importId: string },
): Promise<Begun> {
  const [row] = await db.within({ orgId }).execute<Begun>(sql`
    select i.project_id as "projectId", i.board_id as "boardId", u.disabled_at is not null as "isDisabled"
    from board_import i left join app_user u on u.id = i.user_id
    where i.org_id = ${orgId}::uuid and i.id = ${importId}::uuid and i.user_id = ${userId}::uuid`);
  if (!row) throw new AppError("IMPORT_NOT_FOUND");
  if (row.isDisabled) throw new AppError("ACCOUNT_DISABLED");
  return row;
}

/** What the rows held is not needed any more, but of those that were refused. */
async function finish(
  { db }: AppServices,
  { orgId, importId, boardId }: { orgId: string; importId: string; boardId: string },
) {
  const [row] = await db.within({ orgId }).execute<{ report: ImportReport }>(sql`
    update board_import set state = 'done' where org_id = ${orgId}::uuid and id = ${importId}::uuid
      and state in ('importing', 'done') returning report`);
  const { created, unchanged, refused = 0 } = row?.report ?? { created: { tasks: 0 }, unchanged: { tasks: 0 } };
  return { importId, boardId, created: created.tasks, unchanged: unchanged.tasks, refused };
}

async function failBegun(
  app: AppServices,
  { orgId, input }: RunningOperation<ImportJob>,
  errorKind: ErrorKind,
): Promise<void> {
  await app.db.within({ orgId }).execute(sql`
    update board_import set state = 'failed', error_kind = ${errorKind}
    where org_id = ${orgId}::uuid and id = ${input.importId}::uuid and state = 'importing'`);
}

/** What was imported before stays, and its rows say so. */
async function abandonImport(app: AppServices, operation: RunningOperation<ImportJob>): Promise<void> {
  const { id, orgId, input } = operation;
  await app.db.within({ orgId }).execute(sql`
    update board_import i set state = 'cancelled' where i.org_id = ${orgId}::uuid and i.id = ${input.importId}::uuid
      and i.state = 'importing' and not exists (select from operation o where o.org_id = i.org_id and o.id = ${id}::uuid
        and o.state <> 'cancelling')`);
  await failBegun(app, operation, "INTERNAL");
  if (input.trello) await app.files.release({ orgId, id: input.trello.fileId });
}
