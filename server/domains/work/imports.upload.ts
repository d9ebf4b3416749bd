import { AUDITED_REFUSALS } from "../../audited.ts";
import { AppError } from "../../core/app-error.ts";
import { sourceOf } from "../../core/audit/source.ts";
import type { AppServices, CurrentSession, RequestContext, SignedInUser } from "../../core/context.ts";
import { isUnavailable } from "../../core/faults.ts";
import { note } from "../../core/tx.ts";
import { write } from "../../core/write.ts";
import type { ErrorKind } from "../../errors.ts";
import type { ImportDone } from "./imports.contract.ts";
import { claimImport, type ClaimedImport, failImport, finishImport } from "./imports.service.ts";
import { readTrelloExport } from "./trello-reader.ts";
import { streamsOfImport, importTrelloBoard } from "./trello.service.ts";
import { type ExportSpool, openExportSpool } from "./trello-spool.ts";

/** Whose file it is, and how it comes. */
interface Uploader {
  readonly app: AppServices;
  readonly user: SignedInUser;
  readonly session: CurrentSession;
  readonly request: RequestContext;
}

/**
 * Takes the file of an announced import and runs it: the file is read as it arrives, and written in one transaction at
 * its end. A refused file leaves nothing behind but the import's state; the rest of it is left to the caller.
 * Fails: IMPORT_NOT_FOUND, IMPORT_RUNNING, IMPORT_FINISHED, IMPORT_INTERRUPTED, IMPORT_NOT_JSON, IMPORT_WRONG_SHAPE,
 * BOARD_FULL, what `importTrelloBoard` fails with, and what the body does.
 */
export async function receiveImport(
  ctx: Uploader,
  importId: string,
  body: AsyncIterable<Uint8Array>,
): Promise<ImportDone> {
  const { app, user } = ctx;
  const startedAt = performance.now();
  const line = { path: "imports.upload", type: "upload", userId: user.id };
  const sinceStart = () => Math.round(performance.now() - startedAt);
  try {
    const claimed = await claimImport(app, { userId: user.id, key: ctx.session.key }, importId);
    const done = await run(ctx, claimed, whole(body));
    app.log.debug({ ...line, ms: sinceStart(), ok: true }, "call");
    return done;
  } catch (error) {
    const kind = kindOf(error);
    if (AUDITED_REFUSALS.has(kind)) {
      app.audit.refused({ source: sourceOf(ctx), action: "imports.upload", reason: kind });
    }
    app.log.debug({ ...line, ms: sinceStart(), ok: false, kind }, "call");
    throw error;
  }
}

async function run(ctx: Uploader, claimed: ClaimedImport, body: AsyncIterable<Uint8Array>): Promise<ImportDone> {
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
  ctx: Uploader,
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

/** A body whose early end is told from faults of ours. */
async function* whole(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch (error) {
    throw error instanceof AppError ? error : new AppError("IMPORT_INTERRUPTED", { cause: error });
  }
}

function kindOf(error: unknown): ErrorKind {
  if (error instanceof AppError) return error.kind;
  return isUnavailable(error) ? "SERVER_UNAVAILABLE" : "INTERNAL";
}
