import { keyAllows, requireBoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { NewFile } from "../../core/files/files.ts";
import { logged, type Transfer, whole } from "../../core/transfer.ts";
import { write } from "../../core/write.ts";
import type { Attachment } from "./attachments.contract.ts";
import { type Arrival, attach, getUpload } from "./attachments.service.ts";
import { hasThumbnail, MAKE_THUMBNAIL } from "./thumbnails.ts";

const ACTION = "attachment:create";

/**
 * Takes the file of an announced attachment: into the store as it arrives, then onto its task. Who may not, is refused
 * before the first byte is read. Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN, KEY_FORBIDDEN, UPLOAD_INTERRUPTED,
 * FILE_TYPE_REFUSED, what `attach` fails with, and what the body does.
 */
export async function receiveAttachment(
  ctx: Transfer,
  { boardId, uploadId }: { boardId: string; uploadId: string },
  body: AsyncIterable<Uint8Array>,
): Promise<Attachment> {
  return logged(ctx, { path: "attachments.upload", type: "upload", boardId }, async () => {
    const { app, user, session } = ctx;
    const { key } = session;
    if (!keyAllows(key, ACTION)) throw new AppError("KEY_FORBIDDEN");
    const db = app.db.within({ streamId: boardId });
    const actor = await requireBoardActor(db, { userId: user.id, boardId, key }, ACTION);
    await getUpload(db, actor, { id: uploadId, now: app.clock.now() });
    const file = await app.files.receive(actor.orgId, whole(body, "UPLOAD_INTERRUPTED"));
    try {
      return await keep(ctx, { boardId, uploadId, file });
    } catch (error) {
      await app.files.release(file);
      throw error;
    }
  });
}

async function keep(
  { app, user, session }: Transfer,
  { boardId, uploadId, file }: { boardId: string; uploadId: string; file: NewFile },
): Promise<Attachment> {
  const thumbnail = hasThumbnail(file) ? "waiting" : "none";
  const arrival: Arrival = { uploadId, file, thumbnail };
  const attachment = await write(
    app,
    {
      scope: { on: "board", userId: user.id, boardId, action: ACTION, key: session.key },
      procedure: "attachments.upload",
    },
    {
      service: async (tx, actor) => {
        const made = await attach(tx, actor, { ...arrival, files: app.files });
        const job = { orgId: file.orgId, boardId, attachmentId: uploadId };
        if (thumbnail === "waiting") await app.jobs.enqueue(tx.db, MAKE_THUMBNAIL, job);
        return made;
      },
      input: { ...arrival, mutationId: file.id },
    },
  );
  if (thumbnail === "waiting") void app.jobs.wake(MAKE_THUMBNAIL);
  return attachment;
}
