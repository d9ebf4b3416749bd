import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { ERRORS } from "../../server/errors.ts";
import { range } from "../setup/clients.ts";
import { announcedBy, versionOf } from "../setup/log.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf } from "../setup/refusal.ts";
import { signedIn, test, type World } from "../setup/world.ts";

// Changes of many tasks: one event, all or none.

async function scene(world: World) {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Few", "Done"], tasks: ["A", "B", "C", "D"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const { id: labelId } = await caller.labels.create({ boardId, name: "Label", color: "red" });
  const ids = (...titles: string[]) => titles.map((title) => board.task(title));
  const titles = async (name: string) =>
    (await caller.boards.get({ boardId })).tasks
      .filter(({ columnId }) => columnId === board.column(name))
      .map(({ title }) => title);
  return { org, board, boardId, caller, labelId, ids, titles, ...caller };
}

describe("many tasks", () => {
  test("are changed, moved, archived and restored by one event each, and by one repeat", async ({ world }) => {
    const { org, board, boardId, caller, labelId, ids, titles } = await scene(world);
    await caller.tasks.update({ boardId, taskId: board.task("B"), labelIds: [labelId], priority: "high" });
    const person = await org.as("member");
    const few = board.column("Few");
    const updated = await outcomeOf(world.db, org.owner, (mutationId) =>
      caller.tasks.bulkUpdate({
        boardId,
        taskIds: ids("A", "B", "C"),
        priority: "high",
        addLabelIds: [labelId],
        addAssigneeIds: [person.id],
        mutationId,
      }),
    );
    expect(updated.answer).toMatchObject({ changed: 3, version: await versionOf(world.db, boardId) });
    const both = { priority: "high", labelIds: [labelId], assigneeIds: [person.id] };
    // What is the same for several is said once, and of each only what is new.
    expect(updated.announced).toMatchObject([
      {
        type: "tasks.updated",
        data: {
          changes: [
            { taskIds: ids("A", "C"), changes: both },
            { taskIds: ids("B"), changes: { assigneeIds: [person.id] } },
          ],
          members: [{ userId: person.id }],
        },
      },
    ]);
    const moved = await outcomeOf(world.db, org.owner, (mutationId) =>
      caller.tasks.bulkMove({ boardId, taskIds: ids("C", "A"), columnId: few, after: null, mutationId }),
    );
    expect(moved.announced).toMatchObject([
      {
        type: "tasks.moved",
        data: { to: [{ columnId: few }], from: [{ columnId: board.column("Todo"), taskIds: ids("C", "A") }] },
      },
    ]);
    expect(await titles("Few")).toEqual(["C", "A"]);
    const behind = { boardId, taskIds: ids("A", "D"), columnId: board.column("Todo"), after: board.task("B") };
    await caller.tasks.bulkMove(behind);
    expect(await titles("Todo")).toEqual(["B", "A", "D"]);
    expect(await idle(world.db, () => caller.tasks.bulkMove(behind))).toMatchObject({ changed: 0 });

    const archived = await outcomeOf(world.db, org.owner, (mutationId) =>
      caller.tasks.bulkArchive({ boardId, taskIds: ids("A", "C"), mutationId }),
    );
    expect(archived.announced).toMatchObject([{ type: "tasks.archived", data: { taskIds: ids("A", "C") } }]);
    const target = { boardId, taskIds: ids("A", "B", "C") };
    const restored = await outcomeOf(world.db, org.owner, (mutationId) =>
      caller.tasks.bulkRestore({ ...target, mutationId }),
    );
    expect(restored.answer).toMatchObject({ changed: 2 });
    expect(restored.announced).toMatchObject([
      { type: "tasks.restored", data: { tasks: [{ title: "A" }, { title: "C" }] } },
    ]);
    expect([await titles("Todo"), await titles("Few")]).toEqual([["B", "D", "A"], ["C"]]);
    expect(await idle(world.db, () => caller.tasks.bulkRestore(target))).toMatchObject({ changed: 0 });
    expect(await caller.tasks.get({ boardId, taskId: board.task("B") })).toMatchObject({
      ...both,
      version: updated.answer.version,
    });
  });

  test("get the same of the fields of their project, each what is new for it", async ({ world }) => {
    const { org, board, boardId, caller, ids } = await scene(world);
    const of = { orgId: org.id, projectId: board.projectId };
    const points = await caller.fields.create({ ...of, name: "Points", kind: "number" });
    const lead = await caller.fields.create({ ...of, name: "Lead", kind: "person" });
    const { id: leadId } = await org.as("member");
    await caller.tasks.update({ boardId, taskId: board.task("B"), fields: { [points.id]: 3 } });
    const fields = { [points.id]: 3, [lead.id]: leadId };
    const updated = await outcomeOf(world.db, org.owner, (mutationId) =>
      caller.tasks.bulkUpdate({ boardId, taskIds: ids("A", "B"), fields, mutationId }),
    );
    expect(updated.announced).toMatchObject([
      {
        type: "tasks.updated",
        data: {
          changes: [
            { taskIds: ids("A"), changes: {}, fields },
            { taskIds: ids("B"), changes: {}, fields: { [lead.id]: leadId } },
          ],
          members: [{ userId: leadId }],
        },
      },
    ]);
    await caller.tasks.bulkUpdate({ boardId, taskIds: ids("A", "B", "C"), fields: { [lead.id]: null } });
    expect((await caller.boards.get({ boardId })).tasks.map((task) => task.fields)).toEqual([
      { [points.id]: 3 },
      { [points.id]: 3 },
      {},
      {},
    ]);
    const refuse = (values: object) =>
      refusedIdle(world.db, () => caller.tasks.bulkUpdate({ boardId, taskIds: ids("C", "A"), fields: { ...values } }));
    expect(await refuse({ [newId()]: 3 })).toBe("FIELD_NOT_FOUND");
    expect(await refuse({ [points.id]: "three" })).toBe("FIELD_VALUE_INVALID");
    const [last] = (await caller.changes.list({ boardId, limit: 1 })).items;
    await caller.changes.undo({ boardId, version: last?.version ?? 0 });
    expect((await caller.tasks.get({ boardId, taskId: board.task("A") })).fields).toEqual(fields);
    expect((await caller.tasks.get({ boardId, taskId: board.task("C") })).fields).toEqual({});
  });

  test("are changed all or none, and the refusal says for which it is", async ({ world }) => {
    const { board, boardId, caller, ids } = await scene(world);
    const [todo, few, done] = ["Todo", "Few", "Done"].map((name) => board.column(name));
    await caller.columns.update({ boardId, columnId: few ?? "", wipLimit: 2 });
    await caller.transitions.create({ boardId, name: "Planned", toColumnId: done ?? "", requiredFields: ["due"] });
    await caller.tasks.update({ boardId, taskId: board.task("A"), dueAt: "2026-05-01T00:00:00Z" });
    await caller.tasks.archive({ boardId, taskId: board.task("D") });
    const many = Array.from({ length: 50 }, () => newId());
    const calls = {
      WIP_LIMIT_REACHED: () => caller.tasks.bulkMove({ boardId, taskIds: ids("A", "B", "C"), columnId: few ?? "" }),
      TRANSITION_REFUSED: () => caller.tasks.bulkMove({ boardId, taskIds: ids("A", "B"), columnId: done ?? "" }),
      TASK_ARCHIVED: () => caller.tasks.bulkUpdate({ boardId, taskIds: ids("A", "D"), priority: "low" }),
      TASK_NOT_FOUND: () => caller.tasks.bulkArchive({ boardId, taskIds: [...ids("A"), ...many] }),
      LABEL_NOT_FOUND: () => caller.tasks.bulkUpdate({ boardId, taskIds: ids("A"), addLabelIds: many }),
      DATES_REVERSED: () =>
        caller.tasks.bulkUpdate({ boardId, taskIds: ids("B", "A"), startAt: "2026-06-01T00:00:00Z" }),
      INPUT_INVALID: () =>
        caller.tasks.bulkMove({ boardId, taskIds: ids("A", "B"), columnId: todo ?? "", after: board.task("B") }),
    };
    for (const [kind, call] of Object.entries(calls)) expect(await refusedIdle(world.db, call)).toBe(kind);
    await expect(calls.TRANSITION_REFUSED()).rejects.toMatchObject({
      fields: { "taskIds.1": ERRORS.TRANSITION_REFUSED.says },
      transition: { name: "Planned", missingFields: ["due"] },
    });
    await expect(calls.TASK_NOT_FOUND()).rejects.toMatchObject({ fields: { "taskIds.1": ERRORS.TASK_NOT_FOUND.says } });
    await caller.columns.archive({ boardId, columnId: todo ?? "" });
    expect(await refusedIdle(world.db, calls.WIP_LIMIT_REACHED)).toBe("COLUMN_ARCHIVED");
  });

  test("L4: raced into a column by many, never are more than it holds", async ({ world }) => {
    const { org, board, boardId, caller } = await scene(world);
    const elsewhere = await signedIn(world.otherServices(), (await org.as("admin")).token);
    const callers = [caller, (await org.as("member")).caller, elsewhere.caller];
    const taskIds = await Promise.all(
      range(1, 24).map(async (index) => {
        const columnId = board.column("Done");
        return (await caller.tasks.create({ boardId, columnId, title: `Task ${index}` })).id;
      }),
    );
    const few = board.column("Few");
    await caller.columns.update({ boardId, columnId: few, wipLimit: 7 });
    const ends = await Promise.allSettled(
      range(0, 7).map((turn) => {
        const { tasks } = callers[turn % callers.length] ?? caller;
        return tasks.bulkMove({ boardId, taskIds: taskIds.slice(turn * 3, turn * 3 + 3), columnId: few });
      }),
    );
    expect(kindsOf(ends).toSorted()).toEqual([...Array.from({ length: 6 }, () => "WIP_LIMIT_REACHED"), "done", "done"]);
    expect((await caller.tasks.list({ boardId, columnId: few })).items).toHaveLength(6);
  });
});

