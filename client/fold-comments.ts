import { evolveComments, type Thread } from "../server/domains/work/evolve-comments.ts";
import type { BoardEvent } from "../server/events.ts";

/**
 * The comments of an open task after an event of its board, from what `comments.list` answered. To be given all events
 * from before the list was asked for: those that it knew already change nothing.
 */
export function foldComments(thread: Thread, event: BoardEvent): Thread {
  return evolveComments(thread, event);
}
