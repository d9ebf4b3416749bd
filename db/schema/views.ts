import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant, oneOf } from "../columns.ts";
import { VIEW_KINDS } from "../enums.ts";
import { ofOrg } from "../walls.ts";
import { appUser } from "./identity.ts";
import { membership, org } from "./orgs.ts";
import { board, project } from "./work.ts";

/** A filter under a name, with how to show what it finds. */
export const savedView = pgTable(
  "saved_view",
  {
    id: id().primaryKey(),
    orgId: id("org_id")
      .notNull()
      .references(() => org.id, { onDelete: "cascade" }),
    /** Whose alone it is; null: it is shared. */
    ownerId: id("owner_id"),
    projectId: id("project_id"),
    boardId: id("board_id"),
    name: text("name").notNull(),
    kind: text("kind", { enum: VIEW_KINDS }).notNull(),
    filter: text("filter").notNull(),
    ordering: text("ordering").notNull(),
    groupBy: text("group_by"),
    createdBy: id("created_by")
      .notNull()
      .references(() => appUser.id),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (t) => [
    // Whoever leaves takes along what was theirs alone.
    foreignKey({
      name: "saved_view_owner",
      columns: [t.orgId, t.ownerId],
      foreignColumns: [membership.orgId, membership.userId],
    }).onDelete("cascade"),
    foreignKey({
      name: "saved_view_project",
      columns: [t.orgId, t.projectId],
      foreignColumns: [project.orgId, project.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "saved_view_board",
      columns: [t.orgId, t.boardId],
      foreignColumns: [board.orgId, board.id],
    }).onDelete("cascade"),
    index("saved_view_owner_index").on(t.orgId, t.ownerId),
    index("saved_view_project_index").on(t.orgId, t.projectId),
    index("saved_view_board_index").on(t.orgId, t.boardId),
    check("saved_view_kind", oneOf("kind", VIEW_KINDS)),
    check("saved_view_author", sql`${t.ownerId} is null or ${t.ownerId} = ${t.createdBy}`),
    ...ofOrg(),
  ],
);
