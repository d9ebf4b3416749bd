import { expect, test } from "vitest";
import { checkHistory } from "../../scripts/verify-live/check/check.ts";
import type { Heard, LoggedEvent } from "../../scripts/verify-live/history.ts";
import {
  BOARD,
  CARD,
  card,
  comment,
  cursorOf,
  DONE,
  firstSnapshot,
  goodRun,
  heardEvent,
  heardSnapshot,
  log,
  logged,
  MEMBER,
  mutation,
  ORG,
  OTHER_CARD,
  OWNER,
  type Run,
  snapshotAt,
  STRANGER,
  timelineOf,
  TODO,
  uuid,
  watchOf,
} from "./history-of-one-board.ts";

/** What the checker says of a run, as rules and sentences. */
function check({ timelines, final, ...history }: Run): string[] {
  return checkHistory(history, timelines, final).violations.found.map(({ rule, says }) => `${rule}: ${says}`);
}

/** What is wrong with the good run after a change. */
function after(change: (run: Run) => void): string[] {
  const run = goodRun();
  change(run);
  return check(run);
}

function replaceLog(run: Run, change: (events: LoggedEvent[]) => void): void {
  const events = log();
  change(events);
  run.timelines = [timelineOf(events)];
}

/** Puts other messages in the place of what the member heard. */
function hears(run: Run, ...heard: Heard[]): void {
  run.watches = [watchOf(MEMBER, [{ at: 1, type: "opened", from: undefined }, ...heard])];
}

const [first, second, third, fourth] = log();
if (!first || !second || !third || !fourth) throw new Error("the log has four events");
const begin = () => heardSnapshot(snapshotAt(log(), 2), 2);

test("a run in which everything is right has no violation", () => {
  expect(check(goodRun())).toEqual([]);
  const { timelines, final, ...history } = goodRun();
  expect(checkHistory(history, timelines, final).counts).toMatchObject({ events: 3, repeated: 1, heads: 1, opened: 1 });
});

