import { sourceOf } from "../../../core/audit/source.ts";
import { kindOf, logged, type Transfer, whole } from "../../../core/transfer.ts";
import { write } from "../../../core/write.ts";
import { inboxOfStarter } from "../../home/operations.service.ts";
import type { ImportBegun, ImportReceived } from "./imports.contract.ts";
import { claimImport, type ClaimedImport, failImport } from "./imports.service.ts";
import { receiveRows } from "./row-upload.ts";
import { startTrelloImport } from "./start.service.ts";
import { checkedTrelloExport } from "./trello-reader.ts";

/**
 * Takes the file of an announced import as it arrives. A Trello export is kept, and an operation makes its board of it; the
 * rows of tables and issues are kept for `imports.start`. A refused file leaves nothing behind but the import's state.
 * Fails: IMPORT_NOT_FOUND, IMPORT_RUNNING, IMPORT_FINISHED, IMPORT_INTERRUPTED, IMPORT_NOT_JSON, IMPORT_NOT_CSV,
 * IMPORT_WRONG_SHAPE, BOARD_FULL, OPERATIONS_TOO_MANY, and what the body fails with.
 */
export async function receiveImport(
  ctx: Transfer,
  importId: string,
  body: AsyncIterable<Uint8Array>,
): Promise<ImportBegun | ImportReceived> {
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

function receive(ctx: Transfer, run: ClaimedImport, body: AsyncIterable<Uint8Array>) {
  const { source } = run;
  return source === "trello" ? receiveExport(ctx, run, body) : receiveRows(ctx.app, { run, source }, body);
}

async function receiveExport(ctx: Transfer, run: ClaimedImport, body: AsyncIterable<Uint8Array>): Promise<ImportBegun> {
  const { app, session } = ctx;
  const { id: importId, orgId, userId } = run;
  const file = await app.files.receive(orgId, checkedTrelloExport(body), { isAnything: true });
  try {
    return await write(
      app,
      {
        scope: { on: "org", userId, orgId, action: "import:create" },
        procedure: "imports.upload",
        source: sourceOf(ctx),
        alsoLocks: inboxOfStarter,
      },
      {
        service: (tx, actor) => {
          const mayMakeFields = session.key === undefined || session.key.actions.has("project:update");
          return startTrelloImport(tx, actor, { run, file, mayMakeFields });
        },
        input: { orgId, importId, mutationId: file.id },
      },
    );
  } catch (error) {
    await app.files.release(file);
    throw error;
  }
}
