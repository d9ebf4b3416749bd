import { z } from "zod";
import { THUMBNAILS } from "../../../db/enums.ts";
import { Id, Instant, line, MutationId, page, PageInput, Version } from "../../fields.contract.ts";

/** What people know a file by. It is nowhere opened by that name. */
const FileName = line(255).refine(
  (name) => !/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u.test(name),
  "A name has no control characters.",
);

/**
 * A file of a task. It is read at `/boards/BOARD/attachments/ATTACHMENT`, and a small picture of it, once there is one, at
 * `…/thumbnail`.
 */
export const Attachment = z.object({
  id: Id,
  boardId: Id,
  taskId: Id,
  name: z.string(),
  /** What its first bytes say that it is, whatever it is called. */
  contentType: z.string(),
  sizeBytes: z.int(),
  thumbnail: z.enum(THUMBNAILS),
  createdBy: Id,
  version: Version,
  createdAt: Instant,
});
export type Attachment = z.infer<typeof Attachment>;

export const CreateAttachment = z.strictObject({ boardId: Id, taskId: Id, name: FileName, ...MutationId });
export type CreateAttachment = z.infer<typeof CreateAttachment>;

/** `PUT` the file to `uploadUrl`, with the same session or key, within a day. */
export const AttachmentCreated = z.object({ attachmentId: Id, uploadUrl: z.string() });
export type AttachmentCreated = z.infer<typeof AttachmentCreated>;

export const UpdateAttachment = z.strictObject({ boardId: Id, attachmentId: Id, name: FileName, ...MutationId });
export type UpdateAttachment = z.infer<typeof UpdateAttachment>;

export const DeleteAttachment = z.strictObject({ boardId: Id, attachmentId: Id, ...MutationId });
export type DeleteAttachment = z.infer<typeof DeleteAttachment>;

/** The attachments of a task, newest first. */
export const ListAttachments = z.strictObject({ boardId: Id, taskId: Id, ...PageInput });
export type ListAttachments = z.infer<typeof ListAttachments>;
export const AttachmentPage = page(Attachment);
export type AttachmentPage = z.infer<typeof AttachmentPage>;