test.for<{ rule: string; what: string; says: RegExp; change: (run: Run) => void }>([
  {
    rule: "L7",
    what: "a version that a watch never got",
    says: /version 4 came after 2/u,
    change: (run) => hears(run, begin(), heardEvent(fourth)),
  },
  {
    rule: "L6",
    what: "an event before any snapshot",
    says: /came before a snapshot/u,
    change: (run) => hears(run, heardEvent(third)),
  },
  {
    rule: "L1",
    what: "an event that is in no log",
    says: /was never in the log/u,
    change: (run) => hears(run, begin(), { ...heardEvent(third), id: "3.7" }),
  },
  {
    rule: "L1",
    what: "an event with other data than the log has",
    says: /is not what the log has/u,
    change: (run) => {
      const other = logged(3, {
        type: "task.updated",
        data: { taskId: CARD, changes: { title: "Other" }, members: [] },
      });
      hears(run, begin(), heardEvent(other));
    },
  },
  {
    rule: "L9",
    what: "a snapshot that is not what the log folds to",
    says: /has other tasks than its log/u,
    change: (run) => {
      const [shown] = run.final;
      if (shown) run.final = [{ ...shown, tasks: shown.tasks.slice(1) }];
    },
  },
  {
    rule: "L9",
    what: "a client that holds something else than what it was told",
    says: /has other columns than its log/u,
    change: (run) => (run.held = [{ ...snapshotAt(log(), 3), columns: [] }]),
  },
  {
    rule: "L8",
    what: "a snapshot of a version that never was",
    says: /never was: 9\.9/u,
    change: (run) => hears(run, heardSnapshot({ ...snapshotAt(log(), 2), cursor: "9.9" }, 2)),
  },
  {
    rule: "L8",
    what: "a watch that goes on in another log than the one it was in",
    says: /is of another log/u,
    change: (run) => {
      const lost = [first, second, logged(3, { type: "task.archived", data: { taskId: CARD } }, { nonce: 77 })];
      run.timelines = [timelineOf(lost), timelineOf(log())];
      run.mutations = [];
      const [, , other] = lost;
      if (other) hears(run, begin(), heardEvent(other), heardEvent(fourth));
    },
  },
  {
    rule: "L6",
    what: "a part of a snapshot that can be continued",
    says: /part 1 of 2 can be continued/u,
    change: (run) => {
      const snapshot = snapshotAt(log(), 2);
      const part = { ...heardSnapshot(snapshot, 2), part: 1, of: 2 };
      hears(run, part, { ...heardSnapshot({ ...snapshot, columns: [], tasks: [], members: [] }, 2), part: 2, of: 2 });
    },
  },
  {
    rule: "L11",
    what: "a head that is tracked with the head",
    says: /is tracked with 4\.1004, the last message was 3\.1003/u,
    change: (run) =>
      hears(
        run,
        begin(),
        heardEvent(third),
        { at: 4, type: "head", id: cursorOf(fourth), version: 4 },
        heardEvent(fourth),
      ),
  },
  {
    rule: "L10",
    what: "a watch that a fault ended",
    says: /ended without a decision: INTERNAL/u,
    change: (run) => run.watches[0]?.heard.push({ at: 9, type: "ended", kind: "INTERNAL" }),
  },
  {
    rule: "L14",
    what: "an event for somebody of another organisation",
    says: /had no access/u,
    change: (run) => run.watches.push(watchOf(STRANGER, goodRun().watches[0]?.heard ?? [])),
  },
  {
    rule: "L14",
    what: "an event that was written after somebody's removal",
    says: /version 4 was written when this person had no access/u,
    change: (run) => {
      replaceLog(run, (events) => events.splice(3, 1, { ...fourth, accessVersion: 3 }));
      const removed = { ...logged(3, third.event, { streamId: ORG, accessVersion: 3 }) };
      const orgEvents = [...(run.timelines[0]?.orgEvents ?? []), { ...removed, event: memberRemoved(removed.event) }];
      run.timelines = run.timelines.map((timeline) => ({ ...timeline, orgEvents }));
    },
  },
  {
    rule: "L14",
    what: "somebody removed who opens a watch and is told something",
    says: /opened a watch, and was told something/u,
    change: (run) => run.losses.push({ ...loss(), from: 0.5, version: 4 }),
  },
  {
    rule: "L14",
    what: "a write under the access from before an acknowledged removal",
    says: /from before it/u,
    change: (run) => run.losses.push({ ...loss(), from: 50, until: 60, version: 3 }),
  },
  {
    rule: "L14",
    what: "an access version that goes down along a log",
    says: /under access version 1, after one under 2/u,
    change: (run) => replaceLog(run, (events) => events.splice(3, 1, { ...fourth, accessVersion: 1 })),
  },
  {
    rule: "L2",
    what: "a gap in a log",
    says: /has version 4 where 3 belongs/u,
    change: (run) => replaceLog(run, (events) => events.splice(2, 1)),
  },
  {
    rule: "L2",
    what: "a head that is not the last event",
    says: /the head of board .* is 9\.9/u,
    change: (run) => {
      const events = log();
      run.timelines = [
        { ...timelineOf(events), boards: new Map([[BOARD, { first: firstSnapshot(), version: 9, nonce: 9, events }]]) },
      ];
    },
  },
  {
    rule: "L2",
    what: "calls of one client whose versions are in another order than their answers",
    says: /has version 3, what was answered before it 4/u,
    change: (run) => run.mutations.push(rename()),
  },
  {
    rule: "L4",
    what: "an event by somebody who may not write it",
    says: /somebody whose role there was none/u,
    change: (run) =>
      replaceLog(run, (events) => {
        const event = { ...fourth.event, actorId: STRANGER };
        events.splice(3, 1, { ...fourth, event });
      }),
  },
  {
    rule: "L4",
    what: "a card that stands elsewhere than where it was put",
    says: /does not stand where it was put/u,
    change: (run) =>
      (run.mutations = [mutation({ input: { boardId: BOARD, taskId: CARD, columnId: TODO, after: null } })]),
  },
  {
    rule: "L4",
    what: "a column above its limit",
    says: /holds 3 of 2/u,
    change: (run) =>
      replaceLog(run, (events) => {
        events.push(
          logged(5, { type: "task.created", data: { task: card(uuid(50), "a3", 5), description: "", members: [] } }),
        );
      }),
  },
  {
    rule: "L4",
    what: "two cards with one rank",
    says: /have one rank/u,
    change: (run) =>
      replaceLog(run, (events) => {
        events.splice(3, 1, logged(4, { type: "task.moved", data: { taskId: CARD, columnId: TODO, rank: "a1" } }));
      }),
  },
  {
    rule: "L5",
    what: "a call that was done twice",
    says: /was done more than once/u,
    change: (run) =>
      replaceLog(run, (events) => {
        const again = logged(5, { type: "task.moved", data: { taskId: CARD, columnId: TODO, rank: "a3" } });
        events.push({ ...again, event: { ...again.event, mutationId: uuid(104) } });
      }),
  },
  {
    rule: "L5",
    what: "a call that was refused, and done",
    says: /was refused \(ACTION_FORBIDDEN\), and done/u,
    change: (run) => (run.mutations = [mutation({ outcome: "refused", kind: "ACTION_FORBIDDEN", answer: undefined })]),
  },
  {
    rule: "L5",
    what: "an answer with another version than its event",
    says: /has version 3, its event another/u,
    change: (run) => (run.mutations = [mutation({ answer: { id: CARD, version: 3 } })]),
  },
  {
    rule: "L5",
    what: "a repeat that gets another answer",
    says: /was not answered as the first time/u,
    change: (run) => run.mutations.push(mutation({ purpose: "repeat", answer: { id: CARD, version: 5 } })),
  },
  {
    rule: "L5",
    what: "an id that was used for another call",
    says: /was used for another call: answered/u,
    change: (run) => run.mutations.push(mutation({ purpose: "reuse", procedure: "boards.update" })),
  },
  {
    rule: "L1",
    what: "an acknowledged call that left no trace",
    says: /was acknowledged, and is in no log/u,
    change: (run) =>
      run.mutations.push(mutation({ id: uuid(60), procedure: "labels.delete", answer: null, input: {} })),
  },
  {
    rule: "L10",
    what: "a call that failed for a fault of the server",
    says: /for a fault of the server/u,
    change: (run) =>
      run.mutations.push(mutation({ id: uuid(61), outcome: "refused", kind: "INTERNAL", answer: undefined })),
  },
  {
    rule: "L9",
    what: "a count of comments that is not how many there are",
    says: /counts 2 comments, there are 1/u,
    change: (run) =>
      replaceLog(run, (events) => {
        const data = { comment: comment("Said"), commentCount: 2, members: [] };
        events.push(logged(5, { type: "comment.created", data }));
      }),
  },
  {
    rule: "L9",
    what: "a task that shows other comments than its log",
    says: /shows other comments than its log/u,
    change: (run) => {
      replaceLog(run, (events) => {
        const data = { comment: comment("Said"), commentCount: 1, members: [] };
        events.push(logged(5, { type: "comment.created", data }));
      });
      run.details = [{ boardId: BOARD, taskId: CARD, checklists: [], items: [], comments: [comment("Other")] }];
    },
  },
  {
    rule: "L4",
    what: "a card that came into a column by a closed way",
    says: /by a closed way/u,
    change: (run) => {
      replaceLog(run, (events) => {
        const way = { name: "Way", fromColumnIds: [DONE], minimumRole: null, requiredFields: [], version: 5 };
        const transition = { id: uuid(90), boardId: BOARD, toColumnId: TODO, ...way };
        const data = { task: card(uuid(50), "a3", 6), description: "", members: [] };
        events.push(logged(5, { type: "transition.created", data: { transition } }));
        events.push(logged(6, { type: "task.created", data }));
      });
      const create = { id: uuid(106), procedure: "tasks.create", input: { boardId: BOARD, id: uuid(50) } };
      run.mutations.push(mutation({ ...create, answer: { id: uuid(50), version: 6 } }));
    },
  },
  {
    rule: "L1",
    what: "a call that writes what it is not about",
    says: /tasks\.archive of client 1 wrote task\.moved/u,
    change: (run) => (run.mutations = [mutation({ procedure: "tasks.archive", input: { taskId: CARD } })]),
  },
  {
    rule: "L1",
    what: "a change that nobody asked for",
    says: /nobody asked for version 4/u,
    change: (run) => {
      run.sceneryIds = [];
      replaceLog(run, (events) => {
        for (const row of events.slice(0, 3)) run.mutations.push(unknown(row));
      });
      run.mutations = run.mutations.filter(({ procedure }) => procedure !== "tasks.move");
    },
  },
  {
    rule: "L6",
    what: "somebody who reads less than they knew",
    says: /knew version 4 of board .*, and read 2\.1002/u,
    change: (run) => {
      run.reads.push({
        client: "client 1",
        boardId: BOARD,
        known: 4,
        snapshot: snapshotAt(log(), 2),
        timelines: [0, 0],
      });
    },
  },
])("$rule: the checker sees $what", ({ rule, says, change }) => {
  const found = after(change);
  expect(found).toContainEqual(expect.stringMatching(says));
  expect(found.filter((one) => says.test(one)).every((one) => one.startsWith(`${rule}:`))).toBe(true);
});

