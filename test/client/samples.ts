import type { TrackedMessage } from "../../client/fold-live.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import type { Card } from "../../server/domains/work/tasks.contract.ts";
import type { BoardEvent, LiveMessage, SnapshotMessage } from "../../server/events.ts";

// Messages as a server would send them, for tests of what a client makes of them.

const AT = "2026-01-05T10:00:00.000Z";
const column = {
  boardId: "board",
  stateGroup: "unstarted",
  wipLimit: null,
  wipMode: "hard",
  state: "open",
  version: 1,
} as const;

export function card(id: string, columnId = "todo"): Card {
  return {
    id,
    number: 1,
    key: "PRJ-1",
    columnId,
    rank: id,
    parentId: null,
    title: `Task ${id}`,
    hasDescription: false,
    priority: "none",
    startAt: null,
    startOn: null,
    dueAt: null,
    dueOn: null,
    timeZone: null,
    estimate: null,
    coverColor: null,
    itemsDone: 0,
    itemsTotal: 0,
    blockerIds: [],
    blockersElsewhere: 0,
    assigneeIds: [],
    assigneeNames: [],
    labelIds: [],
    commentCount: 0,
    attachmentCount: 0,
    version: 1,
    createdAt: AT,
    updatedAt: AT,
  };
}

export function cursor(version: number): string {
  return `${version}.1234`;
}

/** A board of two columns. */
export function snapshot(version: number, cards: string[] = ["a", "b"]): Snapshot {
  return {
    board: {
      id: "board",
      orgId: "org",
      projectId: "project",
      name: "Board",
      visibility: "org",
      state: "open",
      version: 1,
      createdAt: AT,
      updatedAt: AT,
    },
    columns: [
      { ...column, id: "todo", name: "Todo", rank: "a" },
      { ...column, id: "done", name: "Done", rank: "b" },
    ],
    tasks: cards.map((id) => card(id)),
    labels: [],
    transitions: [],
    members: [],
    cursor: cursor(version),
  };
}

export function first(whole: Snapshot, reason: SnapshotMessage["reason"] = "first"): TrackedMessage {
  return { id: whole.cursor, data: { type: "snapshot", snapshot: whole, reason, part: 1, of: 1 } };
}

/** A snapshot in as many parts as it has cards: rows before them in the first, the cursor in the last. */
export function parts(whole: Snapshot, reason: SnapshotMessage["reason"] = "first"): TrackedMessage[] {
  const of = whole.tasks.length;
  return whole.tasks.map((task, index) => {
    const isLast = index === of - 1;
    const id = isLast ? whole.cursor : `0.${index + 1}`;
    const lists = index === 0 ? whole : { columns: [], labels: [], transitions: [], members: [] };
    const snapshot = { ...whole, ...lists, tasks: [task], cursor: id };
    return { id, data: { type: "snapshot", snapshot, reason, part: index + 1, of } };
  });
}

export function event<News extends { type: string; data: object }>(version: number, news: News) {
  return { id: cursor(version), data: { ...news, version, at: AT, actorId: "somebody", mutationId: "mutation" } };
}

export function moved(version: number, taskId: string, columnId = "done") {
  return event(version, { type: "task.moved", data: { taskId, columnId, rank: `r${version}` } } as const);
}

/** What only a newer server sends. */
export function unheardOf(version: number): TrackedMessage {
  const message: unknown = event(version, { type: "task.split", data: { taskIds: ["a", "b"] } });
  if (!isTracked(message)) throw new Error("not a message");
  return message;
}

export function head(version: number, sentUpTo: number): TrackedMessage {
  return { id: cursor(sentUpTo), data: { type: "head", version, ageMs: 0 } };
}

function isTracked(message: unknown): message is { id: string; data: LiveMessage & BoardEvent } {
  return typeof message === "object" && message !== null && "id" in message && "data" in message;
}
