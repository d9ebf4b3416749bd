import type { BoardEvent } from "../../events.ts";
import { compare } from "../../ordered-rows.ts";
import type { Attachment } from "./attachments.contract.ts";

/** What `attachments.list` gave of a task. */
export interface TaskAttachments {
  readonly taskId: string;
  readonly attachments: readonly Attachment[];
}

/**
 * The attachments of an opened task after an event of its board; pure. It is to be given all events from the version on
 * that the board had before the list was asked for: what the list knew already changes nothing.
 */
export function evolveAttachments(state: TaskAttachments, { type, version, data }: BoardEvent): TaskAttachments {
  const { taskId, attachments } = state;
  if (type === "attachment.deleted") {
    return { ...state, attachments: attachments.filter(({ id }) => id !== data.attachmentId) };
  }
  if (type !== "attachment.created" && type !== "attachment.updated") return state;
  const { attachment } = data;
  const known = attachments.find(({ id }) => id === attachment.id);
  const isNew = type === "attachment.created" ? !known : known !== undefined && known.version < version;
  if (attachment.taskId !== taskId || !isNew) return state;
  const others = attachments.filter(({ id }) => id !== attachment.id);
  return { ...state, attachments: [...others, attachment].toSorted(newestFirst) };
}

function newestFirst(a: Attachment, b: Attachment): number {
  return compare(b.createdAt, a.createdAt) || compare(b.id, a.id);
}
