import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { readEvents } from "../../server/core/event-log.ts";
import { newId } from "../../server/core/ids.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import { nameWorker } from "../../server/domains/home/account-name.ts";
import { blockersWorker } from "../../server/domains/work/blockers.service.ts";
import { evolve } from "../../server/domains/work/evolve.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import { BOARD_EVENTS, type BoardEvent } from "../../server/events.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { test, type World } from "../setup/world.ts";

// One change of each kind, each folded over the board as it was before: it must be the board as it is then. That the
// pure function touches nothing of what it is given is seen by freezing that.

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const part of Object.values(Object.freeze(value))) frozen(part);
  return value;
}

async function scene(world: World) {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing", "Done"], tasks: ["A", "B", "C", "D"] });
  const [member, guest] = [await org.as("member"), await org.as("guest")];
  const boardId = board.id;
  const { id: labelId } = await org.owner.caller.labels.create({ boardId, name: "Label", color: "red" });
  const columnId = board.column("Todo");
  const at = (title: string) => ({ boardId, taskId: board.task(title) });
  const { boards, columns, labels, tasks, transitions, checklists, checkItems } = org.owner.caller;
  const { id: transitionId } = await transitions.create({ boardId, name: "Way", toColumnId: columnId });
  const list = await checklists.create({ ...at("B"), name: "First" });
  const other = await checklists.create({ ...at("B"), name: "Second" });
  const item = await checkItems.create({ ...at("B"), checklistId: list.id, text: "Item" });
  const ids = { checklistId: list.id, otherId: other.id, itemId: item.id };
  const calls = { boards, columns, labels, tasks, transitions, checklists, checkItems };
  return { world, org, board, boardId, labelId, columnId, transitionId, member, guest, at, ids, ...calls };
}
type Scene = Awaited<ReturnType<typeof scene>>;

/** What is done before, if anything, and then what is folded; each event type that it announces. */
interface Change {
  readonly types: readonly (keyof typeof BOARD_EVENTS)[];
  readonly before?: (scene: Scene) => Promise<unknown>;
  readonly make: (scene: Scene) => Promise<unknown>;
}

const hideTodo = ({ columns, boardId, columnId }: Scene) => columns.archive({ boardId, columnId });

async function fillTask({ tasks, at, labelId, member }: Scene): Promise<void> {
  const dueAt = "2026-05-01T00:00:00Z";
  await tasks.update({ ...at("A"), description: "Text", dueAt, labelIds: [labelId], assigneeIds: [member.id] });
}

function pickId({ checklistId }: { checklistId: string }): { checklistId: string } {
  return { checklistId };
}

