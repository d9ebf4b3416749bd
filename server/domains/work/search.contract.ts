import { z } from "zod";
import { STATE_GROUPS, STATES } from "../../../db/enums.ts";
import { Id, Instant, page, PageInput, storable, TimeZone } from "../../fields.contract.ts";
import { FilterText } from "./filters/filter.contract.ts";
import { Card } from "./tasks.contract.ts";

/**
 * `relevance`: what says the words of the filter best; without words as `created`. `due`: what is due soonest first, then what
 * has no date. `priority`: what is most urgent first. The others begin with the newest, and so does whatever is alike.
 */
export const TASK_ORDERS = ["relevance", "created", "updated", "due", "priority"] as const;

/**
 * One of these, or a field of projects: `cf.Points` begins with the least, `-cf.Points` with the greatest; behind them comes
 * what has no value there. Options are in their order, people by their names.
 */
export const TaskOrder = z.union([
  z.enum(TASK_ORDERS),
  z
    .templateLiteral([z.enum(["cf.", "-cf."]), z.string().min(1).max(100)])
    .refine(storable, "This text holds characters that cannot be stored."),
]);
export type TaskOrder = z.infer<typeof TaskOrder>;

export const SearchTasks = z.strictObject({
  orgId: Id,
  /** Only there. */
  projectId: Id.optional(),
  boardId: Id.optional(),
  /** As docs/filters.md says; empty: everything that is not archived. */
  filter: FilterText.default(""),
  /** In which days of the filter begin and end. */
  timeZone: TimeZone.default("UTC"),
  order: TaskOrder.default("relevance"),
  ...PageInput,
});
export type SearchTasks = z.infer<typeof SearchTasks>;

/** A piece of a text, in the order of the text. It is text: whoever shows it as HTML escapes it, and marks what matches. */
const Piece = z.object({ text: z.string(), isMatch: z.boolean() });

/** The part of a text that says words of the filter. */
const Excerpt = z.object({
  of: z.enum(["title", "description", "comment"]),
  commentId: Id.nullable(),
  pieces: z.array(Piece),
});
export type Excerpt = z.infer<typeof Excerpt>;

/** A task that was found, with what there is to say of where it is. */
export const FoundTask = Card.extend({
  boardId: Id,
  projectId: Id,
  state: z.enum(STATES),
  boardName: z.string(),
  columnName: z.string(),
  stateGroup: z.enum(STATE_GROUPS),
  /** Since when it is in columns of the group `completed`. */
  completedAt: Instant.nullable(),
  /** Where it says the words of the filter; what was found as misspelt has none. */
  excerpts: z.array(Excerpt),
});
export type FoundTask = z.infer<typeof FoundTask>;
export const FoundTasks = page(FoundTask);
export type FoundTasks = z.infer<typeof FoundTasks>;

/** How many tasks a filter means: of what the caller sees. */
export const CountTasks = SearchTasks.pick({
  orgId: true,
  projectId: true,
  boardId: true,
  filter: true,
  timeZone: true,
});
export type CountTasks = z.infer<typeof CountTasks>;

export const TaskCount = z.object({ count: z.int() });
export type TaskCount = z.infer<typeof TaskCount>;

export const CountMessage = z.object({ type: z.literal("count"), count: z.int() });
export type CountMessage = z.infer<typeof CountMessage>;
