import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { type BoardActor, mayDo } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announce } from "../../core/tx.ts";
import { Id, Instant, Version } from "../../fields.contract.ts";
import type { BoardPicture } from "./board-picture.ts";
import { authoredService, boardService } from "./board-service.ts";
import type { BoardMember } from "./boards.contract.ts";
import type { PicturedComment } from "./comment-set.ts";
import {
  type Comment,
  type CommentHistory,
  type CommentPage,
  type CreateComment,
  type DeleteComment,
  type ListCommentHistory,
  type ListComments,
  namedIn,
  type ReactToComment,
  type UpdateComment,
} from "./comments.contract.ts";
import { commentJson } from "./load-comments.ts";
import { newThings } from "./needs.ts";
import { requireOpen, requireTask } from "./task-grounds.ts";
import type { Task } from "./tasks.contract.ts";

/** The most comments that a task may have: a page of them is found by sorting all. */
export const COMMENTS_PER_TASK = 5_000;
const EDITS_PER_COMMENT = 100;
const REACTIONS_PER_COMMENT = 500;
const REACTIONS_PER_PERSON = 20;

/** Where a list goes on: behind this comment of this thread. */
const ListKey = z.tuple([Instant, Id, z.int32(), Instant, Id]);

/** The comments of a task as they are read, tombstones included. Fails: TASK_NOT_FOUND. */
export async function listComments(db: Db, actor: BoardActor, input: ListComments): Promise<CommentPage> {
  const key = decodeCursor(ListKey, input.cursor);
  const [threadAt, threadId, isAnswer, at, id] = key ?? [null, null, null, null, null];
  const isNewest = input.order === "newest";
  const [further, direction] = isNewest ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`];
  const threadKey = sql`(${threadAt}::timestamptz, ${threadId}::uuid)`;
  const [row] = await db.execute<{ found: { threadAt: string; comment: Comment }[] }>(sql`
    select coalesce((
      select json_agg(json_build_object('threadAt', iso(x.thread_at), 'comment', ${commentJson})
        order by x.thread_at ${direction}, x.thread_id ${direction}, x.is_answer, x.created_at, x.id)
      from (
        select o.*, f.created_at as thread_at, f.id as thread_id, (o.parent_id is not null)::int as is_answer
        from comment o join comment f on f.board_id = o.board_id and f.id = coalesce(o.parent_id, o.id)
        where o.org_id = t.org_id and o.board_id = t.board_id and o.task_id = t.id
          and (${threadId}::uuid is null or (f.created_at, f.id) ${further} ${threadKey} or ((f.created_at, f.id) = ${threadKey}
            and ((o.parent_id is not null)::int, o.created_at, o.id) > (${isAnswer}::int, ${at}::timestamptz, ${id}::uuid)))
        order by f.created_at ${direction}, f.id ${direction}, is_answer, o.created_at, o.id
        limit ${input.limit + 1}::int) x
      cross join lateral (select x.*) c), '[]'::json) as found
    from task t where t.org_id = ${actor.orgId}::uuid and t.board_id = ${actor.boardId}::uuid
      and t.id = ${input.taskId}::uuid`);
  if (!row) throw new AppError("TASK_NOT_FOUND");
  const { items, nextCursor } = toPage(row.found, input.limit, ({ threadAt: began, comment }) => [
    began,
    comment.parentId ?? comment.id,
    comment.parentId === null ? 0 : 1,
    comment.createdAt,
    comment.id,
  ]);
  return { items: items.map(({ comment }) => comment), nextCursor };
}

/** Where a history goes on: before this version. */
const HistoryKey = z.tuple([Version]);

/**
 * What a comment says and has said, newest first: its texts are those of the events that tell of them. Of one that was
 * imported or came from another board, the first is what it said then, and its version 0. Fails:
 * COMMENT_NOT_FOUND, also for one that was deleted.
 */
export async function listCommentHistory(
  db: Db,
  actor: BoardActor,
  input: ListCommentHistory,
): Promise<CommentHistory> {
  const before = decodeCursor(HistoryKey, input.cursor)?.[0] ?? null;
  const [row] = await db.execute<{ found: CommentHistory["items"] }>(sql`
    select coalesce((select json_agg(h order by h.version desc) from (
      select * from (
        select e.version, iso(e.at) as at, e.data->'comment'->>'text' as text
        from event e where e.stream_id = c.board_id and e.version = any(c.text_versions)
        union all select 0, iso(c.created_at), coalesce(c.imported_text, c.text)
          where c.imported_text is not null or c.text_versions = '{}') every
      where ${before}::bigint is null or every.version < ${before}::bigint
      order by every.version desc limit ${input.limit + 1}::int) h), '[]'::json) as found
    from comment c where c.org_id = ${actor.orgId}::uuid and c.board_id = ${actor.boardId}::uuid
      and c.id = ${input.commentId}::uuid and c.state = 'open'`);
  if (!row) throw new AppError("COMMENT_NOT_FOUND");
  return toPage(row.found, input.limit, ({ version }) => [version]);
}

/**
 * Comments on a task, or answers a comment. Its author, and whom it mentions who can see the board, are known to the
 * board from then on; to name anybody else mentions nobody. Announces `comment.created`.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, COMMENT_NOT_FOUND (`parentId`), COMMENT_IS_ANSWER, COMMENTS_TOO_MANY, ID_TAKEN.
 */
export const createComment = authoredService<CreateComment, Comment>(
  ({ taskId, id, parentId, text }, userId) => ({
    tasks: [taskId],
    created: newThings("comment", id),
    comments: parentId === null ? [] : [parentId],
    people: [userId, ...namedIn(text)],
  }),
  (picture, actor, input) => {
    const { boardId, userId } = actor;
    const { id = newId(), parentId, text } = input;
    if (picture.isTaken({ kind: "comment", id })) throw new AppError("ID_TAKEN");
    const { task } = requireOpen(picture, actor, input.taskId);
    if (task.commentCount >= COMMENTS_PER_TASK) throw new AppError("COMMENTS_TOO_MANY");
    if (
      parentId !== null &&
      requireComment(picture, actor, { ...input, commentId: parentId }).comment.parentId !== null
    ) {
      throw new AppError("COMMENT_IS_ANSWER");
    }
    const mentioned = peopleIn(picture, actor, text);
    const version = picture.tx.nextVersion(boardId);
    const comment: Comment = {
      id,
      boardId,
      taskId: task.id,
      parentId,
      authorId: userId,
      authorName: null,
      origin: "written",
      state: "open",
      text,
      mentionIds: mentioned.map((person) => person.userId),
      reactions: [],
      version,
      createdAt: picture.tx.now.toISOString(),
      editedAt: null,
    };
    const members = meet(picture, actor, mentioned);
    picture.comments.put({ comment, textVersions: [version], importedText: null });
    const commentCount = count(picture, task, 1);
    announce(picture.tx, actor, { type: "comment.created", data: { comment, commentCount, members } });
    return comment;
  },
);

/**
 * Changes what one's own comment says; what it said before stays in its history. Announces `comment.updated`, and
 * nothing when it says that already. Fails: TASK_NOT_FOUND, TASK_ARCHIVED, COMMENT_NOT_FOUND,
 * COMMENT_NOT_OWN, COMMENT_EDITS_TOO_MANY.
 */
export const updateComment = authoredService<UpdateComment, Comment>(
  ({ taskId, commentId, text }, userId) => ({
    tasks: [taskId],
    comments: [commentId],
    people: [userId, ...namedIn(text)],
  }),
  (picture, actor, input) => {
    requireOpen(picture, actor, input.taskId);
    const before = requireOpenComment(picture, actor, input);
    if (before.comment.authorId !== actor.userId) throw new AppError("COMMENT_NOT_OWN");
    const { text } = input;
    if (text === before.comment.text) return before.comment;
    if (before.textVersions.length > EDITS_PER_COMMENT) throw new AppError("COMMENT_EDITS_TOO_MANY");
    const version = picture.tx.nextVersion(actor.boardId);
    const mentioned = peopleIn(picture, actor, text);
    // Who was mentioned before stays so, whatever they may see by now.
    const stays = before.comment.mentionIds.filter((userId) => namedIn(text).includes(userId));
    const mentionIds = [...new Set([...stays, ...mentioned.map(({ userId }) => userId)])].toSorted();
    const comment = { ...before.comment, text, mentionIds, version, editedAt: picture.tx.now.toISOString() };
    const importedText = before.textVersions.length === 0 ? before.comment.text : before.importedText;
    picture.comments.put({ comment, textVersions: [...before.textVersions, version], importedText });
    const members = meet(picture, actor, mentioned);
    announce(picture.tx, actor, { type: "comment.updated", data: { comment, members } });
    return comment;
  },
);

/**
 * Deletes one's own comment, or as a manager anybody's, and its text with it: from the log, too. Where it has answers
 * an empty one is left, which goes with the last of them. Announces `comment.deleted` for each that goes.
 * Fails: TASK_NOT_FOUND, COMMENT_NOT_FOUND, COMMENT_NOT_OWN.
 */
export const deleteComment = boardService<DeleteComment, null>(
  ({ taskId, commentId }) => ({ tasks: [taskId], comments: [commentId] }),
  (picture, actor, input) => {
    const { task } = requireTask(picture, actor, input.taskId);
    const before = requireOpenComment(picture, actor, input);
    const isOwn = before.comment.authorId === actor.userId;
    if (!isOwn && !mayDo(actor, "comment:moderate")) throw new AppError("COMMENT_NOT_OWN");
    const { comments } = picture;
    const commentCount = count(picture, task, -1);
    erase(picture, before);
    const left = comments.answerCount(before.comment.id) > 0 ? emptied(picture, before.comment) : null;
    if (left) comments.put({ comment: left, textVersions: [], importedText: null });
    tellDeleted(picture, actor, { comment: before.comment, left, commentCount });
    if (left) return null;
    comments.delete(before);
    const parent = before.comment.parentId === null ? undefined : comments.find(actor.boardId, before.comment.parentId);
    if (parent?.comment.state !== "deleted" || comments.answerCount(parent.comment.id) > 0) return null;
    comments.delete(parent);
    tellDeleted(picture, actor, { comment: parent.comment, left: null, commentCount });
    return null;
  },
);

/**
 * Adds a reaction of one's own. Announces `comment.reacted`, and nothing when it is there already. Fails: TASK_NOT_FOUND,
 * TASK_ARCHIVED, COMMENT_NOT_FOUND, REACTIONS_TOO_MANY.
 */
export const reactToComment = authoredService<ReactToComment, null>(
  ({ taskId, commentId }, userId) => ({ tasks: [taskId], comments: [commentId], people: [userId] }),
  (picture, actor, input) => {
    requireOpen(picture, actor, input.taskId);
    const before = requireOpenComment(picture, actor, input);
    const { userId } = actor;
    const { emoji } = input;
    const { id: commentId, taskId, reactions } = before.comment;
    const own = reactions.filter((reaction) => reaction.userId === userId);
    if (own.some((reaction) => reaction.emoji === emoji)) return null;
    if (own.length >= REACTIONS_PER_PERSON || reactions.length >= REACTIONS_PER_COMMENT) {
      throw new AppError("REACTIONS_TOO_MANY");
    }
    const version = picture.tx.nextVersion(actor.boardId);
    const comment = { ...before.comment, reactions: [...reactions, { emoji, userId }], version };
    const members = meet(picture, actor);
    picture.comments.react({ ...before, comment }, { emoji, userId, version });
    announce(picture.tx, actor, { type: "comment.reacted", data: { taskId, commentId, emoji, userId, members } });
    return null;
  },
);

/**
 * Takes a reaction of one's own back. Announces `comment.unreacted`, and nothing when there is none. Fails: TASK_NOT_FOUND,
 * TASK_ARCHIVED, COMMENT_NOT_FOUND.
 */
export const unreactToComment = boardService<ReactToComment, null>(
  ({ taskId, commentId }) => ({ tasks: [taskId], comments: [commentId] }),
  (picture, actor, input) => {
    requireOpen(picture, actor, input.taskId);
    const before = requireOpenComment(picture, actor, input);
    const { userId } = actor;
    const { emoji } = input;
    const { id: commentId, taskId } = before.comment;
    const reactions = before.comment.reactions.filter((one) => one.userId !== userId || one.emoji !== emoji);
    if (reactions.length === before.comment.reactions.length) return null;
    const comment = { ...before.comment, reactions, version: picture.tx.nextVersion(actor.boardId) };
    picture.comments.react({ ...before, comment }, { emoji, userId, version: null });
    announce(picture.tx, actor, { type: "comment.unreacted", data: { taskId, commentId, emoji, userId } });
    return null;
  },
);

/** A comment of this task, also what is left of a deleted one. */
function requireComment(
  { comments }: BoardPicture,
  actor: BoardActor,
  { taskId, commentId }: { taskId: string; commentId: string },
): PicturedComment {
  const found = comments.find(actor.boardId, commentId);
  if (found?.comment.taskId !== taskId) throw new AppError("COMMENT_NOT_FOUND");
  return found;
}

function requireOpenComment(
  picture: BoardPicture,
  actor: BoardActor,
  target: { taskId: string; commentId: string },
): PicturedComment {
  const found = requireComment(picture, actor, target);
  if (found.comment.state === "deleted") throw new AppError("COMMENT_NOT_FOUND");
  return found;
}

/** Those whom a text names who can see the board. */
function peopleIn(picture: BoardPicture, actor: BoardActor, text: string): BoardMember[] {
  return namedIn(text).flatMap((userId) => picture.person(actor.boardId, userId) ?? []);
}

/** Makes who acts, and others, known to the board. */
function meet(
  picture: BoardPicture,
  { boardId, userId }: BoardActor,
  others: readonly BoardMember[] = [],
): BoardMember[] {
  const author = picture.person(boardId, userId);
  if (!author) throw new Error("who may comment on a board can see it");
  const people = [author, ...others.filter((person) => person.userId !== userId)];
  picture.comments.meet(boardId, people);
  return people;
}

/** Answers how many comments the task has from now on. */
function count({ order }: BoardPicture, task: Task, by: 1 | -1): number {
  const commentCount = task.commentCount + by;
  order.put({ ...task, commentCount });
  return commentCount;
}

/** Its text goes from wherever it is kept, also from the answers of this transaction. */
function erase({ comments, tx }: BoardPicture, pictured: PicturedComment): void {
  const { id, authorId, boardId } = pictured.comment;
  comments.erase(pictured);
  tx.stored.forget(
    ({ userId, streamId, procedure, result }) =>
      userId === authorId && streamId === boardId && procedure.startsWith("comments.") && isOf(result, id),
  );
}

function isOf(answer: unknown, id: string): boolean {
  return typeof answer === "object" && answer !== null && "id" in answer && answer.id === id;
}

/** What is left of a deleted comment that has answers. */
function emptied({ tx }: BoardPicture, comment: Comment): Comment {
  const version = tx.nextVersion(comment.boardId);
  return { ...comment, state: "deleted", text: "", mentionIds: [], reactions: [], version, editedAt: null };
}

function tellDeleted(
  { tx }: BoardPicture,
  actor: BoardActor,
  { comment, left, commentCount }: { comment: Comment; left: Comment | null; commentCount: number },
): void {
  const { id: commentId, taskId } = comment;
  announce(tx, actor, { type: "comment.deleted", data: { taskId, commentId, left, commentCount } });
}
