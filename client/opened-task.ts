import type { TaskChecklists } from "../server/domains/work/checklists.contract.ts";
import { evolveChecklists as evolve } from "../server/domains/work/evolve-checklists.ts";
import type { BoardEvent } from "../server/events.ts";

/**
 * The checklists of an opened task after an event of its board. What is not about them, and what was announced before
 * they were read, leaves them as they are.
 */
export function evolveChecklists(opened: TaskChecklists, event: BoardEvent): TaskChecklists {
  return evolve(opened, event);
}
