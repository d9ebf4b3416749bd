import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, text, unique } from "drizzle-orm/pg-core";
import { id, instant, oneOf, textC, whole } from "../columns.ts";
import { THUMBNAILS } from "../enums.ts";
import { ofOrg } from "../walls.ts";
import { appUser } from "./identity.ts";
import { task } from "./work.ts";

/**
 * A file in the store, by its key there. It is written down before its first byte is, and until its last one has gone,
 * so that the store holds nothing that nobody knows of: it outlives what it belongs to, the organisation too.
 */
export const storedFile = pgTable(
  "stored_file",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    sizeBytes: whole("size_bytes").notNull(),
    sha256: textC("sha256").notNull(),
    /** When it may go; null: something refers to it. What refers to it no more is let go by a trigger. */
    expiresAt: instant("expires_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("stored_file_org_id").on(t.orgId, t.id),
    index("stored_file_kept")
      .on(t.orgId)
      .where(sql`${t.expiresAt} is null`),
    index("stored_file_expires")
      .on(t.expiresAt)
      .where(sql`${t.expiresAt} is not null`),
    ...ofOrg(),
  ],
);

/** A file of a task. Its type is what its first bytes say. */
export const attachment = pgTable(
  "attachment",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    fileId: id("file_id").notNull(),
    name: text("name").notNull(),
    contentType: text("content_type").notNull(),
    sizeBytes: whole("size_bytes").notNull(),
    thumbnail: text("thumbnail", { enum: THUMBNAILS }).notNull(),
    version: whole("version").notNull(),
    createdBy: id("created_by")
      .notNull()
      .references(() => appUser.id),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    foreignKey({
      name: "attachment_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    foreignKey({
      name: "attachment_file",
      columns: [t.orgId, t.fileId],
      foreignColumns: [storedFile.orgId, storedFile.id],
    }),
    index("attachment_of_task").on(t.boardId, t.taskId, t.createdAt, t.id),
    index("attachment_of_file").on(t.orgId, t.fileId),
    check("attachment_thumbnail", oneOf("thumbnail", THUMBNAILS)),
    ...ofOrg(),
  ],
);

/** An attachment whose file is awaited: it takes the id of this. */
export const attachmentUpload = pgTable(
  "attachment_upload",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id),
    name: text("name").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    foreignKey({
      name: "attachment_upload_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    index("attachment_upload_of_task").on(t.orgId, t.boardId, t.taskId),
    index("attachment_upload_created").on(t.createdAt),
    ...ofOrg(),
  ],
);
