import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { AppError } from "../../server/core/app-error.ts";
import type { ClosedTransition } from "../../server/errors.ts";
import { TRANSITIONS_PER_BOARD } from "../../server/domains/work/transitions.service.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { test, type TestOrg } from "../setup/world.ts";

async function flow(org: TestOrg) {
  const board = await org.board({ columns: ["Todo", "Doing", "Done"], tasks: ["One", "Two"] });
  const boardId = board.id;
  const [todo, doing, done] = ["Todo", "Doing", "Done"].map((name) => board.column(name));
  if (todo === undefined || doing === undefined || done === undefined) throw new Error("the board has its columns");
  return { board, boardId, todo, doing, done };
}

/** The way that refuses a call, as a client is told of it. */
async function closedBy(call: Promise<unknown>): Promise<ClosedTransition | undefined> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError) || error.kind !== "TRANSITION_REFUSED") throw error;
  return error.transition;
}

test("a column with ways into it is entered by these alone, and who is refused is told which and why", async ({
  world,
}) => {
  const org = await world.org();
  const member = await org.as("member");
  const { board, boardId, todo, doing, done } = await flow(org);
  const { caller } = org.owner;
  const reviewed = await caller.transitions.create({
    boardId,
    name: "Reviewed",
    fromColumnIds: [doing],
    toColumnId: done,
    requiredFields: ["labels", "assignees", "labels"],
  });
  expect(reviewed).toMatchObject({ requiredFields: ["assignees", "labels"], minimumRole: null });
  const at = { boardId, taskId: board.task("One") };
  const finish = () => member.caller.tasks.move({ ...at, columnId: done });
  const missingFields = ["assignees", "labels"];
  const closed = { id: reviewed.id, name: "Reviewed", minimumRole: null };
  expect(await closedBy(finish())).toEqual({ ...closed, isElsewhere: true, missingFields });
  expect(await refusedIdle(world.db, finish)).toBe("TRANSITION_REFUSED");
  await member.caller.tasks.move({ ...at, columnId: doing });
  expect(await closedBy(finish())).toEqual({ ...closed, isElsewhere: false, missingFields });
  const label = await caller.labels.create({ boardId, name: "Ready", color: "green" });
  await caller.tasks.update({ ...at, labelIds: [label.id], assigneeIds: [member.id] });
  expect(await finish()).toMatchObject({ columnId: done });
  // Within the column, and out of it, nobody asks; nor when it comes back from the archive.
  await member.caller.tasks.move({ ...at, columnId: done, after: null });
  await member.caller.tasks.archive(at);
  await member.caller.tasks.update({ ...at, labelIds: [] }).catch(() => {});
  expect(await member.caller.tasks.restore(at)).toMatchObject({ columnId: done });
  await member.caller.tasks.move({ ...at, columnId: todo });
  // A field of the project is asked for by its id.
  const of = { orgId: org.id, projectId: board.projectId };
  const field = await caller.fields.create({ ...of, name: "Cause", kind: "text" });
  const { id: transitionId } = reviewed;
  const demand = (fieldId: string) =>
    caller.transitions.update({ boardId, transitionId, fromColumnIds: null, requiredFields: [fieldId] });
  expect(await refusal(demand(newId()))).toBe("FIELD_NOT_FOUND");
  await demand(field.id);
  expect(await closedBy(finish())).toEqual({ ...closed, isElsewhere: false, missingFields: [field.id] });
  await member.caller.tasks.update({ ...at, fields: { [field.id]: "Rain" } });
  expect(await finish()).toMatchObject({ columnId: done });
  await member.caller.tasks.move({ ...at, columnId: todo });
  await caller.transitions.update({ boardId, transitionId, fromColumnIds: [doing], requiredFields: [] });

  const forManagers = await caller.transitions.create({
    boardId,
    name: "By decree",
    toColumnId: done,
    minimumRole: "manager",
  });
  const create = (who: typeof member) => who.caller.tasks.create({ boardId, columnId: done, title: "Done already" });
  expect(await closedBy(create(member))).toEqual({
    id: forManagers.id,
    name: "By decree",
    isElsewhere: false,
    missingFields: [],
    minimumRole: "manager",
  });
  expect(await create(org.owner)).toMatchObject({ columnId: done });
  const [answer] = await member.caller.boards.applyChanges({
    boardId,
    changes: [{ procedure: "tasks.move", taskId: board.task("Two"), columnId: done }],
  });
  expect(answer).toMatchObject({ status: "refused", kind: "TRANSITION_REFUSED" });
  await caller.transitions.delete({ boardId, transitionId: forManagers.id });
  await caller.transitions.delete({ boardId, transitionId: reviewed.id });
  expect(await create(member)).toMatchObject({ columnId: done });
});

