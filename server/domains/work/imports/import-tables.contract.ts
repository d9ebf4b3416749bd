import { z } from "zod";
import { PRIORITIES, ROW_OUTCOMES, STATE_GROUPS } from "../../../../db/enums.ts";
import { Id, Instant, line, page, PageInput, MutationId, TimeZone } from "../../../fields.contract.ts";
import { ROW_PROBLEMS } from "./row-problems.contract.ts";

/** What a column of a table may be taken for. `ignore` and what is not named at all is left out. */
const IMPORT_TARGETS = [
  "id",
  "otherId",
  "title",
  "description",
  "column",
  "stateGroup",
  "assignees",
  "labels",
  "start",
  "due",
  "timeZone",
  "estimate",
  "priority",
  "parent",
  "completed",
  "archived",
  "createdAt",
  "updatedAt",
  "completedAt",
  "milestone",
  "sprint",
  "blocks",
  "blockedBy",
  "comment",
  "link",
  "field",
] as const;
export const ImportTarget = z.enum(IMPORT_TARGETS);
export type ImportTarget = z.infer<typeof ImportTarget>;

/** The most columns that a table may have. */
export const COLUMNS_PER_TABLE = 1_000;

/** What the columns of a table mean. Of GitHub issues, whose members are known, the last four alone count. */
export const ImportMapping = z.strictObject({
  columns: z
    .array(
      z.strictObject({
        /** The place of the column, from 0: several may have one name. */
        column: z
          .int()
          .min(0)
          .max(COLUMNS_PER_TABLE - 1),
        to: ImportTarget,
        /** Which one, where `to` is `field`. */
        fieldId: Id.optional(),
      }),
    )
    .max(COLUMNS_PER_TABLE)
    .default([]),
  /** Which number of `1/2/2026` is the day. `iso` takes ISO 8601 and dates with the name of a month alone. */
  dates: z.enum(["iso", "dmy", "mdy"]).default("iso"),
  /** Of whole days, and of times that say no zone. */
  timeZone: TimeZone.default("UTC"),
  /** What lies between several names in one cell. */
  separator: z.enum([";", ",", "|", "\n"]).default(";"),
  /** Of what the board does not have yet. `refuse` refuses the row, or leaves the label out. */
  missing: z.enum(["create", "refuse"]).default("create"),
  /** The column of rows that say none. */
  fallbackColumn: line(200).default("To do"),
});
export type ImportMapping = z.infer<typeof ImportMapping>;

/** How one looks at a file, or at how it would be with another mapping. */
export const PreviewImport = z.strictObject({ orgId: Id, importId: Id, mapping: ImportMapping.optional() });
export type PreviewImport = z.infer<typeof PreviewImport>;

const Problem = z.enum(ROW_PROBLEMS);

/** A row as the task that it would become. */
const PreviewRow = z.object({
  row: z.int(),
  /** Null: the row is taken. */
  refusal: Problem.nullable(),
  says: z.string().nullable(),
  /** It is on the board already, and stays as it is there. */
  isThere: z.boolean(),
  title: z.string(),
  description: z.string(),
  column: z.string(),
  priority: z.enum(PRIORITIES),
  assignees: z.array(z.object({ name: z.string(), userId: Id.nullable() })),
  labels: z.array(z.string()),
  startAt: Instant.nullable(),
  dueAt: Instant.nullable(),
  estimate: z.number().nullable(),
});

export const ImportPreview = z.object({
  /** Of the whole file. */
  rowCount: z.int(),
  columns: z.array(z.object({ column: z.int(), name: z.string() })),
  /** What was asked for, else what the names of the columns suggest. */
  mapping: ImportMapping,
  /** The first ones. */
  rows: z.array(PreviewRow),
  /** Of how many rows, from the first, `problems` and the names below tell. */
  rowsChecked: z.int(),
  problems: z.array(z.object({ kind: Problem, says: z.string(), count: z.int(), firstRow: z.int() })),
  /** What would be made; at most a hundred of each. */
  newColumns: z.array(z.object({ name: z.string(), stateGroup: z.enum(STATE_GROUPS) })),
  newLabels: z.array(z.string()),
  unknownPeople: z.array(z.string()),
});
export type ImportPreview = z.infer<typeof ImportPreview>;

export const StartImport = z.strictObject({
  orgId: Id,
  importId: Id,
  mapping: ImportMapping,
  ...MutationId,
});
export type StartImport = z.infer<typeof StartImport>;

/** The operation says how far it is. */
export const ImportStarted = z.object({ importId: Id, boardId: Id, operationId: Id });
export type ImportStarted = z.infer<typeof ImportStarted>;

/** What became of a row. Null, where the import did not come to it. */
export const ImportRow = z.object({
  /** Of the file, from 1; the head of a table is not counted. */
  row: z.int(),
  outcome: z.enum(ROW_OUTCOMES).nullable(),
  taskId: Id.nullable(),
  /** Why it was refused. */
  refusal: Problem.nullable(),
  /** The same, as a user could read it. */
  says: z.string().nullable(),
  /** What was left out of one that was taken. */
  notes: z.array(Problem),
});
export type ImportRow = z.infer<typeof ImportRow>;

export const ListImportRows = z.strictObject({
  orgId: Id,
  importId: Id,
  outcome: z.enum(ROW_OUTCOMES).optional(),
  ...PageInput,
});
export type ListImportRows = z.infer<typeof ListImportRows>;
export const ImportRowPage = page(ImportRow);
export type ImportRowPage = z.infer<typeof ImportRowPage>;
