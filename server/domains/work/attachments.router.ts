import { z } from "zod";
import { boardMutation, boardProcedure, router } from "../../core/trpc.ts";
import {
  Attachment,
  AttachmentCreated,
  AttachmentPage,
  CreateAttachment,
  DeleteAttachment,
  ListAttachments,
  UpdateAttachment,
} from "./attachments.contract.ts";
import { createAttachment, deleteAttachment, listAttachments, updateAttachment } from "./attachments.service.ts";

export const attachmentsRouter = router({
  /** Announces a file for a task; `PUT` it to the address that this answers. Others see it once it is there. */
  create: boardMutation("attachment:create")
    .input(CreateAttachment)
    .output(AttachmentCreated)
    .mutation(({ ctx, input }) => ctx.write(createAttachment(ctx.app.files), input)),

  /** Gives a file another name. */
  update: boardMutation("attachment:update")
    .input(UpdateAttachment)
    .output(Attachment)
    .mutation(({ ctx, input }) => ctx.write(updateAttachment, input)),

  /** Deletes a file. */
  delete: boardMutation("attachment:delete")
    .input(DeleteAttachment)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteAttachment, input)),

  /** The files of a task, newest first, page by page. */
  list: boardProcedure("task:read")
    .input(ListAttachments)
    .output(AttachmentPage)
    .query(({ ctx, input }) => listAttachments(ctx.db, ctx.actor, input)),
});
