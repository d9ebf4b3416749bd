import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { readEvents } from "../../server/core/event-log.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import { evolve } from "../../server/domains/work/evolve.ts";
import { purgeOldTrash } from "../../server/domains/work/purge.service.ts";
import type { BoardEvent } from "../../server/events.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf } from "../setup/refusal.ts";
import { test, type TestOrg, type World } from "../setup/world.ts";

// A task goes to another board with all that is on it that has a place there; or a copy of it does.

/** A board, and another one of another project. */
async function scene(world: World) {
  const org = await world.org();
  const { caller } = org.owner;
  const board = await org.board({ columns: ["Todo"], tasks: ["A", "B", "C"] });
  const far = await farBoard(org);
  const at = (title: string) => ({ boardId: board.id, taskId: board.task(title) });
  const to = { toBoardId: far.boardId, columnId: far.columnId };
  return { world, org, caller, board, boardId: board.id, columnId: board.column("Todo"), far, at, to };
}

async function farBoard(org: TestOrg) {
  const { caller } = org.owner;
  const project = await caller.projects.create({ orgId: org.id, name: "Far", key: "FAR" });
  const made = { orgId: org.id, projectId: project.id, name: "Far", columns: ["Here"], visibility: "private" as const };
  const { id: boardId } = await caller.boards.create(made);
  const [column] = (await caller.boards.get({ boardId })).columns;
  if (!column) throw new Error("the board was made with a column");
  return { boardId, columnId: column.id, projectId: project.id };
}

async function fieldsOf(
  { org, caller }: Awaited<ReturnType<typeof scene>>,
  projectId: string,
  names: readonly string[],
) {
  const of = { orgId: org.id, projectId };
  const size = await caller.fields.create({
    ...of,
    name: "Size",
    kind: "select",
    options: names.map((name) => ({ name })),
  });
  const who = await caller.fields.create({ ...of, name: "Who", kind: "person" });
  return {
    size: size.id,
    who: who.id,
    optionOf: (name: string) => size.options.find((one) => one.name === name)?.id ?? "",
  };
}

