import { z } from "zod";
import { COMMENT_ORIGINS, COMMENT_STATES } from "../../../db/enums.ts";
import { Id, Instant, MutationId, page, PageInput, prose, Version } from "../../fields.contract.ts";

/** People named in one comment. */
const MOST_MENTIONS = 50;

/** `<@ID>` in a text: somebody is mentioned, by the id of their account, so that no other name makes it mean another. */
const MENTION = /<@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>/giu;

/** Whom a text names, in order of the ids. Whether they can see the board is for the server to say. */
export function namedIn(text: string): string[] {
  const ids = Array.from(text.matchAll(MENTION), ([, id = ""]) => id.toLowerCase());
  return [...new Set(ids)].toSorted();
}

/** Markdown as it was written: rendering, and cleaning what is rendered, is the reader's. */
export const COMMENT_LENGTH = 32_768;
const CommentText = prose(COMMENT_LENGTH)
  .refine((text) => text.trim() !== "", "A comment says something.")
  .refine((text) => namedIn(text).length <= MOST_MENTIONS, `A comment mentions at most ${MOST_MENTIONS} people.`);

/** One emoji, as pickers give it: with its skin tone, joined ones as one. */
const Emoji = z
  .string()
  .max(64)
  .refine((text) => /^\p{RGI_Emoji}$/v.test(text), "This is not an emoji.");

export const Reaction = z.object({ emoji: z.string(), userId: Id });
export type Reaction = z.infer<typeof Reaction>;

export const Comment = z.object({
  id: Id,
  boardId: Id,
  taskId: Id,
  /** What it answers: a comment that answers nothing itself. */
  parentId: Id.nullable(),
  /** Null for somebody named by an import who has no account here: then `authorName` is what they are called. */
  authorId: Id.nullable(),
  authorName: z.string().nullable(),
  /** `imported`: that its author wrote it is what the file said that somebody imported. */
  origin: z.enum(COMMENT_ORIGINS),
  /** `deleted`: what is left of one that has answers. It says nothing any more. */
  state: z.enum(COMMENT_STATES),
  /** Markdown, in which `<@ID>` mentions somebody. */
  text: z.string(),
  /** Whom it mentions: of those whom the text names, who could see the board when it was written. */
  mentionIds: z.array(Id),
  /** In the order of their coming. */
  reactions: z.array(Reaction),
  version: Version,
  createdAt: Instant,
  /** When the text was changed last; null: it is as it was written. */
  editedAt: Instant.nullable(),
});
export type Comment = z.infer<typeof Comment>;

export const CreateComment = z.strictObject({
  boardId: Id,
  taskId: Id,
  id: Id.optional(),
  /** An answer to this comment, which must not be an answer itself. */
  parentId: Id.nullable().default(null),
  text: CommentText,
  ...MutationId,
});
export type CreateComment = z.infer<typeof CreateComment>;

export const UpdateComment = z.strictObject({
  boardId: Id,
  taskId: Id,
  commentId: Id,
  text: CommentText,
  ...MutationId,
});
export type UpdateComment = z.infer<typeof UpdateComment>;

export const DeleteComment = z.strictObject({ boardId: Id, taskId: Id, commentId: Id, ...MutationId });
export type DeleteComment = z.infer<typeof DeleteComment>;

/** What adds a reaction of one's own, and what takes it back. */
export const ReactToComment = z.strictObject({ boardId: Id, taskId: Id, commentId: Id, emoji: Emoji, ...MutationId });
export type ReactToComment = z.infer<typeof ReactToComment>;

/**
 * Comments as they are read: threads by when they began, each with its answers behind it, oldest first. `newest` begins
 * with the newest thread.
 */
export const ListComments = z.strictObject({
  boardId: Id,
  taskId: Id,
  order: z.enum(["oldest", "newest"]).default("oldest"),
  ...PageInput,
});
export type ListComments = z.infer<typeof ListComments>;
export const CommentPage = page(Comment);
export type CommentPage = z.infer<typeof CommentPage>;

export const ListCommentHistory = z.strictObject({ boardId: Id, commentId: Id, ...PageInput });
export type ListCommentHistory = z.infer<typeof ListCommentHistory>;

/** A text that a comment has or had, since `at`. `version`: of the board then; 0 for one that was imported. */
const CommentRevision = z.object({ version: Version, at: Instant, text: z.string() });
export const CommentHistory = page(CommentRevision);
export type CommentHistory = z.infer<typeof CommentHistory>;
