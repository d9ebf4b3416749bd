import type { BoardActor } from "../../core/access.ts";
import { RANK_LIMIT, rankBetween } from "../../core/rank.ts";
import { compare } from "../../ordered-rows.ts";
import type { BoardPicture } from "./board-picture.ts";
import { requireGap } from "./task-grounds.ts";

/** Where a task stood. */
export interface OwnPlace {
  readonly taskId: string;
  readonly columnId: string;
  readonly rank: string;
}

/**
 * The ranks that tasks had, where nobody has taken them since; else just behind whoever has. No column is renumbered for
 * it: where a rank would grow too long, the task goes to the end. The places are among what a command needs.
 */
export function ranksAt(
  picture: BoardPicture,
  actor: BoardActor,
  places: readonly OwnPlace[],
): ReadonlyMap<string, string> {
  const ids = places.map(({ taskId }) => taskId);
  const moving = new Set(ids);
  const ranks = new Map<string, string>();
  const given = new Map<string, string[]>();
  for (const { taskId, columnId, rank: own } of places.toSorted((a, b) => compare(a.rank, b.rank))) {
    const here = given.get(columnId) ?? [];
    const next = picture.order.next(columnId, own, moving);
    const before = here.filter((rank) => rank >= own && (next === null || rank < next)).at(-1);
    const isFree = before === undefined && picture.order.isFree(columnId, own, moving);
    const rank = isFree ? own : rankBetween(before ?? own, next);
    const fitting = rank.length <= RANK_LIMIT ? rank : endOf(picture, actor, { columnId, given: here, ids });
    ranks.set(taskId, fitting);
    given.set(columnId, [...here, fitting].toSorted());
  }
  return ranks;
}

function endOf(
  picture: BoardPicture,
  actor: BoardActor,
  { columnId, given, ids }: { columnId: string; given: readonly string[]; ids: readonly string[] },
): string {
  const { before } = requireGap(picture, actor, { columnId }, ...ids);
  const last = [...given, ...(before === null ? [] : [before])].toSorted().at(-1) ?? null;
  return rankBetween(last, null);
}
