import { z } from "zod";
import { WATCH_LEVELS } from "../../../db/enums.ts";
import { Id, Instant, MutationId, page, PageInput } from "../../fields.contract.ts";

/** What can be watched, or muted: a task, a column (what comes into it), a board, a project (which can be muted only). */
export const WatchSubject = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("task"), boardId: Id, taskId: Id }),
  z.strictObject({ kind: z.literal("column"), boardId: Id, columnId: Id }),
  z.strictObject({ kind: z.literal("board"), boardId: Id }),
  z.strictObject({ kind: z.literal("project"), orgId: Id, projectId: Id }),
]);
export type WatchSubject = z.infer<typeof WatchSubject>;

const WatchLevel = z.enum(WATCH_LEVELS);

/** The levels that there are for a kind: what comes into a column, and a project as a whole, addresses nobody. */
const LEVELS: Record<WatchSubject["kind"], readonly z.infer<typeof WatchLevel>[]> = {
  task: WATCH_LEVELS,
  column: ["watching"],
  board: ["watching", "muted"],
  project: ["muted"],
};

/**
 * `watching`: all that happens to it; `involved`: only what is addressed to oneself; `muted`: nothing; `default`: as if
 * nothing had ever been said. Who is about a task (made it, is assigned, comments, is mentioned) watches it by itself from
 * then on, unless they said something else.
 */
export const SetWatch = z
  .strictObject({ subject: WatchSubject, level: z.enum([...WATCH_LEVELS, "default"]), ...MutationId })
  .refine(({ subject, level }) => level === "default" || LEVELS[subject.kind].includes(level), {
    path: ["level"],
    message: "There is no such level for this kind of thing.",
  });
export type SetWatch = z.infer<typeof SetWatch>;

export const Watch = z.object({ id: Id, subject: WatchSubject, level: WatchLevel, createdAt: Instant });
export type Watch = z.infer<typeof Watch>;

/** One's own in an organisation. */
export const ListWatches = z.strictObject({ orgId: Id, ...PageInput });
export type ListWatches = z.infer<typeof ListWatches>;
export const WatchPage = page(Watch);
export type WatchPage = z.infer<typeof WatchPage>;

/** Who watches a task. */
export const ListWatchers = z.strictObject({ boardId: Id, taskId: Id, ...PageInput });
export type ListWatchers = z.infer<typeof ListWatchers>;
const Watcher = z.object({ userId: Id, name: z.string() });
export const WatcherPage = page(Watcher);
export type WatcherPage = z.infer<typeof WatcherPage>;
