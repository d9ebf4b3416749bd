import type { TaskChecklists } from "../server/domains/work/checklists.contract.ts";
import { evolveChecklists } from "../server/domains/work/evolve-checklists.ts";
import { evolveAttachments, type TaskAttachments } from "../server/domains/work/evolve-attachments.ts";
import { evolveComments, type Thread } from "../server/domains/work/evolve-comments.ts";
import type { BoardEvent } from "../server/events.ts";

// What an open task shows besides its card. What an event is not about, and what was announced before they were read,
// leaves them as they are.

/** The checklists of an open task after an event of its board. */
export function foldChecklists(opened: TaskChecklists, event: BoardEvent): TaskChecklists {
  return evolveChecklists(opened, event);
}

/** The comments of an open task after an event of its board. */
export function foldComments(thread: Thread, event: BoardEvent): Thread {
  return evolveComments(thread, event);
}

/** The attachments of an open task after an event of its board. */
export function foldAttachments(opened: TaskAttachments, event: BoardEvent): TaskAttachments {
  return evolveAttachments(opened, event);
}
