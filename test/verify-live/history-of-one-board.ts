import type { BoardEvent, Snapshot } from "../../client/index.ts";
import { FoldedBoard } from "../../scripts/verify-live/check/fold.ts";
import type {
  AccessLoss,
  Heard,
  LoggedEvent,
  MutationRecord,
  ReadRecord,
  ShownDetails,
  Timeline,
  WatchRecord,
} from "../../scripts/verify-live/history.ts";

/** A run by hand: two people of one organisation, a stranger, and a board with two cards. Everything in it is right. */
export const ORG = uuid(1);
export const BOARD = uuid(2);
export const OWNER = uuid(3);
export const MEMBER = uuid(4);
export const STRANGER = uuid(5);
export const TODO = uuid(6);
export const DONE = uuid(10);
export const CARD = uuid(7);
export const OTHER_CARD = uuid(8);
const AT = "2026-01-01T00:00:00.000Z";

export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

export function cursorOf(event: Pick<LoggedEvent, "version" | "nonce">): string {
  return `${event.version}.${event.nonce}`;
}

export interface Run {
  watches: WatchRecord[];
  mutations: MutationRecord[];
  reads: ReadRecord[];
  losses: AccessLoss[];
  held: Snapshot[];
  details: ShownDetails[];
  sceneryIds: string[];
  timelines: Timeline[];
  final: Snapshot[];
}

export function firstSnapshot(): Snapshot {
  const stamps = { createdAt: AT, updatedAt: AT };
  return {
    board: {
      id: BOARD,
      orgId: ORG,
      projectId: uuid(9),
      name: "Board",
      visibility: "org",
      state: "open",
      version: 0,
      ...stamps,
    },
    columns: [
      {
        id: TODO,
        boardId: BOARD,
        name: "To do",
        rank: "a0",
        stateGroup: "unstarted",
        wipLimit: 2,
        wipMode: "hard",
        state: "open",
        version: 0,
      },
    ],
    tasks: [],
    labels: [],
    laneBy: null,
    transitions: [],
    fields: [],
    members: [{ userId: OWNER, name: "Owner", role: "manager" }],
    cursor: "0.0",
  };
}

type Card = Snapshot["tasks"][number];

export function card(id: string, rank: string, version: number): Card {
  const stamps = { version, createdAt: AT, updatedAt: AT };
  const sets = { assigneeIds: [], assigneeNames: [], labelIds: [], fields: {}, commentCount: 0, attachmentCount: 0 };
  const text = { title: "Card", hasDescription: false, priority: "none", estimate: null, coverColor: null } as const;
  const items = { itemsDone: 0, itemsTotal: 0, blockerIds: [], blockersElsewhere: 0 };
  const dates = { startAt: null, startOn: null, dueAt: null, dueOn: null, timeZone: null };
  return {
    id,
    number: version,
    key: `KEY-${version}`,
    columnId: TODO,
    rank,
    parentId: null,
    ...text,
    ...dates,
    ...items,
    ...sets,
    ...stamps,
  };
}

/** On the first card, by the owner. */
export function comment(text: string): ShownDetails["comments"][number] {
  const author = { authorId: OWNER, authorName: null, origin: "written", state: "open" } as const;
  const stamps = { version: 5, createdAt: AT, editedAt: null };
  return {
    id: uuid(80),
    boardId: BOARD,
    taskId: CARD,
    parentId: null,
    text,
    mentionIds: [],
    reactions: [],
    ...author,
    ...stamps,
  };
}

/** A row of the board's log. */
export function logged(
  version: number,
  news: Pick<BoardEvent, "type" | "data">,
  more: Partial<LoggedEvent> & { actorId?: string } = {},
): LoggedEvent {
  const { actorId = OWNER, ...rest } = more;
  const event = eventOf({ version, at: AT, actorId, mutationId: uuid(100 + version), ...news });
  return {
    streamId: BOARD,
    orgId: ORG,
    version,
    nonce: 1_000 + version,
    accessVersion: 2,
    txId: `${version}`,
    event,
    ...rest,
  };
}

