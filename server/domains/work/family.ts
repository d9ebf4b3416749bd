// What may be a part of what, and how much of it is done, as server and client decide it alike.

/** The most tasks on the way from one that is no part of another down to its smallest part. */
export const DEEPEST = 5;
/** The most parts that a task may have, archived ones too. */
export const SUBTASKS_PER_TASK = 200;

export interface Kin {
  readonly parentId: string | null;
}

/** Why a task may not be a part of another; undefined: it may. `taskId` is undefined for one that is new. */
export function parentRefusal(
  kin: ReadonlyMap<string, Kin>,
  { taskId, parentId }: { taskId: string | undefined; parentId: string },
): "PARENT_CYCLE" | "SUBTASKS_TOO_DEEP" | "SUBTASKS_TOO_MANY" | undefined {
  const above = lineage(kin, parentId);
  if (taskId !== undefined && above.includes(taskId)) return "PARENT_CYCLE";
  const below = taskId === undefined ? 1 : height(kin, taskId);
  if (above.length + below > DEEPEST) return "SUBTASKS_TOO_DEEP";
  const others = [...kin].filter(([id, known]) => known.parentId === parentId && id !== taskId);
  return others.length >= SUBTASKS_PER_TASK ? "SUBTASKS_TOO_MANY" : undefined;
}

/** A task and what it is a part of, the nearest first. */
function lineage(kin: ReadonlyMap<string, Kin>, id: string): string[] {
  const ids: string[] = [];
  for (let at: string | null = id; at !== null && !ids.includes(at); at = kin.get(at)?.parentId ?? null) ids.push(at);
  return ids;
}

/** How many tasks are on the way from one to its smallest part. */
function height(kin: ReadonlyMap<string, Kin>, id: string): number {
  const ways = [...kin.keys()].map((other) => lineage(kin, other).indexOf(id) + 1);
  return Math.max(1, ...ways);
}

/** How much of a task is done, by its parts. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

interface Parts {
  readonly columns: readonly { readonly id: string; readonly stateGroup: string }[];
  readonly tasks: readonly (Kin & { readonly columnId: string })[];
}

/** The progress of each task that has parts on the board. What was cancelled, archived or put out of sight counts as none. */
export function countSubtasks({ columns, tasks }: Parts): Map<string, Progress> {
  const groups = new Map(columns.map(({ id, stateGroup }) => [id, stateGroup]));
  const counts = new Map<string, Progress>();
  for (const { parentId, columnId } of tasks) {
    const group = groups.get(columnId);
    if (parentId === null || group === "cancelled") continue;
    const { done, total } = counts.get(parentId) ?? { done: 0, total: 0 };
    counts.set(parentId, { done: done + (group === "completed" ? 1 : 0), total: total + 1 });
  }
  return counts;
}
