import type { IncomingMessage, ServerResponse } from "node:http";
import { sql } from "drizzle-orm";
import { keyAllows } from "../../../core/access.ts";
import { AppError } from "../../../core/app-error.ts";
import { sendFile } from "../../../core/files/send-file.ts";
import { logged, type Transfer } from "../../../core/transfer.ts";
import { Exported } from "./archives.contract.ts";
import { EXPORT } from "./archives.service.ts";
import { requireExporter } from "./export-archive.ts";

interface Found extends Record<string, unknown> {
  readonly orgId: string;
  readonly input: unknown;
  readonly result: unknown;
  readonly finishedAt: string;
}

/**
 * Sends an archive to who made it, if they may still export what is in it. Fails: OPERATION_NOT_FOUND, KEY_FORBIDDEN,
 * ORG_NOT_FOUND, BOARD_NOT_FOUND, ACTION_FORBIDDEN, SECOND_FACTOR_DEMANDED, ARCHIVE_EXPIRED.
 */
export async function sendArchive(
  ctx: Transfer,
  operationId: string,
  { req, res }: { req: IncomingMessage; res: ServerResponse },
): Promise<void> {
  await logged(ctx, { path: "archives.download", type: "download" }, async () => {
    const { app, user, session } = ctx;
    const [found] = await app.db.within({ userId: user.id }).execute<Found>(sql`
      select o.org_id as "orgId", o.input, o.result, iso(o.finished_at) as "finishedAt" from operation o
      where o.user_id = ${user.id}::uuid and o.id = ${operationId}::uuid and o.kind = ${EXPORT.name} and o.state = 'done'`);
    if (!found || (session.key && session.key.orgId !== found.orgId)) throw new AppError("OPERATION_NOT_FOUND");
    const { orgId } = found;
    const input = EXPORT.input.parse(found.input);
    const action = input.boardId === null ? "org:export" : "board:export";
    if (!keyAllows(session.key, action)) throw new AppError("KEY_FORBIDDEN");
    await requireExporter(app.db.within({ orgId }), { orgId, userId: user.id }, input);
    const { fileId, expiresAt, sha256, sizeBytes } = Exported.parse(found.result);
    if (Date.parse(expiresAt) <= app.clock.now().getTime()) throw new AppError("ARCHIVE_EXPIRED");
    const name = `trestle-${found.finishedAt.slice(0, 10)}.zip`;
    const open = (range?: Parameters<typeof app.files.read>[1]) =>
      app.files.read({ orgId, id: fileId }, range).catch((error: unknown) => {
        const isGone = error instanceof AppError && error.kind === "FILE_MISSING";
        throw isGone ? new AppError("ARCHIVE_EXPIRED", { cause: error }) : error;
      });
    await sendFile(req, res, { name, contentType: "application/zip", sizeBytes, tag: sha256, open });
  });
}