describe("a task that goes to a board of another project", () => {
  test("keeps its id and what is on it, and the answer says what was left behind", async ({ world }) => {
    const it = await scene(world);
    const { org, caller, board, boardId, columnId, far, at, to } = it;
    const [seer, blind] = [await org.as("member"), await org.another("member")];
    await caller.boards.share({ boardId: far.boardId, userId: seer.id, role: "viewer" });
    const [bug, odd] = [
      await caller.labels.create({ boardId, name: "Bug", color: "red" }),
      await caller.labels.create({ boardId, name: "Odd", color: "blue" }),
    ];
    const farBug = await caller.labels.create({ boardId: far.boardId, name: "bug", color: "green" });
    const near = await fieldsOf(it, board.projectId, ["Small", "Large"]);
    const there = await fieldsOf(it, far.projectId, ["large"]);
    const only = await caller.fields.create({ orgId: org.id, projectId: board.projectId, name: "Only", kind: "text" });
    await caller.tasks.update({
      ...at("A"),
      description: "Zinnober",
      labelIds: [bug.id, odd.id],
      assigneeIds: [seer.id, blind.id],
      dueOn: "2026-05-01",
      timeZone: "Europe/Berlin",
      parentId: board.task("B"),
      fields: { [near.size]: near.optionOf("Large"), [near.who]: blind.id, [only.id]: "Words" },
    });
    await caller.tasks.update({ ...at("C"), parentId: board.task("A") });
    await caller.relations.create({ ...at("A"), name: "blocks", otherTaskId: board.task("C") });
    const { id: checklistId } = await caller.checklists.create({ ...at("A"), name: "List" });
    await caller.checkItems.create({ ...at("A"), checklistId, text: "One", assigneeId: seer.id });
    await caller.checkItems.create({ ...at("A"), checklistId, text: "Two", assigneeId: blind.id });
    const { id: commentId } = await blind.caller.comments.create({ ...at("A"), text: "Karmin" });
    await blind.caller.comments.create({ ...at("A"), text: "Answer", parentId: commentId });
    await seer.caller.comments.react({ ...at("A"), commentId, emoji: "👍" });
    const file = await attachFile(world, org.owner, { at: at("A"), body: pieces("File") });
    const before = await caller.tasks.get(at("A"));
    const farBefore = await caller.boards.get({ boardId: far.boardId });

    const moved = await outcomeOf(world.db, org.owner, (mutationId) =>
      caller.tasks.moveToBoard({ ...at("A"), ...to, mutationId }),
    );
    const { task, left } = moved.answer;
    expect(left).toEqual({
      labelIds: [odd.id],
      assigneeIds: [blind.id],
      fieldIds: [near.who, only.id].toSorted(),
      parentId: board.task("B"),
      partIds: [board.task("C")],
    });
    const kept = {
      id: before.id,
      title: "A",
      description: "Zinnober",
      dueAt: before.dueAt,
      createdAt: before.createdAt,
    };
    const counts = { itemsTotal: 2, commentCount: 2, attachmentCount: 1 };
    const own = { labelIds: [farBug.id], assigneeIds: [seer.id], parentId: null, key: "FAR-1" };
    expect(task).toMatchObject({ ...kept, ...counts, ...own, fields: { [there.size]: there.optionOf("large") } });
    const now = { boardId: far.boardId, taskId: before.id };
    expect(await caller.tasks.get(now)).toEqual(task);
    expect(moved.announced.map(({ type }) => type).toSorted()).toEqual(
      ["tasks.updated", "task.left", "task.arrived", "task.blockers-counted"].toSorted(),
    );
    const arrived = moved.announced.filter(({ type }) => type === "task.arrived");
    expect(arrived).toMatchObject([{ data: { fromKey: before.key, fromBoardId: boardId, task: { id: before.id } } }]);
    expect((await caller.checklists.get(now)).items.map(({ assigneeId }) => assigneeId)).toEqual([seer.id, null]);
    expect((await caller.comments.list(now)).items).toMatchObject([
      { text: "Karmin", authorId: blind.id, reactions: [{ userId: seer.id }] },
      { text: "Answer", parentId: commentId },
    ]);
    expect((await caller.comments.history({ boardId: far.boardId, commentId })).items).toMatchObject([
      { text: "Karmin" },
    ]);
    expect((await caller.tasks.history(now)).items).toMatchObject([{ description: "Zinnober" }]);
    expect((await caller.attachments.list(now)).items).toMatchObject([{ id: file.id }]);
    expect((await caller.boards.get({ boardId })).tasks).toMatchObject([
      { title: "B" },
      { blockerIds: [], blockersElsewhere: 1 },
    ]);
    // Whoever watched the other board has it as it is.
    const events = await readEvents(world.db, far.boardId, Number.parseInt(farBefore.cursor, 10), 100);
    let state: typeof farBefore | string = farBefore;
    for (const event of events) state = typeof state === "string" ? state : evolve(state, toEvent<BoardEvent>(event));
    expect({ ...Object(state), cursor: "" }).toEqual({
      ...(await caller.boards.get({ boardId: far.boardId })),
      cursor: "",
    });
    // It is found by both numbers, by those alone who see it, and has the old one again once it is back.
    const find = async (who: typeof seer, filter: string) =>
      (await who.caller.tasks.search({ orgId: org.id, filter })).items.map(({ id }) => id);
    expect([await find(seer, before.key), await find(seer, "FAR-1"), await find(seer, "Zinnober")]).toEqual([
      [before.id],
      [before.id],
      [before.id],
    ]);
    expect(await find(blind, before.key)).toEqual([]);
    const back = await caller.tasks.moveToBoard({ ...now, toBoardId: boardId, columnId });
    expect(back.task).toMatchObject({ key: before.key, labelIds: [bug.id], assigneeIds: [seer.id] });
    expect(await find(blind, "FAR-1")).toEqual([before.id]);
    expect((await caller.boards.get({ boardId })).tasks).toMatchObject([
      { title: "B" },
      { title: "C", blockerIds: [before.id], blockersElsewhere: 0 },
      { title: "A" },
    ]);
    // Deleted for good, its words leave the logs of both.
    await caller.tasks.delete({ boardId, taskIds: [before.id] });
    await world.db.execute(
      sql`update task set trashed_at = trashed_at - interval '31 days' where id = ${before.id}::uuid`,
    );
    await purgeOldTrash(world.services);
    const said = await world.db.execute(sql`
      select type from event where org_id = ${org.id}::uuid and data::text ~ 'Zinnober|Karmin|"Words"'`);
    expect(said).toEqual([]);
  });

  test("obeys the limit and the transitions of its column, and the rights on both boards", async ({ world }) => {
    const { org, caller, board, boardId, columnId, far, at, to } = await scene(world);
    const member = await org.as("member");
    const refused = (who: typeof member, input: object = {}) =>
      refusedIdle(world.db, () => who.caller.tasks.moveToBoard({ ...at("A"), ...to, ...input }));
    expect(await refused(member)).toBe("BOARD_NOT_FOUND");
    await caller.boards.share({ boardId: far.boardId, userId: member.id, role: "commenter" });
    expect(await refused(member)).toBe("ACTION_FORBIDDEN");
    const stranger = await farBoard(await world.org());
    expect(await refused(org.owner, { toBoardId: stranger.boardId, columnId: stranger.columnId })).toBe(
      "BOARD_NOT_FOUND",
    );
    expect(await refused(org.owner, { columnId })).toBe("COLUMN_NOT_FOUND");
    // Within the board it is a move like any other.
    const within = await caller.tasks.moveToBoard({ ...at("A"), toBoardId: boardId, columnId });
    expect([within.task.key, (await caller.boards.get({ boardId })).tasks.at(-1)?.id]).toEqual([
      "PRJ-1",
      within.task.id,
    ]);
    const rule = { boardId: far.boardId, name: "Estimated", toColumnId: far.columnId };
    const { id: transitionId } = await caller.transitions.create({ ...rule, requiredFields: ["estimate"] });
    expect(await refused(org.owner)).toBe("TRANSITION_REFUSED");
    await caller.transitions.delete({ boardId: far.boardId, transitionId });
    await caller.columns.update({ boardId: far.boardId, columnId: far.columnId, wipLimit: 1 });
    await caller.tasks.moveToBoard({ ...at("B"), ...to });
    expect(await refused(org.owner)).toBe("WIP_LIMIT_REACHED");
    await caller.columns.update({ boardId: far.boardId, columnId: far.columnId, wipLimit: null });
    expect(await refused(org.owner, { taskId: board.task("B") })).toBe("TASK_NOT_FOUND");
    await caller.boards.archive({ boardId: far.boardId });
    expect(await refused(org.owner)).toBe("BOARD_ARCHIVED");
  });

  test("meets others on their way back, and each is on one board in the end", async ({ world }) => {
    const { caller, boardId, columnId, far, at, to } = await scene(world);
    const titles = ["A", "B", "C"];
    const others = await Promise.all(
      titles.map((title) =>
        caller.tasks.create({ boardId: far.boardId, columnId: far.columnId, title: `Far ${title}` }),
      ),
    );
    for (const [index, title] of titles.entries()) {
      const otherTaskId = others[index]?.id ?? "";
      await caller.relations.create({ ...at(title), name: "blocks", otherTaskId });
    }
    const ends = await Promise.allSettled([
      ...titles.flatMap((title) => [
        caller.tasks.moveToBoard({ ...at(title), ...to }),
        // A second one comes too late, whichever that is.
        caller.tasks.moveToBoard({ ...at(title), ...to, after: null }),
      ]),
      ...others.map(({ id }) =>
        caller.tasks.moveToBoard({ boardId: far.boardId, taskId: id, toBoardId: boardId, columnId }),
      ),
    ]);
    expect(kindsOf(ends.filter(({ status }) => status === "rejected"))).toEqual(titles.map(() => "TASK_NOT_FOUND"));
    const [here, there] = [await caller.boards.get({ boardId }), await caller.boards.get({ boardId: far.boardId })];
    expect(here.tasks.map(({ title }) => title).toSorted()).toEqual(["Far A", "Far B", "Far C"]);
    expect(there.tasks.map(({ title }) => title).toSorted()).toEqual(titles);
    expect(here.tasks.map(({ blockerIds, blockersElsewhere }) => [blockerIds, blockersElsewhere])).toEqual(
      titles.map(() => [[], 1]),
    );
  });
});