/** The log with a comment that somebody heard, and that is deleted since. */
function withComment(says: string): LoggedEvent[] {
  const members = [{ userId: OWNER, name: "Owner", role: "manager" as const }];
  const data = { comment: comment(says), commentCount: 1, members };
  const gone = { taskId: CARD, commentId: comment("").id, left: null, commentCount: 0 };
  return [...log(), logged(5, { type: "comment.created", data }), logged(6, { type: "comment.deleted", data: gone })];
}

test("the text of a deleted comment leaves the log, which is no other event for who heard it", () => {
  const [, , , , said] = withComment("Said");
  const heard = (events: LoggedEvent[]) =>
    after((run) => {
      run.timelines = [timelineOf(events)];
      run.final = [snapshotAt(events, 6)];
      if (said) hears(run, heardSnapshot(snapshotAt(events, 4), 4), heardEvent(said));
    });
  expect(heard(withComment(""))).toEqual([]);
  expect(heard(withComment("Said"))).toEqual([expect.stringMatching(/^L1: .*still says what was deleted/u)]);
  const [, , , , other] = withComment("Other");
  const found = after((run) => {
    const events = [...log(), ...(other ? [other] : [])];
    run.timelines = [timelineOf(events)];
    if (said) hears(run, heardSnapshot(snapshotAt(events, 4), 4), heardEvent(said));
  });
  expect(found).toEqual([expect.stringMatching(/^L1: .*is not what the log has/u)]);
});

