import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { ThumbnailState } from "../../../db/enums.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { WriteService } from "../../core/command.ts";
import type { AppServices } from "../../core/context.ts";
import { forgetExpired } from "../../core/expired.ts";
import type { Files, NewFile } from "../../core/files/files.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announce, type Tx } from "../../core/tx.ts";
import { Id, Instant } from "../../fields.contract.ts";
import type {
  Attachment,
  AttachmentCreated,
  AttachmentPage,
  CreateAttachment,
  DeleteAttachment,
  ListAttachments,
  UpdateAttachment,
} from "./attachments.contract.ts";
import { attachmentJson } from "./rows.ts";

/** The most that a task may have. */
export const ATTACHMENTS_PER_TASK = 500;
/** Files of one person at one board that may be awaited at a time. */
const UPLOADS_PER_PERSON = 1_000;
/** How long after its announcement a file may come. */
const WAITS_MS = 86_400_000;

/** Where a list goes on: behind this one. */
const ListKey = z.tuple([Instant, Id]);

/** The attachments of a task, newest first. Fails: TASK_NOT_FOUND. */
export async function listAttachments(db: Db, actor: BoardActor, input: ListAttachments): Promise<AttachmentPage> {
  const [at, id] = decodeCursor(ListKey, input.cursor) ?? [null, null];
  const [row] = await db.execute<{ found: Attachment[] }>(sql`
    select coalesce((select json_agg(${attachmentJson} order by a.created_at desc, a.id desc) from (
      select * from attachment a where a.org_id = t.org_id and a.board_id = t.board_id and a.task_id = t.id
        and (${id}::uuid is null or (a.created_at, a.id) < (${at}::timestamptz, ${id}::uuid))
      order by a.created_at desc, a.id desc limit ${input.limit + 1}::int) a), '[]'::json) as found
    from task t where t.org_id = ${actor.orgId}::uuid and t.board_id = ${actor.boardId}::uuid
      and t.id = ${input.taskId}::uuid`);
  if (!row) throw new AppError("TASK_NOT_FOUND");
  return toPage(row.found, input.limit, ({ createdAt, id: last }) => [createdAt, last]);
}

/**
 * Announces a file: answers where to PUT it. Nobody else is told yet.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, TASK_TRASHED, ATTACHMENTS_TOO_MANY, UPLOADS_TOO_MANY, FILES_FULL.
 */
export function createAttachment(files: Files): WriteService<BoardActor, CreateAttachment, AttachmentCreated> {
  return async (tx, actor, { taskId, name }) => {
    const [, , [waiting]] = await Promise.all([
      requireRoom(tx, actor, taskId),
      files.requireRoom(tx.db, actor.orgId),
      tx.db.execute<{ count: number }>(sql`
        select count(*)::int as count from attachment_upload u where u.org_id = ${actor.orgId}::uuid
          and u.board_id = ${actor.boardId}::uuid and u.user_id = ${actor.userId}::uuid`),
    ]);
    if ((waiting?.count ?? 0) >= UPLOADS_PER_PERSON) throw new AppError("UPLOADS_TOO_MANY");
    const id = newId();
    tx.send(
      tx.db.execute(sql`
        insert into attachment_upload (id, org_id, board_id, task_id, user_id, name, created_at)
        values (${id}::uuid, ${actor.orgId}::uuid, ${actor.boardId}::uuid, ${taskId}::uuid, ${actor.userId}::uuid, ${name},
          ${tx.now.toISOString()}::timestamptz)`),
    );
    return { attachmentId: id, uploadUrl: `/boards/${actor.boardId}/attachments/${id}` };
  };
}

/** A task that may have one more. */
async function requireRoom({ db }: Tx, { orgId, boardId }: BoardActor, taskId: string): Promise<number> {
  const [task] = await db.execute<{ state: string; count: number }>(sql`
    select t.state, t.attachment_count as count from task t
    where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.id = ${taskId}::uuid`);
  if (!task) throw new AppError("TASK_NOT_FOUND");
  if (task.state === "trashed") throw new AppError("TASK_TRASHED");
  if (task.state === "archived") throw new AppError("TASK_ARCHIVED");
  if (task.count >= ATTACHMENTS_PER_TASK) throw new AppError("ATTACHMENTS_TOO_MANY");
  return task.count;
}

interface Upload extends Record<string, unknown> {
  readonly taskId: string;
  readonly name: string;
}

/** A file that is awaited, of whoever asks. Fails: UPLOAD_NOT_FOUND, ATTACHMENT_UPLOADED. */
export async function getUpload(
  db: Db,
  { orgId, boardId, userId }: BoardActor,
  { id, now }: { id: string; now: Date },
): Promise<Upload> {
  const since = new Date(now.getTime() - WAITS_MS).toISOString();
  const [found, [done]] = await Promise.all([
    db.execute<Upload>(sql`
      select u.task_id as "taskId", u.name from attachment_upload u
      where u.org_id = ${orgId}::uuid and u.board_id = ${boardId}::uuid and u.id = ${id}::uuid
        and u.user_id = ${userId}::uuid and u.created_at > ${since}::timestamptz`),
    db.execute(sql`
      select from attachment a where a.org_id = ${orgId}::uuid and a.board_id = ${boardId}::uuid and a.id = ${id}::uuid
        and a.created_by = ${userId}::uuid`),
  ]);
  if (done) throw new AppError("ATTACHMENT_UPLOADED");
  if (!found[0]) throw new AppError("UPLOAD_NOT_FOUND");
  return found[0];
}