test("a thousand tasks are one event that a stream remembers with others, and one that is larger is refused", async ({
  world,
}) => {
  const { org, board, boardId, caller, labelId } = await scene(world);
  const taskIds = range(1, 1_000).map(() => newId());
  await world.db.execute(sql`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority,
      assignee_names, state, version, created_by, created_at, updated_at)
    select n.id, t.org_id, t.project_id, t.board_id, t.column_id, 100 + n.at, 'c' || lpad(n.at::text, 4, '0'), 'Task',
      'Text', 'none', '{}', 'open', 1, t.created_by, t.created_at, t.updated_at
    from unnest(${`{${taskIds.join(",")}}`}::uuid[]) with ordinality n(id, at)
    join task t on t.id = ${board.task("A")}::uuid`);
  const target = { boardId, taskIds };
  const events = await announcedBy(world.db, boardId, async () => {
    await caller.tasks.bulkUpdate({ ...target, addLabelIds: [labelId], priority: "low", coverColor: "red" });
    await caller.tasks.bulkMove({ ...target, columnId: board.column("Done") });
    await caller.tasks.bulkArchive(target);
    await caller.tasks.bulkRestore(target);
  });
  expect(events.map(({ type }) => type)).toEqual(["tasks.updated", "tasks.moved", "tasks.archived", "board.reset"]);
  for (const { data } of events) expect(JSON.stringify(data).length).toBeLessThan(128 * 1_024);
  const { tasks } = await caller.boards.get({ boardId });
  expect(tasks.filter(({ columnId }) => columnId === board.column("Done")).map(({ id }) => id)).toEqual(taskIds);
  // A text that the change does not touch is not read for it, and stays.
  expect(await caller.tasks.get({ boardId, taskId: taskIds[0] ?? "" })).toMatchObject({ description: "Text" });

  // Labels of its own make the change of each task another one.
  const labels = await Promise.all(
    range(1, 24).map((index) => caller.labels.create({ boardId, name: `Label ${index}`, color: "blue" })),
  );
  const rows = taskIds.flatMap((taskId, index) =>
    labels.flatMap(({ id }, at) => (at >= 20 || ((index >> (at % 10)) % 2 === 1) === at < 10 ? [{ taskId, id }] : [])),
  );
  await world.db.execute(sql`
    insert into task_label (org_id, board_id, task_id, label_id)
    select ${org.id}::uuid, ${boardId}::uuid, n."taskId", n.id
    from json_to_recordset(${JSON.stringify(rows)}::json) n("taskId" uuid, id uuid)`);
  const removed = () => caller.tasks.bulkUpdate({ ...target, removeLabelIds: [labelId] });
  expect(await refusedIdle(world.db, removed)).toBe("CHANGE_TOO_LARGE");
});