test("a call without an answer may have been done, once, or not at all", () => {
  const unknown = { outcome: "unknown", answer: undefined } as const;
  expect(after((run) => (run.mutations = [mutation(unknown), mutation({ ...unknown, id: uuid(70) })]))).toEqual([]);
});

test("a call that was sent again may be refused while its first try arrives late", () => {
  expect(after((run) => (run.mutations = [mutation({ outcome: "refused", kind: "TASK_CHANGED", tries: 2 })]))).toEqual(
    [],
  );
});

test("what was done before a backup came back may be refused behind it", () => {
  const refused = { outcome: "refused", kind: "TASK_NOT_FOUND", answer: undefined } as const;
  const found = after((run) => {
    const [lost] = run.timelines;
    if (lost) run.timelines = [lost, timelineOf([first, second])];
    run.watches[0]?.heard.push(heardSnapshot(snapshotAt([first, second], 2), 9, "ahead"));
    run.final = [snapshotAt([first, second], 2)];
    run.mutations = [mutation({ ...refused, timelines: [0, 1] })];
  });
  expect(found).toEqual([]);
});

test("what a restored backup took away is no violation, and what came instead is checked as well", () => {
  const found = after((run) => {
    const [lost] = run.timelines;
    const archived = logged(3, { type: "task.archived", data: { taskId: OTHER_CARD } }, { nonce: 77 });
    const kept = [first, second, archived];
    if (lost) run.timelines = [lost, timelineOf(kept)];
    run.watches[0]?.heard.push(heardSnapshot(snapshotAt(kept, 3), 9, "unknown"));
    run.final = [snapshotAt(kept, 3)];
  });
  expect(found).toEqual([]);
});

test("the changes of one applyChanges are checked each for itself", () => {
  const change = { procedure: "tasks.move", taskId: CARD, columnId: TODO, after: null, mutationId: uuid(104) };
  const refused = { status: "refused", kind: "TASK_ARCHIVED", message: "" };
  const call = { id: uuid(80), procedure: "boards.applyChanges", input: { boardId: BOARD, changes: [change] } };
  expect(after((run) => (run.mutations = [mutation({ ...call, answer: [refused] })]))).toEqual([
    "L5: tasks.move of client 1 was refused (TASK_ARCHIVED), and done",
  ]);
});

/** A call without an answer that wrote an event. */
function unknown({ event }: LoggedEvent) {
  return mutation({ id: event.mutationId, procedure: "test", input: {}, outcome: "unknown", answer: undefined });
}

function rename() {
  return mutation({
    id: uuid(103),
    procedure: "tasks.update",
    input: { taskId: CARD, title: "Renamed" },
    answer: { version: 3 },
  });
}

function loss() {
  return { userId: MEMBER, boardId: BOARD, from: 0, until: 10, version: 4, accessVersion: 3, timeline: 0 };
}

function memberRemoved(event: LoggedEvent["event"]): LoggedEvent["event"];
function memberRemoved(event: object): object {
  return { ...event, actorId: OWNER, type: "member.removed", data: { userId: MEMBER } };
}