/** What has come for an upload. */
export interface Arrival {
  readonly uploadId: string;
  readonly file: NewFile;
  readonly thumbnail: ThumbnailState;
}

/**
 * Makes an attachment of a file that has come. Announces `attachment.created`. Fails: UPLOAD_NOT_FOUND,
 * ATTACHMENT_UPLOADED, TASK_NOT_FOUND, TASK_ARCHIVED, TASK_TRASHED, ATTACHMENTS_TOO_MANY, FILES_FULL.
 */
export async function attach(tx: Tx, actor: BoardActor, arrival: Arrival & { files: Files }): Promise<Attachment> {
  const { uploadId: id, file, thumbnail } = arrival;
  const { orgId, boardId, userId } = actor;
  const { taskId, name } = await getUpload(tx.db, actor, { id, now: tx.now });
  const [count] = await Promise.all([requireRoom(tx, actor, taskId), arrival.files.refer(tx, file)]);
  const { contentType, sizeBytes } = file;
  const version = tx.nextVersion(boardId);
  const createdAt = tx.now.toISOString();
  const said = { id, boardId, taskId, name, contentType, sizeBytes, thumbnail };
  const attachment: Attachment = { ...said, createdBy: userId, version, createdAt };
  tx.send(tx.db.execute(sql`delete from attachment_upload where org_id = ${orgId}::uuid and id = ${id}::uuid`));
  tx.send(
    tx.db.execute(sql`
      insert into attachment (id, org_id, board_id, task_id, file_id, name, content_type, size_bytes, thumbnail, version,
        created_by, created_at)
      values (${id}::uuid, ${orgId}::uuid, ${boardId}::uuid, ${taskId}::uuid, ${file.id}::uuid, ${name}, ${contentType},
        ${sizeBytes}::bigint, ${thumbnail}, ${version}::bigint, ${userId}::uuid, ${createdAt}::timestamptz)`),
  );
  const attachmentCount = saveCount(tx, actor, { taskId, count: count + 1 });
  announce(tx, actor, { type: "attachment.created", data: { attachment, attachmentCount } });
  return attachment;
}

/**
 * Gives an attachment another name. Announces `attachment.updated`, and nothing when it has it. Fails:
 * ATTACHMENT_NOT_FOUND, TASK_ARCHIVED, TASK_TRASHED.
 */
export async function updateAttachment(tx: Tx, actor: BoardActor, input: UpdateAttachment): Promise<Attachment> {
  const { attachment: before, state } = await getAttachment(tx, actor, input.attachmentId);
  if (state === "trashed") throw new AppError("TASK_TRASHED");
  if (state === "archived") throw new AppError("TASK_ARCHIVED");
  if (before.name === input.name) return before;
  return save(tx, actor, { ...before, name: input.name });
}

/** Writes what was changed of an attachment, and tells it. */
export function save(tx: Tx, actor: { userId: string; boardId: string }, changed: Attachment): Attachment {
  const attachment = { ...changed, version: tx.nextVersion(actor.boardId) };
  tx.send(
    tx.db.execute(sql`
      update attachment set name = ${attachment.name}, thumbnail = ${attachment.thumbnail},
        version = ${attachment.version}::bigint
      where board_id = ${actor.boardId}::uuid and id = ${attachment.id}::uuid`),
  );
  announce(tx, actor, { type: "attachment.updated", data: { attachment } });
  return attachment;
}

/** Deletes an attachment; its file goes from the store within an hour or so. Announces `attachment.deleted`. Fails: ATTACHMENT_NOT_FOUND. */
export async function deleteAttachment(tx: Tx, actor: BoardActor, { attachmentId }: DeleteAttachment): Promise<null> {
  const { attachment, count } = await getAttachment(tx, actor, attachmentId);
  const { taskId } = attachment;
  tx.send(
    tx.db.execute(sql`
      delete from attachment where org_id = ${actor.orgId}::uuid and board_id = ${actor.boardId}::uuid
        and id = ${attachmentId}::uuid`),
  );
  const attachmentCount = saveCount(tx, actor, { taskId, count: count - 1 });
  announce(tx, actor, { type: "attachment.deleted", data: { taskId, attachmentId, attachmentCount } });
  return null;
}

async function getAttachment({ db }: Tx, { orgId, boardId }: BoardActor, id: string) {
  const [row] = await db.execute<{ attachment: Attachment; state: string; count: number }>(sql`
    select ${attachmentJson} as attachment, t.state, t.attachment_count as count
    from attachment a join task t on t.id = a.task_id
    where a.org_id = ${orgId}::uuid and a.board_id = ${boardId}::uuid and a.id = ${id}::uuid`);
  if (!row) throw new AppError("ATTACHMENT_NOT_FOUND");
  return row;
}

/** One more or less is no change of its task, as with comments. */
function saveCount(tx: Tx, { boardId }: BoardActor, { taskId, count }: { taskId: string; count: number }): number {
  tx.send(
    tx.db.execute(sql`
      update task set attachment_count = ${count}::int where board_id = ${boardId}::uuid and id = ${taskId}::uuid`),
  );
  return count;
}

/** A chore: forgets announcements that nothing came of, and deletes files that belong to nothing. */
export async function deleteUnreferencedFiles({ db, clock, files }: AppServices): Promise<void> {
  await forgetExpired(db, "attachment-upload", new Date(clock.now().getTime() - WAITS_MS));
  await files.deleteExpired();
}
