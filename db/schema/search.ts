import { customType, foreignKey, index, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id } from "../columns.ts";
import { ofOrg } from "../walls.ts";
import { task } from "./work.ts";

const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

/**
 * What is found by words: a row for each task, by its title and description, and one for each of its comments, kept by
 * triggers in the transaction that changes these. The table is one of its own, so that a change of anything else about a
 * task writes to no index of words.
 */
export const searchText = pgTable(
  "search_text",
  {
    orgId: id("org_id").notNull(),
    boardId: id("board_id").notNull(),
    taskId: id("task_id").notNull(),
    /** The task or the comment. */
    sourceId: id("source_id").notNull(),
    /** Of the task, as `search_fold` writes it, to find misspelt words by; null for a comment. */
    title: text("title"),
    /** With a word for the organisation, by which an index finds nothing of others. */
    words: tsvector("words").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.sourceId] }),
    foreignKey({
      name: "search_text_task",
      columns: [t.orgId, t.boardId, t.taskId],
      foreignColumns: [task.orgId, task.boardId, task.id],
    })
      .onDelete("cascade")
      .onUpdate("cascade"),
    index("search_text_words").using("gin", t.words),
    // What finds misspelt words is made where the database has what it takes (`db/typos.ts`).
    ...ofOrg(),
  ],
);
