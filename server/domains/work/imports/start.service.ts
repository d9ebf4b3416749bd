import { sql } from "drizzle-orm";
import type { OrgActor } from "../../../core/access.ts";
import { AppError } from "../../../core/app-error.ts";
import type { NewFile } from "../../../core/files/files.ts";
import { newId } from "../../../core/ids.ts";
import { note, type Tx } from "../../../core/tx.ts";
import { beginOperation } from "../../home/operations.service.ts";
import type { Board } from "../boards.contract.ts";
import { insertBoard, requireRoomForBoard } from "../boards.service.ts";
import type { Field } from "../fields.contract.ts";
import { getProject } from "../projects.service.ts";
import { IMPORT } from "./import-kind.ts";
import type { ImportMapping, ImportStarted, StartImport } from "./import-tables.contract.ts";
import type { ImportBegun } from "./imports.contract.ts";
import { type ClaimedImport, isRun, requireBoard } from "./imports.service.ts";
import { getReceived, type ReceivedImport } from "./preview.service.ts";
import { fieldsOfImport } from "./row-drafts.ts";

/**
 * Starts an import whose file has come: makes its board, unless there is one, and begins an operation that writes its rows
 * in the caller's name. Announces `operation.changed`, and of a new board `board.created` and `share.received`. Fails:
 * IMPORT_NOT_FOUND, IMPORT_NOT_READY, IMPORT_RUNNING, IMPORT_FINISHED, INPUT_INVALID (a mapping that does not fit),
 * BOARD_NOT_FOUND, ACTION_FORBIDDEN, BOARD_ARCHIVED, PROJECT_ARCHIVED, BOARDS_TOO_MANY, OPERATIONS_TOO_MANY.
 */
export async function startImport(tx: Tx, actor: OrgActor, input: StartImport): Promise<ImportStarted> {
  const { orgId, userId } = actor;
  const { importId, mapping } = input;
  const [received, fields] = await Promise.all([
    getReceived(tx.db, actor, { importId, isLocked: true }),
    fieldsOfImport(tx.db, { orgId, importId }),
  ]);
  requireFit(mapping, received, fields);
  const { projectId } = received;
  const boardId = received.boardId ?? newId();
  note(tx, { id: importId, after: { boardId } });
  const [operation] = await Promise.all([
    beginOperation(tx, { orgId, userId }, { kind: IMPORT, input: { importId } }),
    received.boardId === null
      ? createBoard(tx, actor, { id: boardId, received })
      : requireBoard(tx.db, actor, { boardId, projectId }),
  ]);
  tx.send(
    tx.db.execute(sql`
      update board_import set state = 'importing', board_id = ${boardId}::uuid, mapping = ${JSON.stringify(mapping)}::jsonb
      where org_id = ${orgId}::uuid and id = ${importId}::uuid`),
  );
  return { importId, boardId, operationId: operation.id };
}

/**
 * Begins the operation that makes a board of a Trello export whose file has come, in the name of whoever sent it. Announces
 * `operation.changed`. Fails: IMPORT_RUNNING when another upload took its place, OPERATIONS_TOO_MANY.
 */
export async function startTrelloImport(
  tx: Tx,
  { orgId, userId }: OrgActor,
  { run, file, mayMakeFields }: { run: ClaimedImport; file: NewFile; mayMakeFields: boolean },
): Promise<ImportBegun> {
  const { id: importId } = run;
  const rows = await tx.db.execute(sql`update board_import set state = 'importing' where ${isRun(run)} returning id`);
  if (rows.length === 0) throw new AppError("IMPORT_RUNNING");
  note(tx, { id: importId });
  const input = { importId, trello: { fileId: file.id, sizeBytes: file.sizeBytes, mayMakeFields } };
  const operation = await beginOperation(tx, { orgId, userId }, { kind: IMPORT, input });
  return { importId, operationId: operation.id };
}

/** Fails: INPUT_INVALID, with what of the mapping is to blame. */
function requireFit({ columns }: ImportMapping, { source, headers }: ReceivedImport, fields: readonly Field[]): void {
  if (source === "github") return;
  const wrong: Record<string, string> = {};
  for (const [index, { column, to, fieldId }] of columns.entries()) {
    if (column >= headers.length) wrong[`mapping.columns.${index}.column`] = "The table has no such column.";
    if (to === "field" && fields.every(({ id }) => id !== fieldId)) {
      wrong[`mapping.columns.${index}.fieldId`] = "The project has no such field.";
    }
  }
  if (columns.every(({ to }) => to !== "title")) wrong["mapping.columns"] = "Some column has to be the title.";
  if (Object.keys(wrong).length > 0) throw new AppError("INPUT_INVALID", { fields: wrong });
}

async function createBoard(
  tx: Tx,
  actor: OrgActor,
  { id, received }: { id: string; received: ReceivedImport },
): Promise<void> {
  const [project] = await Promise.all([
    getProject(tx.db, actor, received.projectId),
    requireRoomForBoard(tx.db, actor),
  ]);
  if (project.state === "archived") throw new AppError("PROJECT_ARCHIVED");
  const now = tx.now.toISOString();
  const board: Board = {
    id,
    orgId: actor.orgId,
    projectId: project.id,
    name: received.boardName ?? nameOf(received.fileName),
    visibility: "org",
    state: "open",
    version: 0,
    createdAt: now,
    updatedAt: now,
  };
  insertBoard(tx, actor, board, null);
}

/** Without its ending. */
function nameOf(fileName: string): string {
  return (
    fileName
      .replace(/\.(?:csv|tsv|txt|json)$/iu, "")
      .slice(0, 200)
      .trim() || "Imported"
  );
}
