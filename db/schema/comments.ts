import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, primaryKey, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant, oneOf, textC, whole } from "../columns.ts";
import { COMMENT_ORIGINS, COMMENT_STATES } from "../enums.ts";
import { ofOrg } from "../walls.ts";
import { appUser } from "./identity.ts";
import { task } from "./work.ts";

export const comment = pgTable(
  "comment",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    /** What it answers, which answers nothing itself. */
    parentId: id("parent_id"),
    authorId: id("author_id").references(() => appUser.id),
    /** Of an import, when its author has no account here. */
    authorName: text("author_name"),
    origin: text("origin", { enum: COMMENT_ORIGINS }).notNull(),
    state: text("state", { enum: COMMENT_STATES }).notNull(),
    text: text("text").notNull(),
    mentionIds: id("mention_ids").array().notNull(),
    /** The events of the board that hold its texts, in order, the present one's last: its history. */
    textVersions: whole("text_versions").array().notNull(),
    /** What an imported one said before it was changed, which no event holds. */
    importedText: text("imported_text"),
    version: whole("version").notNull(),
    externalId: textC("external_id"),
    createdAt: instant("created_at").notNull(),
    editedAt: instant("edited_at"),
  },
  (t) => [
    unique("comment_org_id").on(t.orgId, t.boardId, t.id),
    foreignKey({
      name: "comment_parent",
      columns: [t.orgId, t.boardId, t.parentId],
      foreignColumns: [t.orgId, t.boardId, t.id],
    }),
    foreignKey({
      name: "comment_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    index("comment_of_task").on(t.boardId, t.taskId, t.createdAt, t.id),
    index("comment_answers")
      .on(t.orgId, t.boardId, t.parentId)
      .where(sql`${t.parentId} is not null`),
    uniqueIndex("comment_external").on(t.boardId, t.externalId),
    check("comment_state", oneOf("state", COMMENT_STATES)),
    check("comment_origin", oneOf("origin", COMMENT_ORIGINS)),
    check("comment_author", sql`${t.authorId} is null or ${t.authorName} is null`),
    ...ofOrg(),
  ],
);

export const commentReaction = pgTable(
  "comment_reaction",
  {
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    commentId: id("comment_id").notNull(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id),
    emoji: textC("emoji").notNull(),
    /** Of the event that tells of it: reactions are shown in this order. */
    version: whole("version").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.boardId, t.commentId, t.userId, t.emoji] }),
    foreignKey({
      name: "comment_reaction_comment",
      columns: [t.orgId, t.boardId, t.commentId],
      foreignColumns: [comment.orgId, comment.boardId, comment.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    ...ofOrg(),
  ],
);