test("a copy has what was asked for, shares the files, and leaves them to whoever has them last", async ({ world }) => {
  const { org, caller, boardId, columnId, far, at } = await scene(world);
  const member = await org.as("member");
  const { id: labelId } = await caller.labels.create({ boardId, name: "Bug", color: "red" });
  await caller.tasks.update({
    ...at("A"),
    description: "Text",
    labelIds: [labelId],
    assigneeIds: [member.id],
    dueOn: "2026-05-01",
    timeZone: "Europe/Berlin",
    estimate: 3,
  });
  const { id: checklistId } = await caller.checklists.create({ ...at("A"), name: "List" });
  const { id: itemId } = await caller.checkItems.create({
    ...at("A"),
    checklistId,
    text: "One",
    assigneeId: member.id,
  });
  await caller.checkItems.update({ ...at("A"), itemId, state: "done" });
  await caller.comments.create({ ...at("A"), text: "Words" });
  const file = await attachFile(world, org.owner, { at: at("A"), body: pieces("File") });
  const model = await caller.tasks.get(at("A"));
  const made = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.tasks.copy({ boardId, columnId, after: null, taskId: model.id, title: "Copy", mutationId }),
  );
  const { task, left } = made.answer;
  expect(left).toEqual({ labelIds: [], assigneeIds: [], fieldIds: [] });
  const { labelIds, assigneeIds, dueAt, dueOn, estimate } = model;
  const same = { description: "Text", labelIds, assigneeIds, dueAt, dueOn, estimate, itemsDone: 1, itemsTotal: 1 };
  expect(task).toMatchObject({ ...same, title: "Copy", commentCount: 0, attachmentCount: 1, key: "PRJ-4" });
  expect(made.announced).toMatchObject([{ type: "task.created", data: { task: { id: task.id, attachmentCount: 1 } } }]);
  const copy = { boardId, taskId: task.id };
  expect(await caller.tasks.get(copy)).toEqual(task);
  expect((await caller.checklists.get(copy)).items).toMatchObject([
    { text: "One", state: "done", assigneeId: member.id },
  ]);
  const elsewhere = { boardId: far.boardId, columnId: far.columnId, fromBoardId: boardId, taskId: model.id };
  const bare = await caller.tasks.copy({ ...elsewhere, take: ["assignees", "labels"] });
  expect(bare.left).toEqual({ labelIds: [labelId], assigneeIds: [member.id], fieldIds: [] });
  const none = { itemsTotal: 0, attachmentCount: 0, dueAt: null, assigneeIds: [], labelIds: [] };
  expect(bare.task).toMatchObject({ ...none, title: "A", key: "FAR-1" });
  expect(
    await refusedIdle(world.db, () =>
      member.caller.tasks.copy({ boardId, columnId, fromBoardId: far.boardId, taskId: bare.task.id }),
    ),
  ).toBe("BOARD_NOT_FOUND");

  const isKept = async () =>
    (
      await world.db.execute(sql`
    select expires_at is null as kept from stored_file where org_id = ${org.id}::uuid`)
    )[0]?.["kept"];
  await caller.attachments.delete({ boardId, attachmentId: file.id });
  expect(await isKept()).toBe(true);
  const [own] = (await caller.attachments.list(copy)).items;
  await caller.attachments.delete({ boardId, attachmentId: own?.id ?? "" });
  expect(await isKept()).toBe(false);
});
