import { sourceOf } from "../../../core/audit/source.ts";
import { kindOf, logged, type Transfer, whole } from "../../../core/transfer.ts";
import { note } from "../../../core/tx.ts";
import { write } from "../../../core/write.ts";
import type { ImportDone, ImportReceived } from "./imports.contract.ts";
import { claimImport, type ClaimedImport, failImport, finishImport } from "./imports.service.ts";
import { receiveRows } from "./row-upload.ts";
import { readTrelloExport } from "./trello-reader.ts";
import { makeFields } from "./trello-fields.ts";
import { streamsOfImport, importTrelloBoard } from "./trello.service.ts";
import { type ExportSpool, openExportSpool } from "./trello-spool.ts";

/**
 * Takes the file of an announced import as it arrives. Of a Trello export the board is written in one transaction at its
 * end; the rows of tables and issues are kept for `imports.start`. A refused file leaves nothing behind but the import's
 * state. Fails: IMPORT_NOT_FOUND, IMPORT_RUNNING, IMPORT_FINISHED, IMPORT_INTERRUPTED, IMPORT_NOT_JSON, IMPORT_NOT_CSV,
 * IMPORT_WRONG_SHAPE, BOARD_FULL, what `importTrelloBoard` fails with, and what the body does.
 */
export async function receiveImport(
  ctx: Transfer,
  importId: string,
  body: AsyncIterable<Uint8Array>,
): Promise<ImportDone | ImportReceived> {
  return logged(ctx, { path: "imports.upload", type: "upload" }, async () => {
    const claimed = await claimImport(ctx.app, { userId: ctx.user.id, key: ctx.session.key }, importId);
    try {
      return await receive(ctx, claimed, whole(body, "IMPORT_INTERRUPTED"));
    } catch (error) {
      await failImport(ctx.app, claimed, kindOf(error));
      throw error;
    }
  });
}

async function receive(ctx: Transfer, claimed: ClaimedImport, body: AsyncIterable<Uint8Array>) {
  const { source } = claimed;
  if (source !== "trello") return receiveRows(ctx.app, { run: claimed, source }, body);
  const spool = await openExportSpool();
  try {
    return await importFile(ctx, claimed, body, spool);
  } finally {
    await spool.close();
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
  await makeFields(ctx, claimed, file.fields);
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
