import { z } from "zod";
import { Id, Instant, page, PageInput, Version } from "../../../fields.contract.ts";

const NAMED_KINDS = [
  "person",
  "board",
  "project",
  "role",
  "task",
  "column",
  "label",
  "field",
  "option",
  "checklist",
  "check-item",
  "comment",
  "attachment",
  "transition",
  "time",
] as const;

/** Something that an entry is about, as it is called now. Null: it is gone, or was deleted. */
export const Named = z.object({ kind: z.enum(NAMED_KINDS), id: Id, name: z.string().nullable() });
export type Named = z.infer<typeof Named>;

const ActivityValue = z.union([
  z.null(),
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.string()),
  Named,
  z.array(Named),
]);
export type ActivityValue = z.infer<typeof ActivityValue>;

/**
 * A field that became another, called as in `Task`, `Board` and so on; `of`: which, when there are several of that name.
 * `from` is absent when the log does not say it, and both are where only texts are the difference.
 */
export const ActivityPart = z.object({
  field: z.string(),
  of: Named.exactOptional(),
  from: ActivityValue.exactOptional(),
  to: ActivityValue.exactOptional(),
});
export type ActivityPart = z.infer<typeof ActivityPart>;

/** Something that somebody did. `board` with `version` names it; without a board it is an event of the organisation. */
export const ActivityEntry = z.object({
  board: Named.nullable(),
  version: Version,
  at: Instant,
  actor: Named,
  /** The type of its event. */
  type: z.string(),
  /** Null: it is about no task, or about several. */
  task: Named.nullable(),
  /** Of how many tasks it changed something. */
  taskCount: z.int(),
  parts: z.array(ActivityPart),
  /** The whole of it as an English sentence, plain text. */
  says: z.string(),
});
export type ActivityEntry = z.infer<typeof ActivityEntry>;

export const ActivityPage = page(ActivityEntry);
export type ActivityPage = z.infer<typeof ActivityPage>;

/** What was done to a task, newest first. */
export const ActivityOfTask = z.strictObject({ boardId: Id, taskId: Id, ...PageInput });
export type ActivityOfTask = z.infer<typeof ActivityOfTask>;

/** What was done on a board, newest first. */
export const ActivityOfBoard = z.strictObject({ boardId: Id, ...PageInput });
export type ActivityOfBoard = z.infer<typeof ActivityOfBoard>;

/** What somebody did in an organisation, on boards that the caller sees now, newest first. */
export const ActivityOfPerson = z.strictObject({ orgId: Id, userId: Id, ...PageInput });
export type ActivityOfPerson = z.infer<typeof ActivityOfPerson>;
