import { buffer } from "node:stream/consumers";
import { sql } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { type JobKind, type Worker, worker } from "../../core/jobs.ts";
import { tidy } from "../../core/transaction.ts";
import { Id } from "../../fields.contract.ts";
import type { Attachment } from "./attachments.contract.ts";
import { save } from "./attachments.service.ts";
import { attachmentJson } from "./rows.ts";

/** What is drawn: formats of pixels alone. A drawing in SVG is a program, which may name other files. */
const PICTURES = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"];
const LOADERS = ["Jpeg", "Png", "Webp", "Nsgif", "Heif"].map((name) => `VipsForeignLoad${name}`);
/** A larger file is not drawn: it is read into memory. */
const MOST_BYTES = 20 << 20;
/** Nor one that says it has more, whatever its size: in memory each is four bytes. */
const MOST_PIXELS = 40_000_000;
const LONGEST_SECONDS = 20;
/** Of the longer side. */
const SIDE = 512;

const Payload = z.object({ orgId: Id, boardId: Id, attachmentId: Id });
type Payload = z.infer<typeof Payload>;

export const MAKE_THUMBNAIL: JobKind<Payload> = {
  name: "make-thumbnail",
  payload: Payload,
  retries: 5,
  firstRetrySeconds: 5,
  longestRetrySeconds: 600,
  timeoutSeconds: 120,
};

export function hasThumbnail({ contentType, sizeBytes }: { contentType: string; sizeBytes: number }): boolean {
  return PICTURES.includes(contentType) && sizeBytes <= MOST_BYTES;
}

/** Makes small pictures of pictures: one after the other, so that a process never has more than one of them in memory. */
export function thumbnailWorker(app: AppServices): Worker {
  let last: Promise<unknown> = Promise.resolve();
  return worker(MAKE_THUMBNAIL, (payload) => {
    const made = last.then(() => makeThumbnail(app, payload));
    last = made.catch(() => {});
    return made;
  });
}

/** Says `ready` once it is there, and `none` of what cannot be drawn. */
async function makeThumbnail(app: AppServices, { orgId, attachmentId }: Payload): Promise<void> {
  const [row] = await app.db.within({ orgId }).execute<{ attachment: Attachment; fileId: string }>(sql`
    select ${attachmentJson} as attachment, a.file_id as "fileId" from attachment a
    where a.org_id = ${orgId}::uuid and a.id = ${attachmentId}::uuid`);
  if (row?.attachment.thumbnail !== "waiting") return;
  // Its task may have gone to another board since.
  const { boardId } = row.attachment;
  const file = { orgId, id: row.fileId };
  const picture = await draw(app, file);
  if (picture) await app.files.addThumbnail(file, picture);
  const isKept = await tell(app, { orgId, boardId, attachmentId }, picture ? "ready" : "none");
  // Who deleted the file may not have found this.
  if (!isKept) await app.files.deleteThumbnail(file);
}

/** Undefined: it is broken, or more than it may be. */
async function draw(app: AppServices, file: { orgId: string; id: string }): Promise<Uint8Array | undefined> {
  const { default: sharp } = await import("sharp");
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: LOADERS });
  let bytes: Buffer;
  try {
    bytes = await buffer(await app.files.read(file));
  } catch (error) {
    if (error instanceof AppError && error.kind === "FILE_MISSING") return undefined;
    throw error;
  }
  try {
    return await sharp(bytes, { limitInputPixels: MOST_PIXELS, sequentialRead: true, failOn: "error" })
      .timeout({ seconds: LONGEST_SECONDS })
      .autoOrient()
      .resize(SIDE, SIDE, { fit: "inside", withoutEnlargement: true })
      .webp({ quality: 75 })
      .toBuffer();
  } catch (error) {
    app.log.debug({ err: error, fileId: file.id }, "a picture cannot be drawn");
    return undefined;
  }
}

/** Answers whether the attachment is still there. In the events its author says so. */
async function tell(
  app: AppServices,
  { orgId, boardId, attachmentId }: Payload,
  thumbnail: "none" | "ready",
): Promise<boolean> {
  const [found] = await app.db.within({ orgId }).execute<{ createdBy: string }>(sql`
    select created_by as "createdBy" from attachment where org_id = ${orgId}::uuid and id = ${attachmentId}::uuid`);
  if (!found) return false;
  let isThere = false;
  await tidy(app, { orgId, streamIds: [boardId], signedBy: found.createdBy }, async (tx, { userId }) => {
    const [[org], [row]] = await Promise.all([
      tx.db.execute<{ accessVersion: string }>(
        sql`select access_version as "accessVersion" from org where id = ${orgId}::uuid for key share`,
      ),
      tx.db.execute<{ attachment: Attachment }>(sql`
        select ${attachmentJson} as attachment from attachment a
        where a.org_id = ${orgId}::uuid and a.board_id = ${boardId}::uuid and a.id = ${attachmentId}::uuid`),
    ]);
    if (!row || !tx.streams.has(boardId)) return;
    tx.accessVersion = Number(org?.accessVersion ?? 0);
    save(tx, { userId, boardId }, { ...row.attachment, thumbnail });
    isThere = true;
  });
  return isThere;
}