function eventOf(event: object): BoardEvent;
function eventOf(event: object): object {
  return event;
}

function joined(version: number, userId: string, role: string): LoggedEvent {
  const row = logged(version, { type: "board.reset", data: {} }, { streamId: ORG, accessVersion: version });
  return { ...row, event: eventOf({ ...row.event, type: "member.joined", data: { userId, name: "Somebody", role } }) };
}

/** The log: two cards, a new name, and a move of the first behind the second. */
export function log(): LoggedEvent[] {
  return [
    logged(1, { type: "task.created", data: { task: card(CARD, "a0", 1), description: "", members: [] } }),
    logged(2, { type: "task.created", data: { task: card(OTHER_CARD, "a1", 2), description: "", members: [] } }),
    logged(3, { type: "task.updated", data: { taskId: CARD, changes: { title: "Renamed" }, members: [] } }),
    logged(4, { type: "task.moved", data: { taskId: CARD, columnId: TODO, rank: "a2" } }),
  ];
}

export function timelineOf(events: readonly LoggedEvent[]): Timeline {
  const { version = 0, nonce = 0 } = events.at(-1) ?? {};
  const orgEvents = [joined(1, OWNER, "owner"), joined(2, MEMBER, "member")];
  return { boards: new Map([[BOARD, { first: firstSnapshot(), version, nonce, events }]]), orgEvents };
}

/** What a snapshot shows after so many events. */
export function snapshotAt(events: readonly LoggedEvent[], version: number): Snapshot {
  const folded = new FoldedBoard(firstSnapshot());
  for (const { event } of events.slice(0, version)) folded.apply(event);
  const last = events[version - 1];
  return folded.snapshot(last ? cursorOf(last) : "0.0");
}

export function heardEvent(row: LoggedEvent, at = row.version): Heard & { type: "event" } {
  return { at, type: "event", id: cursorOf(row), event: row.event };
}

export function heardSnapshot(snapshot: Snapshot, at: number, reason = "first"): Heard & { type: "snapshot" } {
  return { at, type: "snapshot", id: snapshot.cursor, reason, part: 1, of: 1, snapshot };
}

export function mutation(changes: Partial<MutationRecord>): MutationRecord {
  return {
    id: uuid(104),
    client: "client 1",
    userId: OWNER,
    boardId: BOARD,
    procedure: "tasks.move",
    input: { boardId: BOARD, taskId: CARD, columnId: TODO, after: OTHER_CARD },
    purpose: "first",
    sentAt: 3,
    endedAt: 5,
    outcome: "answered",
    kind: undefined,
    answer: { id: CARD, version: 4 },
    tries: 1,
    timelines: [0, 0],
    ...changes,
  };
}

export function watchOf(userId: string, heard: Heard[]): WatchRecord {
  return { client: "client 2", kind: "stock WebSocket", userId, boardId: BOARD, heard };
}

/** A run in which nothing is wrong. */
export function goodRun(): Run {
  const events = log();
  const [, , third, fourth] = events;
  if (!third || !fourth) throw new Error("the log has four events");
  const heard: Heard[] = [
    { at: 1, type: "opened", from: undefined },
    heardSnapshot(snapshotAt(events, 2), 2),
    heardEvent(third),
    { at: 3.5, type: "head", id: cursorOf(third), version: 4 },
    heardEvent(fourth),
    // A stock client that moved to another socket was handed one again.
    heardEvent(fourth, 5),
  ];
  return {
    watches: [watchOf(MEMBER, heard)],
    mutations: [mutation({})],
    reads: [{ client: "client 1", boardId: BOARD, known: 4, snapshot: snapshotAt(events, 4), timelines: [0, 0] }],
    losses: [],
    held: [snapshotAt(events, 3)],
    details: [],
    sceneryIds: [OWNER],
    timelines: [timelineOf(events)],
    final: [snapshotAt(events, 4)],
  };
}
