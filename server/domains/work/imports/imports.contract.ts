import { z } from "zod";
import { IMPORT_SOURCES, IMPORT_STATES } from "../../../../db/enums.ts";
import { Id, Instant, line, MutationId } from "../../../fields.contract.ts";

export const CreateImport = z.strictObject({
  orgId: Id,
  projectId: Id,
  source: z.enum(IMPORT_SOURCES),
  fileName: line(255),
  /** The board of the project that it goes to; a Trello export makes one of its own, or goes on with that. */
  boardId: Id.optional(),
  /** What a new board is called; unless said, as the file. */
  boardName: line(200).optional(),
  ...MutationId,
});
export type CreateImport = z.infer<typeof CreateImport>;

/** `PUT` the file to `uploadUrl`, with the same session, within a day. */
export const ImportCreated = z.object({ importId: Id, uploadUrl: z.string() });
export type ImportCreated = z.infer<typeof ImportCreated>;

/** What the upload of a table or of issues answers: its rows wait for `imports.start`. */
export const ImportReceived = z.object({ importId: Id, rowCount: z.int() });
export type ImportReceived = z.infer<typeof ImportReceived>;

/** Older reports have neither checklists nor comments: they were left out. */
const Counts = z.object({
  columns: z.int(),
  labels: z.int(),
  tasks: z.int(),
  checklists: z.int().exactOptional(),
  comments: z.int().exactOptional(),
});

export const ImportReport = z.object({
  created: Counts,
  unchanged: Counts,
  /** Rows of a table or issues that were not taken: `imports.rows` says why. */
  refused: z.int().exactOptional(),
  /** What exists already and says something else than the file: left as it is. At most the first 100. */
  differs: z.array(
    z.object({
      noun: z.enum(["board", "column", "label", "task", "checklist", "item", "comment"]),
      id: Id,
      name: z.string(),
      fields: z.array(z.string()),
    }),
  ),
  differsCount: z.int(),
  /** People of the file with an account here, found by e-mail address or user name. */
  matchedMembers: z.array(z.object({ name: z.string(), userId: Id })),
  /** The others: kept as text on their tasks and comments. Of both at most the first 1,000. */
  unmatchedMembers: z.array(z.string()),
  /** Parts of the file for which Trestle has no place, with how many there were of each. */
  notMapped: z.array(z.object({ what: z.string(), count: z.int() })),
  /** Texts that were too long and were cut. */
  truncated: z.int(),
});
export type ImportReport = z.infer<typeof ImportReport>;

/** What the upload of a Trello export answers: an operation makes its board. */
export const ImportBegun = z.object({ importId: Id, operationId: Id });
export type ImportBegun = z.infer<typeof ImportBegun>;

export const GetImport = z.strictObject({ orgId: Id, importId: Id });
export type GetImport = z.infer<typeof GetImport>;

export const Import = z.object({
  id: Id,
  orgId: Id,
  projectId: Id,
  source: z.enum(IMPORT_SOURCES),
  fileName: z.string(),
  state: z.enum(IMPORT_STATES),
  boardId: Id.nullable(),
  /** Of a table or issues: how many rows there are, and how many of them have their outcome. */
  rowCount: z.int().nullable(),
  rowsDone: z.int(),
  /** Of a table or issues it counts while it goes. */
  report: ImportReport.nullable(),
  /** Why it failed, as an error kind. */
  errorKind: z.string().nullable(),
  createdAt: Instant,
});
export type Import = z.infer<typeof Import>;