test("a way is made, changed and taken away by managers, and the board's watchers hear of it", async ({ world }) => {
  const org = await world.org();
  const { owner } = org;
  const { boardId, todo, doing, done } = await flow(org);
  const made = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.transitions.create({ boardId, name: " Start ", toColumnId: doing, mutationId }),
  );
  const transition = made.answer;
  expect(transition).toMatchObject({ boardId, name: "Start", fromColumnIds: null, requiredFields: [] });
  const { version } = transition;
  expect(made.announced).toEqual([{ on: "board", type: "transition.created", version, data: { transition } }]);
  expect((await owner.caller.boards.get({ boardId })).transitions).toEqual([transition]);
  const at = { boardId, transitionId: transition.id };
  const changes = {
    fromColumnIds: [todo],
    toColumnId: done,
    minimumRole: "editor",
    requiredFields: ["due"],
  } as const;
  const changed = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.transitions.update({
      ...at,
      ...changes,
      fromColumnIds: [todo],
      requiredFields: ["due"],
      mutationId,
    }),
  );
  expect(changed.answer).toEqual({ ...transition, ...changes, version: version + 1 });
  const told = { transition: changed.answer };
  expect(changed.announced).toEqual([{ on: "board", type: "transition.updated", version: version + 1, data: told }]);
  expect(await idle(world.db, () => owner.caller.transitions.update({ ...at, name: "Start" }))).toEqual(changed.answer);
  const deleted = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.transitions.delete({ ...at, mutationId }),
  );
  const gone = { transitionId: transition.id };
  expect(deleted.announced).toEqual([{ on: "board", type: "transition.deleted", version: version + 2, data: gone }]);
  expect((await owner.caller.boards.get({ boardId })).transitions).toEqual([]);
});

test("a way leads between columns of its own board, and a board has no more than it may", async ({ world }) => {
  const org = await world.org();
  const { boardId, doing } = await flow(org);
  const other = await flow(org);
  const { transitions } = org.owner.caller;
  const create = (more: { toColumnId: string; fromColumnIds?: string[] }) =>
    refusal(transitions.create({ boardId, name: "Way", ...more }));
  expect(await create({ toColumnId: other.doing })).toBe("COLUMN_NOT_FOUND");
  expect(await create({ toColumnId: doing, fromColumnIds: [newId()] })).toBe("COLUMN_NOT_FOUND");
  expect(await create({ toColumnId: doing, fromColumnIds: [] })).toBe("INPUT_INVALID");
  const { id: transitionId } = await transitions.create({ boardId, name: "Way", toColumnId: doing });
  const move = { boardId, transitionId, toColumnId: other.doing };
  expect(await refusal(transitions.update(move))).toBe("COLUMN_NOT_FOUND");
  expect(await refusal(transitions.update({ ...move, transitionId: newId() }))).toBe("TRANSITION_NOT_FOUND");
  const theirs = { boardId: other.boardId, transitionId };
  expect(await refusal(transitions.delete(theirs))).toBe("TRANSITION_NOT_FOUND");
  for (let count = 1; count < TRANSITIONS_PER_BOARD; count += 1) {
    await transitions.create({ boardId, name: "Way", toColumnId: doing });
  }
  expect(await create({ toColumnId: doing })).toBe("BOARD_FULL");
});
