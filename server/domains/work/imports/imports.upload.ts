import { sourceOf } from "../../../core/audit/source.ts";
import { kindOf, logged, type Transfer, whole } from "../../../core/transfer.ts";
import { note } from "../../../core/tx.ts";
import { write } from "../../../core/write.ts";
import type { ImportDone } from "./imports.contract.ts";
import { claimImport, type ClaimedImport, failImport, finishImport } from "./imports.service.ts";
import { readTrelloExport } from "./trello-reader.ts";
import { streamsOfImport, importTrelloBoard } from "./trello.service.ts";
import { type ExportSpool, openExportSpool } from "./trello-spool.ts";

/**
 * Takes the file of an announced import and runs it: the file is read as it arrives, and written in one transaction at
 * its end. A refused file leaves nothing behind but the import's state; the rest of it is left to the caller.
 * Fails: IMPORT_NOT_FOUND, IMPORT_RUNNING, IMPORT_FINISHED, IMPORT_INTERRUPTED, IMPORT_NOT_JSON, IMPORT_WRONG_SHAPE,
 * BOARD_FULL, what `importTrelloBoard` fails with, and what the body does.
 */
export async function receiveImport(
  ctx: Transfer,
  importId: string,
  body: AsyncIterable<Uint8Array>,
): Promise<ImportDone> {
  return logged(ctx, { path: "imports.upload", type: "upload" }, async () => {
    const claimed = await claimImport(ctx.app, { userId: ctx.user.id, key: ctx.session.key }, importId);
    return run(ctx, claimed, whole(body, "IMPORT_INTERRUPTED"));
  });
}

async function run(ctx: Transfer, claimed: ClaimedImport, body: AsyncIterable<Uint8Array>): Promise<ImportDone> {
  try {
    const spool = await openExportSpool();
    try {
      return await importFile(ctx, claimed, body, spool);
    } finally {
      await spool.close();
    }
  } catch (error) {
    await failImport(ctx.app, claimed, kindOf(error));
    throw error;
  }
}

async function importFile(
  ctx: Transfer,
  claimed: ClaimedImport,
  body: AsyncIterable<Uint8Array>,
  spool: ExportSpool,
): Promise<ImportDone> {
  const { id: importId, orgId, userId } = claimed;
  const file = await readTrelloExport(body, spool);
  return write(
    ctx.app,
    {
      scope: { on: "org", userId, orgId, action: "import:create" },
      procedure: "imports.upload",
      source: sourceOf(ctx),
      alsoLocks: () => streamsOfImport(claimed, file.externalId),
    },
    {
      service: async (tx, actor) => {
        const done = await importTrelloBoard(tx, actor, { target: claimed, file, spool });
        await finishImport(tx, claimed, done);
        note(tx, { id: importId });
        return done;
      },
      input: { orgId, importId, mutationId: importId },
    },
  );
}
