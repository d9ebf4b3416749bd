import type { BoardEvent } from "../../events.ts";
import { compare } from "../../ordered-rows.ts";
import type { Comment } from "./comments.contract.ts";

/** What `comments.list` gave of a task, and in which order. */
export interface Thread {
  readonly taskId: string;
  readonly order: "oldest" | "newest";
  readonly comments: readonly Comment[];
}

/**
 * How the comments of an open task stay live: what they are after an event of their board; pure. It is to be given all
 * events from the version on that the board had before the list was asked for: what the list knew already changes
 * nothing. An answer to what is not in the list, because that is on another page, is passed over.
 */
export function evolveComments(thread: Thread, { type, version, data }: BoardEvent): Thread {
  const changed = (id: string, change: (known: Comment) => Comment[]): Thread => ({
    ...thread,
    comments: thread.comments.flatMap((known) =>
      known.id === id && known.version < version ? change(known) : [known],
    ),
  });
  if (type === "comment.created") return add(thread, data.comment);
  if (type === "comment.updated") return changed(data.comment.id, () => [data.comment]);
  if (type === "comment.deleted") return changed(data.commentId, () => (data.left ? [data.left] : []));
  if (type !== "comment.reacted" && type !== "comment.unreacted") return thread;
  const { commentId, emoji, userId } = data;
  return changed(commentId, (known) => {
    const others = known.reactions.filter((one) => one.emoji !== emoji || one.userId !== userId);
    const reactions = type === "comment.reacted" ? [...others, { emoji, userId }] : others;
    return [{ ...known, reactions, version }];
  });
}

function add(thread: Thread, comment: Comment): Thread {
  const { taskId, order, comments } = thread;
  const isKnown = comments.some(({ id }) => id === comment.id);
  const hasPlace = comment.parentId === null || comments.some(({ id }) => id === comment.parentId);
  if (comment.taskId !== taskId || isKnown || !hasPlace) return thread;
  const began = new Map([...comments, comment].map(({ id, createdAt }) => [id, createdAt]));
  const keyOf = ({ id, parentId, createdAt }: Comment) => {
    const threadId = parentId ?? id;
    return { thread: `${began.get(threadId)} ${threadId}`, within: `${Number(parentId !== null)} ${createdAt} ${id}` };
  };
  const sign = order === "newest" ? -1 : 1;
  const isBehind = (other: Comment) => {
    const [here, there] = [keyOf(comment), keyOf(other)];
    return (sign * compare(there.thread, here.thread) || compare(there.within, here.within)) > 0;
  };
  const at = comments.findIndex(isBehind);
  const place = at === -1 ? comments.length : at;
  return { ...thread, comments: comments.toSpliced(place, 0, comment) };
}