const CHANGES: Record<string, Change> = {
  "a board is renamed": {
    types: ["board.updated"],
    make: ({ boards, boardId }) => boards.update({ boardId, name: "New" }),
  },
  "a board is hidden": {
    types: ["board.visibility-changed"],
    make: ({ boards, boardId }) => boards.update({ boardId, name: "New", visibility: "private" }),
  },
  "a board is archived": { types: ["board.archived"], make: ({ boards, boardId }) => boards.archive({ boardId }) },
  "a board is restored": {
    types: ["board.restored"],
    before: ({ boards, boardId }) => boards.archive({ boardId }),
    make: ({ boards, boardId }) => boards.restore({ boardId }),
  },
  "a board is shared": {
    types: ["board.shared"],
    make: ({ boards, boardId, guest }) => boards.share({ boardId, userId: guest.id, role: "viewer" }),
  },
  "somebody who is assigned gets a role": {
    types: ["board.shared"],
    before: ({ tasks, at, member }) => tasks.update({ ...at("A"), assigneeIds: [member.id] }),
    make: ({ boards, boardId, member }) => boards.share({ boardId, userId: member.id, role: "manager" }),
  },
  "somebody loses a role": {
    types: ["board.unshared"],
    before: ({ boards, boardId, guest }) => boards.share({ boardId, userId: guest.id, role: "viewer" }),
    make: ({ boards, boardId, guest }) => boards.unshare({ boardId, userId: guest.id }),
  },
  "somebody who is assigned loses a role": {
    types: ["board.unshared"],
    before: async ({ boards, tasks, at, boardId, guest }) => {
      await boards.share({ boardId, userId: guest.id, role: "viewer" });
      await tasks.update({ ...at("A"), assigneeIds: [guest.id] });
    },
    make: ({ boards, boardId, guest }) => boards.unshare({ boardId, userId: guest.id }),
  },
  "somebody whom it knows has another name": {
    types: ["board.member-renamed"],
    before: ({ tasks, at, member }) => tasks.update({ ...at("A"), assigneeIds: [member.id] }),
    make: async ({ world, member }) => {
      await member.caller.account.rename({ name: "Renamed" });
      await nameWorker(world.services).run({ userId: member.id }, new AbortController().signal);
    },
  },
  "a column is created": {
    types: ["column.created"],
    make: ({ columns, boardId, columnId }) => columns.create({ boardId, name: "New", after: columnId, wipLimit: 3 }),
  },
  "a column is renamed": {
    types: ["column.updated"],
    make: ({ columns, boardId, columnId }) => columns.update({ boardId, columnId, name: "New", wipLimit: 3 }),
  },
  "a column is moved": {
    types: ["column.moved"],
    make: ({ columns, boardId, columnId }) => columns.move({ boardId, columnId }),
  },
  "a column is archived": { types: ["column.archived"], make: hideTodo },
  "a column is restored": {
    types: ["column.restored"],
    before: async (it) => {
      await hideTodo(it);
      // What happened to its tasks meanwhile is seen when they come back.
      await it.tasks.update({ ...it.at("B"), title: "Changed out of sight", labelIds: [it.labelId] });
      await it.tasks.archive(it.at("C"));
    },
    make: ({ columns, boardId, columnId }) => columns.restore({ boardId, columnId }),
  },
  "a label is created": {
    types: ["label.created"],
    make: ({ labels, boardId }) => labels.create({ boardId, name: "New", color: "blue" }),
  },
  "a label is changed": {
    types: ["label.updated"],
    make: ({ labels, boardId, labelId }) => labels.update({ boardId, labelId, color: "pink" }),
  },
  "a label is deleted": {
    types: ["label.deleted"],
    before: ({ tasks, at, labelId }) => tasks.update({ ...at("A"), labelIds: [labelId] }),
    make: ({ labels, boardId, labelId }) => labels.delete({ boardId, labelId }),
  },
  "a way into a column is made": {
    types: ["transition.created"],
    make: ({ transitions, boardId, columnId }) =>
      transitions.create({ boardId, name: "New", toColumnId: columnId, fromColumnIds: [columnId] }),
  },
  "a way into a column is changed": {
    types: ["transition.updated"],
    make: ({ transitions, boardId, transitionId }) =>
      transitions.update({ boardId, transitionId, minimumRole: "manager", requiredFields: ["due"] }),
  },
  "a way into a column is taken away": {
    types: ["transition.deleted"],
    make: ({ transitions, boardId, transitionId }) => transitions.delete({ boardId, transitionId }),
  },
  "tasks are planned": {
    types: ["tasks.planned"],
    make: async ({ org, board, boardId, at }) => {
      const { plans } = org.owner.caller;
      const plan = { orgId: org.id, projectId: board.projectId, kind: "sprint", name: "Sprint" } as const;
      const { id: planId } = await plans.create(plan);
      await plans.setTasks({ boardId, taskIds: [at("A").taskId], kind: "sprint", planId });
      await plans.setTasks({ boardId, taskIds: [at("A").taskId], kind: "sprint", planId: null });
    },
  },
  "something recurs": {
    types: ["recurrence.created", "recurrence.updated", "recurrence.deleted"],
    make: async ({ org, boardId, columnId, at }) => {
      const { recurrences } = org.owner.caller;
      const weekly = { columnId, rule: "FREQ=WEEKLY", startsOn: "2026-01-05", timeZone: "UTC" };
      const { id: recurrenceId } = await recurrences.create({ ...at("A"), ...weekly });
      await recurrences.pause({ boardId, recurrenceId });
      await recurrences.delete({ boardId, recurrenceId });
    },
  },
  "a task is created": {
    types: ["task.created"],
    make: ({ tasks, boardId, columnId, labelId, member, org, at }) =>
      tasks.create({
        boardId,
        columnId,
        title: "New",
        description: "Text",
        priority: "high",
        after: at("B").taskId,
        dueAt: "2026-05-01T00:00:00+02:00",
        labelIds: [labelId],
        assigneeIds: [member.id, org.owner.id],
      }),
  },
  "a task is changed": {
    types: ["task.updated"],
    make: ({ tasks, at, labelId, member }) =>
      tasks.update({
        ...at("A"),
        title: "New",
        description: "Text",
        priority: "low",
        dueAt: "2026-05-01T00:00:00Z",
        labelIds: [labelId],
        assigneeIds: [member.id],
      }),
  },
  "a task loses what it had": {
    types: ["task.updated"],
    before: fillTask,
    make: ({ tasks, at }) => tasks.update({ ...at("A"), description: "", dueAt: null, labelIds: [], assigneeIds: [] }),
  },
  "a task out of sight is changed": {
    types: ["task.updated"],
    before: hideTodo,
    make: ({ tasks, at, member }) => tasks.update({ ...at("A"), title: "New", assigneeIds: [member.id] }),
  },
  "a checklist is made": {
    types: ["checklist.created"],
    make: ({ checklists, at }) => checklists.create({ ...at("A"), name: "New" }),
  },
  "a checklist is renamed": {
    types: ["checklist.updated"],
    make: ({ checklists, at, ids }) => checklists.update({ ...at("B"), ...pickId(ids), name: "New" }),
  },
  "a checklist is moved": {
    types: ["checklist.moved"],
    make: ({ checklists, at, ids }) => checklists.move({ ...at("B"), ...pickId(ids) }),
  },
  "a checklist is deleted": {
    types: ["checklist.deleted"],
    make: ({ checklists, at, ids }) => checklists.delete({ ...at("B"), ...pickId(ids) }),
  },
  "an item is added, for somebody whom the board does not know yet": {
    types: ["check-item.created"],
    make: ({ checkItems, at, ids, member }) =>
      checkItems.create({ ...at("B"), ...pickId(ids), text: "New", state: "done", assigneeId: member.id }),
  },
  "an item is done": {
    types: ["check-item.updated"],
    make: ({ checkItems, at, ids: { itemId } }) => checkItems.update({ ...at("B"), itemId, state: "done" }),
  },
  "an item of a task out of sight is done": {
    types: ["check-item.updated"],
    before: hideTodo,
    make: ({ checkItems, at, ids: { itemId } }) => checkItems.update({ ...at("B"), itemId, state: "done" }),
  },
  "an item is moved": {
    types: ["check-item.moved"],
    make: ({ checkItems, at, ids: { itemId, otherId } }) =>
      checkItems.move({ ...at("B"), itemId, checklistId: otherId }),
  },
  "an item is deleted": {
    types: ["check-item.deleted"],
    make: ({ checkItems, at, ids: { itemId } }) => checkItems.delete({ ...at("B"), itemId }),
  },
  "items are renumbered": {
    types: ["check-item.created", "checklist.reranked"],
    before: async ({ world, checkItems, at, ids }) => {
      const { id } = await checkItems.create({ ...at("B"), ...pickId(ids), text: "Next" });
      const rank = `a0${"0".repeat(46)}V`;
      await world.db.execute(sql`update check_item set rank = ${rank} where id = ${id}::uuid`);
    },
    make: ({ checkItems, at, ids }) =>
      checkItems.create({ ...at("B"), ...pickId(ids), text: "New", after: ids.itemId }),
  },
  "a task is moved": {
    types: ["task.moved"],
    make: ({ tasks, at, board }) => tasks.move({ ...at("A"), columnId: board.column("Done") }),
  },
  "a task is moved within its column": {
    types: ["task.moved"],
    make: ({ tasks, at, columnId }) => tasks.move({ ...at("C"), columnId, after: null }),
  },
  "a task is moved into sight": {
    types: ["task.restored"],
    before: hideTodo,
    make: ({ tasks, at, board }) => tasks.move({ ...at("A"), columnId: board.column("Done") }),
  },
  "many tasks are changed": {
    types: ["tasks.updated"],
    before: ({ tasks, at, labelId }) => tasks.update({ ...at("A"), labelIds: [labelId] }),
    make: ({ tasks, boardId, at, labelId, member }) =>
      tasks.bulkUpdate({
        boardId,
        taskIds: [at("A").taskId, at("B").taskId],
        priority: "low",
        dueOn: "2026-05-01",
        timeZone: "Europe/Berlin",
        addLabelIds: [labelId],
        addAssigneeIds: [member.id],
      }),
  },
  "many tasks out of sight are changed": {
    types: ["tasks.updated"],
    before: hideTodo,
    make: ({ tasks, boardId, at, member }) =>
      tasks.bulkUpdate({ boardId, taskIds: [at("A").taskId], addAssigneeIds: [member.id] }),
  },
  "many tasks are moved": {
    types: ["tasks.moved"],
    before: ({ tasks, at, board }) => tasks.move({ ...at("D"), columnId: board.column("Done") }),
    make: ({ tasks, boardId, at, board }) =>
      tasks.bulkMove({
        boardId,
        taskIds: [at("C").taskId, at("D").taskId, at("A").taskId],
        columnId: board.column("Done"),
        after: null,
      }),
  },
  "many tasks are archived": {
    types: ["tasks.archived"],
    make: ({ tasks, boardId, at }) => tasks.bulkArchive({ boardId, taskIds: [at("A").taskId, at("C").taskId] }),
  },
  "many tasks are restored, one of them out of sight": {
    types: ["tasks.restored"],
    before: async (it) => {
      await it.tasks.move({ ...it.at("A"), columnId: it.board.column("Done") });
      await it.tasks.bulkArchive({ boardId: it.boardId, taskIds: [it.at("A").taskId, it.at("C").taskId] });
      await hideTodo(it);
    },
    make: ({ tasks, boardId, at }) => tasks.bulkRestore({ boardId, taskIds: [at("C").taskId, at("A").taskId] }),
  },
  "tasks are deleted": {
    types: ["tasks.deleted"],
    before: ({ tasks, at }) => tasks.archive(at("B")),
    make: ({ tasks, boardId, at }) => tasks.delete({ boardId, taskIds: [at("A").taskId, at("B").taskId] }),
  },
  "tasks are restored from the trash": {
    types: ["tasks.recovered"],
    before: async ({ tasks, boardId, at }) => {
      await tasks.archive(at("B"));
      await tasks.delete({ boardId, taskIds: [at("A").taskId, at("B").taskId] });
    },
    make: ({ org, boardId, at }) =>
      org.owner.caller.trash.restore({ boardId, taskIds: [at("A").taskId, at("B").taskId] }),
  },
  "a task is deleted for good": {
    types: ["tasks.purged", "tasks.updated"],
    before: async ({ tasks, boardId, at }) => {
      await tasks.update({ ...at("B"), parentId: at("A").taskId });
      await tasks.delete({ boardId, taskIds: [at("A").taskId] });
    },
    make: ({ org, boardId, at }) => org.owner.caller.trash.delete({ boardId, taskIds: [at("A").taskId] }),
  },
  "a task is archived": { types: ["task.archived"], make: ({ tasks, at }) => tasks.archive(at("A")) },
  "a task out of sight is archived": {
    types: ["task.archived"],
    before: hideTodo,
    make: ({ tasks, at }) => tasks.archive(at("A")),
  },
  "a task is restored": {
    types: ["task.restored"],
    before: ({ tasks, at }) => tasks.archive(at("A")),
    make: ({ tasks, at }) => tasks.restore(at("A")),
  },
  "a task is restored out of sight": {
    types: ["task.restored"],
    before: async (it) => {
      await it.tasks.archive(it.at("A"));
      await hideTodo(it);
    },
    make: ({ tasks, at }) => tasks.restore(at("A")),
  },
  "a board is cut into lanes, and is whole again": {
    types: ["board.lanes-set"],
    make: async ({ boards, boardId }) => {
      await boards.setLanes({ boardId, laneBy: "label" });
      await boards.setLanes({ boardId, laneBy: null });
      await boards.setLanes({ boardId, laneBy: "priority" });
    },
  },
  "a project has fields, and a task has something there": {
    types: ["board.shared", "field.created", "field.updated", "task.created", "task.updated"],
    make: async ({ org, board, boardId, columnId, tasks, at, guest, boards }) => {
      await boards.share({ boardId, userId: guest.id, role: "viewer" });
      const { fields } = org.owner.caller;
      const of = { orgId: org.id, projectId: board.projectId };
      const number = await fields.create({ ...of, name: "Points", kind: "number" });
      const person = await fields.create({ ...of, name: "Reviewer", kind: "person", after: null });
      const old = await fields.create({ ...of, name: "Old", kind: "text" });
      const had = { [number.id]: 2.5, [old.id]: "Text" };
      await tasks.create({ boardId, columnId, title: "New", fields: had });
      await tasks.update({ ...at("A"), title: "With values", fields: { ...had, [person.id]: guest.id } });
      await tasks.update({ ...at("A"), fields: { [number.id]: null } });
      await fields.move({ ...of, fieldId: person.id });
      await fields.archive({ ...of, fieldId: old.id });
    },
  },
  "a task is a part of another, and so is what was an item": {
    types: ["task.created", "task.updated", "check-item.deleted"],
    make: async ({ tasks, checkItems, at, board, boardId, columnId, ids }) => {
      await tasks.create({ boardId, columnId, title: "Part", parentId: board.task("A") });
      await tasks.update({ ...at("B"), parentId: board.task("A") });
      await checkItems.convert({ ...at("B"), itemId: ids.itemId, columnId });
      await tasks.update({ ...at("B"), parentId: null });
    },
  },
  "a task blocks another, and no longer": {
    types: ["relation.created", "relation.deleted"],
    make: async ({ org, at, board }) => {
      const { relations } = org.owner.caller;
      await relations.create({ ...at("A"), name: "blocks", otherTaskId: board.task("B") });
      await relations.create({ ...at("A"), name: "blocked-by", otherTaskId: board.task("C") });
      const { id: relationId } = await relations.create({ ...at("C"), name: "blocks", otherTaskId: board.task("B") });
      await relations.create({ ...at("D"), name: "relates", otherTaskId: board.task("B") });
      await relations.delete({ ...at("B"), relationId });
    },
  },
  "what blocks a task from another board is done": {
    types: ["relation.created", "task.blockers-counted"],
    make: async ({ world, org, at, boardId }) => {
      const { relations, tasks } = org.owner.caller;
      const other = await org.board({ tasks: ["Elsewhere"] });
      const there = { boardId: other.id, taskId: other.task("Elsewhere") };
      await relations.create({ ...at("A"), name: "blocked-by", otherTaskId: there.taskId });
      await tasks.archive(there);
      await blockersWorker(world.services).run({ boardId }, new AbortController().signal);
    },
  },
  "a task with all that is on it goes to another board, and comes back": {
    types: ["task.left", "tasks.updated", "task.arrived", "task.blockers-counted"],
    before: async (it) => {
      const { world, org, at, member, tasks } = it;
      const { comments, relations } = org.owner.caller;
      await fillTask(it);
      await relations.create({ ...at("A"), name: "blocks", otherTaskId: at("B").taskId });
      await tasks.update({ ...at("C"), parentId: at("A").taskId });
      await comments.create({ ...at("A"), text: `Hello <@${member.id}>` });
      await attachFile(world, org.owner, { at: at("A"), body: pieces("File") });
    },
    make: async ({ org, at, boardId, columnId, tasks }) => {
      const other = await org.board();
      const there = { toBoardId: other.id, columnId: other.column("Todo") };
      await tasks.moveToBoard({ ...at("A"), ...there });
      const back = { boardId: other.id, taskId: at("A").taskId, toBoardId: boardId };
      await tasks.moveToBoard({ ...back, columnId, after: null });
    },
  },
  "somebody comments, and takes it back": {
    types: ["comment.created", "comment.updated", "comment.reacted", "comment.unreacted", "comment.deleted"],
    make: async ({ org, at, member }) => {
      const { comments } = (await org.another("member")).caller;
      const { id: commentId } = await comments.create({ ...at("A"), text: `Hello <@${member.id}>` });
      await comments.create({ ...at("A"), parentId: commentId, text: "Hello again" });
      await comments.update({ ...at("A"), commentId, text: `Hello <@${org.owner.id}>` });
      await member.caller.comments.react({ ...at("A"), commentId, emoji: "👋" });
      await member.caller.comments.unreact({ ...at("A"), commentId, emoji: "👋" });
      await comments.delete({ ...at("A"), commentId });
    },
  },
  "somebody comments out of sight": {
    types: ["comment.created"],
    before: hideTodo,
    make: ({ org, at }) => org.owner.caller.comments.create({ ...at("A"), text: "Hello" }),
  },
  "somebody works on a task": {
    types: ["time.changed"],
    make: ({ org, at }) => org.owner.caller.time.start(at("A")),
  },
  "files come to a task, and go": {
    types: ["attachment.created", "attachment.updated", "attachment.deleted"],
    make: async ({ world, org, at }) => {
      const attach = () => attachFile(world, org.owner, { at: at("A"), body: pieces("File") });
      const { boardId, id: attachmentId } = await attach();
      await org.owner.caller.attachments.update({ boardId, attachmentId, name: "other.txt" });
      await attach();
      await org.owner.caller.attachments.delete({ boardId, attachmentId });
    },
  },
  "a column is renumbered": {
    types: ["column.reranked", "task.created"],
    make: async ({ boards, boardId, columnId, at }) => {
      const changes = Array.from({ length: 100 }, () => ({
        procedure: "tasks.create" as const,
        columnId,
        title: "New",
        after: at("A").taskId,
      }));
      for (let turn = 0; turn < 4; turn += 1) await boards.applyChanges({ boardId, changes });
    },
  },
};

