import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { sql } from "drizzle-orm";
import { keyAllows, requireBoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { type SentFile, sendFile } from "../../core/files/send-file.ts";
import { logged, type Transfer } from "../../core/transfer.ts";

const ACTION = "task:read";

/** What is asked for. */
export interface WantedFile {
  readonly boardId: string;
  readonly attachmentId: string;
  /** The small picture of it. */
  readonly isThumbnail: boolean;
}

interface Found extends Record<string, unknown> {
  readonly fileId: string;
  readonly name: string;
  readonly contentType: string;
  /** A `bigint`, as the driver gives it. */
  readonly sizeBytes: string;
  readonly sha256: string;
  readonly thumbnail: string;
}

/**
 * Sends the file of an attachment to who may read its board at this moment. Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN,
 * KEY_FORBIDDEN, ATTACHMENT_NOT_FOUND, FILE_MISSING.
 */
export async function sendAttachment(
  ctx: Transfer,
  wanted: WantedFile,
  { req, res }: { req: IncomingMessage; res: ServerResponse },
): Promise<void> {
  const { boardId } = wanted;
  await logged(ctx, { path: "attachments.download", type: "download", boardId }, async () => {
    const { app, user, session } = ctx;
    if (!keyAllows(session.key, ACTION)) throw new AppError("KEY_FORBIDDEN");
    const db = app.db.within({ streamId: boardId });
    const { orgId } = await requireBoardActor(db, { userId: user.id, boardId, key: session.key }, ACTION);
    const [found] = await db.execute<Found>(sql`
      select f.id as "fileId", a.name, a.content_type as "contentType", f.size_bytes as "sizeBytes", f.sha256, a.thumbnail
      from attachment a join stored_file f on f.org_id = a.org_id and f.id = a.file_id
      where a.org_id = ${orgId}::uuid and a.board_id = ${boardId}::uuid and a.id = ${wanted.attachmentId}::uuid`);
    if (!found || (wanted.isThumbnail && found.thumbnail !== "ready")) throw new AppError("ATTACHMENT_NOT_FOUND");
    await sendFile(req, res, wanted.isThumbnail ? await thumbnailOf(ctx, orgId, found) : fileOf(ctx, orgId, found));
  });
}

function fileOf({ app }: Transfer, orgId: string, found: Found): SentFile {
  const { name, contentType, sha256 } = found;
  return {
    name,
    contentType,
    sizeBytes: Number(found.sizeBytes),
    tag: sha256,
    open: (range) => app.files.read({ orgId, id: found.fileId }, range),
  };
}

/** So small that it is sent in one piece. */
async function thumbnailOf({ app }: Transfer, orgId: string, { fileId: id, name, sha256 }: Found): Promise<SentFile> {
  const bytes = await buffer(await app.files.readThumbnail({ orgId, id }));
  return {
    name: `${name}.webp`,
    contentType: "image/webp",
    sizeBytes: bytes.byteLength,
    tag: `${sha256}-thumbnail`,
    open: (range) => Promise.resolve(Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes])),
  };
}
