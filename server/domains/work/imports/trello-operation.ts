import { sql } from "drizzle-orm";
import type { AppServices } from "../../../core/context.ts";
import { write } from "../../../core/write.ts";
import type { RunningOperation } from "../../home/operation-worker.ts";
import { IMPORT, type ImportJob } from "./import-kind.ts";
import { makeFields } from "./trello-fields.ts";
import { importTrelloBoard, streamsOfImport } from "./trello.service.ts";
import { readTrelloExport } from "./trello-reader.ts";
import { openExportSpool } from "./trello-spool.ts";

/**
 * Makes a board of a stored Trello export, or adds to that of an earlier one, in one transaction with the end of the
 * operation: a run after a crash begins anew, and one after that end has nothing to do. Fails: what the reader and
 * `importTrelloBoard` fail with, ORG_NOT_FOUND, FILE_MISSING.
 */
export async function importTrelloExport(
  app: AppServices,
  operation: RunningOperation<ImportJob>,
  { projectId, fileId, sizeBytes, mayMakeFields }: { projectId: string } & NonNullable<ImportJob["trello"]>,
) {
  const { orgId, userId } = operation;
  const { importId } = operation.input;
  const stored = { orgId, id: fileId };
  const target = { orgId, projectId, userId };
  const spool = await openExportSpool();
  try {
    const file = await readTrelloExport(told(operation, await app.files.read(stored), sizeBytes), spool);
    if (mayMakeFields) await makeFields(app, target, file.fields);
    const result = await write(
      app,
      {
        scope: { on: "org", userId, orgId, action: "import:create" },
        procedure: IMPORT.job.name,
        alsoLocks: () => streamsOfImport(target, file.externalId),
      },
      {
        service: async (tx, actor) => {
          const { board, report } = await importTrelloBoard(tx, actor, { target, file, spool });
          const done = {
            importId,
            boardId: board.id,
            created: report.created.tasks,
            unchanged: report.unchanged.tasks,
          };
          tx.send(
            tx.db.execute(sql`
              update board_import set state = 'done', board_id = ${board.id}::uuid, report = ${JSON.stringify(report)}::jsonb
              where org_id = ${orgId}::uuid and id = ${importId}::uuid`),
          );
          await operation.endWithin(tx, done);
          return done;
        },
        input: {},
      },
    );
    await app.files.release(stored);
    return result;
  } finally {
    await spool.close();
  }
}

/** Tells how much of a file was read, in bytes. */
async function* told(
  operation: RunningOperation<ImportJob>,
  pieces: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let read = 0;
  for await (const piece of pieces) {
    yield piece;
    read += piece.byteLength;
    await operation.progress(read, sizeBytes);
  }
}