describe("L9: folding an event over the board as it was gives the board as it is, when", () => {
  for (const [name, { types, before, make }] of Object.entries(CHANGES)) {
    test(name, async ({ world }) => {
      const it = await scene(world);
      await before?.(it);
      const was = await it.boards.get({ boardId: it.boardId });
      await make(it);
      const is = await it.boards.get({ boardId: it.boardId });
      const events = await readEvents(world.db, it.boardId, Number.parseInt(was.cursor, 10), 1_000);
      expect([...new Set(events.map(({ type }) => type))].toSorted()).toEqual(types.toSorted());
      let state = frozen(was);
      for (const event of events) state = frozen(folded(state, frozen(toEvent<BoardEvent>(event))));
      expect({ ...state, cursor: "" }).toEqual({ ...is, cursor: "" });
    });
  }

  test("every event type but the one that nothing folds over is among these", () => {
    const tried = new Set<string>(Object.values(CHANGES).flatMap(({ types }) => types));
    expect(Object.keys(BOARD_EVENTS).filter((type) => !tried.has(type))).toEqual(["board.reset"]);
  });
});

function folded(state: Snapshot, event: BoardEvent): Snapshot {
  const next = evolve(state, event);
  if (typeof next === "string") throw new Error(`${event.type} is ${next}`);
  return next;
}

