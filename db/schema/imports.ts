import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, unique } from "drizzle-orm/pg-core";
import { id, instant, oneOf, textC } from "../columns.ts";
import { IMPORT_SOURCES, IMPORT_STATES, ROW_OUTCOMES } from "../enums.ts";
import { ofOrg } from "../walls.ts";
import { appUser } from "./identity.ts";
import { project } from "./work.ts";

/** An upload that was announced, and what came of it. The file itself is not kept: of tables and issues, their rows are. */
export const boardImport = pgTable(
  "board_import",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    projectId: id("project_id").notNull(),
    userId: id("user_id")
      .notNull()
      .references(() => appUser.id),
    source: text("source", { enum: IMPORT_SOURCES }).notNull(),
    fileName: text("file_name").notNull(),
    state: text("state", { enum: IMPORT_STATES }).notNull(),
    /** The board that it was imported to, or is to be. */
    boardId: id("board_id"),
    /** What a new board is to be called. */
    boardName: text("board_name"),
    /** Of a table: what its columns are called, and what they are taken for. */
    headers: jsonb("headers"),
    mapping: jsonb("mapping"),
    /** How many rows the file has. */
    rowCount: integer("row_count"),
    /** How many of them have their outcome. */
    rowsDone: integer("rows_done").notNull().default(0),
    report: jsonb("report"),
    errorKind: text("error_kind"),
    /** When the latest upload began: a run that ended with its process is told by its age, and each run from the next. */
    startedAt: instant("started_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("board_import_org_id").on(t.orgId, t.id),
    foreignKey({ columns: [t.orgId, t.projectId], foreignColumns: [project.orgId, project.id] }).onDelete("cascade"),
    index("board_import_project").on(t.orgId, t.projectId),
    index("board_import_created").on(t.createdAt),
    check("board_import_state", oneOf("state", IMPORT_STATES)),
    check("board_import_source", oneOf("source", IMPORT_SOURCES)),
    ...ofOrg(),
  ],
);

/** A row of a file that is imported row by row: what it holds, and what became of it. */
export const importRow = pgTable(
  "import_row",
  {
    orgId: id("org_id").notNull(),
    importId: id("import_id").notNull(),
    /** From 1. */
    row: integer("row").notNull(),
    /** The cells of a table, or an issue. Null: it is not needed any more. */
    content: jsonb("content"),
    /** Written with the task. Null: it waits. */
    outcome: text("outcome", { enum: ROW_OUTCOMES }),
    taskId: id("task_id"),
    /** What it is called in its source, and else. */
    externalId: textC("external_id"),
    otherId: textC("other_id"),
    refusal: text("refusal"),
    notes: text("notes")
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** What it says of other rows, until they are all there. */
    links: jsonb("links"),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.importId, t.row] }),
    foreignKey({ columns: [t.orgId, t.importId], foreignColumns: [boardImport.orgId, boardImport.id] }).onDelete(
      "cascade",
    ),
    // The name is first: what begins with the import would be taken for the key, and its rows read one by one.
    index("import_row_external_name").on(t.externalId, t.importId),
    index("import_row_other_name")
      .on(t.otherId, t.importId)
      .where(sql`${t.otherId} is not null`),
    index("import_row_linked")
      .on(t.importId, t.row)
      .where(sql`${t.links} is not null`),
    check("import_row_outcome", oneOf("outcome", ROW_OUTCOMES)),
    ...ofOrg(),
  ],
);
