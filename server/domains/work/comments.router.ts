import { z } from "zod";
import { boardMutation, boardProcedure, router } from "../../core/trpc.ts";
import {
  Comment,
  CommentHistory,
  CommentPage,
  CreateComment,
  DeleteComment,
  ListCommentHistory,
  ListComments,
  ReactToComment,
  UpdateComment,
} from "./comments.contract.ts";
import {
  createComment,
  deleteComment,
  listCommentHistory,
  listComments,
  reactToComment,
  unreactToComment,
  updateComment,
} from "./comments.service.ts";

export const commentsRouter = router({
  /** Comments on a task, or answers a comment. `<@ID>` in the text mentions somebody. */
  create: boardMutation("comment:create")
    .input(CreateComment)
    .output(Comment)
    .mutation(({ ctx, input }) => ctx.write(createComment, input)),

  /** Changes what one's own comment says. */
  update: boardMutation("comment:update")
    .input(UpdateComment)
    .output(Comment)
    .mutation(({ ctx, input }) => ctx.write(updateComment, input)),

  /** Deletes one's own comment; who may moderate deletes those of others, too. */
  delete: boardMutation("comment:delete")
    .input(DeleteComment)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteComment, input)),

  /** Adds a reaction of one's own to a comment. */
  react: boardMutation("comment:react")
    .input(ReactToComment)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(reactToComment, input)),

  /** Takes a reaction of one's own back. */
  unreact: boardMutation("comment:react")
    .input(ReactToComment)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(unreactToComment, input)),

  /** The comments of a task, thread by thread, page by page. */
  list: boardProcedure("task:read")
    .input(ListComments)
    .output(CommentPage)
    .query(({ ctx, input }) => listComments(ctx.db, ctx.actor, input)),

  /** What a comment says and has said, newest first, page by page. */
  history: boardProcedure("task:read")
    .input(ListCommentHistory)
    .output(CommentHistory)
    .query(({ ctx, input }) => listCommentHistory(ctx.db, ctx.actor, input)),
});