test("L9, L21: a reset is refused, and an event of a newer server is unknown", async ({ world }) => {
  const { boards, boardId } = await scene(world);
  const state = frozen(await boards.get({ boardId }));
  const envelope = { version: 9, at: "2026-05-01T00:00:00.000Z", actorId: newId(), mutationId: newId() };
  expect(evolve(state, { ...envelope, type: "board.reset", data: {} })).toBe("reset");
  for (const type of ["task.split", "constructor", "__proto__", ""]) {
    expect(Reflect.apply(evolve, undefined, [state, { ...envelope, type, data: {} }])).toBe("unknown");
  }
});

test("an event about what is not in sight leaves the board as it is", async ({ world }) => {
  const { boards, boardId } = await scene(world);
  const state = frozen(await boards.get({ boardId }));
  const envelope = { version: 9, at: "2026-05-01T00:00:00.000Z", actorId: newId(), mutationId: newId() };
  const [taskId, columnId, labelId] = [newId(), newId(), newId()];
  const events: BoardEvent[] = [
    { ...envelope, type: "task.moved", data: { taskId, columnId, rank: "a0" } },
    { ...envelope, type: "task.updated", data: { taskId, changes: { title: "New" }, members: [] } },
    { ...envelope, type: "task.archived", data: { taskId } },
    { ...envelope, type: "task.blockers-counted", data: { taskId, blockerIds: [], blockersElsewhere: 3 } },
    { ...envelope, type: "comment.deleted", data: { taskId, commentId: newId(), left: null, commentCount: 3 } },
    { ...envelope, type: "attachment.deleted", data: { taskId, attachmentId: newId(), attachmentCount: 3 } },
    { ...envelope, type: "column.updated", data: { columnId, name: "New", wipLimit: null } },
    { ...envelope, type: "column.archived", data: { columnId } },
    { ...envelope, type: "column.reranked", data: { columnId, ranks: [{ taskId, rank: "a0" }] } },
    { ...envelope, type: "label.deleted", data: { labelId } },
  ];
  for (const event of events) expect(evolve(state, event)).toEqual(state);
});

test("L21: a card in an event from before an update has nothing where cards have got more since", async ({ world }) => {
  const it = await scene(world);
  const was = await it.boards.get({ boardId: it.boardId });
  await it.tasks.create({ boardId: it.boardId, columnId: it.board.column("Todo"), title: "Written long ago" });
  const is = await it.boards.get({ boardId: it.boardId });
  const [row] = await readEvents(world.db, it.boardId, Number.parseInt(was.cursor, 10), 1);
  const event = row && toEvent<BoardEvent>(row);
  if (event?.type !== "task.created") throw new Error("a task was created");
  const task = structuredClone(event.data.task);
  for (const later of [
    "startAt",
    "startOn",
    "dueOn",
    "timeZone",
    "estimate",
    "coverColor",
    "itemsTotal",
    "blockerIds",
    "parentId",
    "fields",
  ]) {
    Reflect.deleteProperty(task, later);
  }
  const old: BoardEvent = { ...event, data: { ...event.data, task } };
  expect({ ...folded(was, old), cursor: "" }).toEqual({ ...is, cursor: "" });
});
