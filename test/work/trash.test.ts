import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { findMeant } from "../../server/domains/automation/meant.ts";
import { purgeOldTrash } from "../../server/domains/work/purge.service.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { announcedBy } from "../setup/log.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { test, type World } from "../setup/world.ts";

// What is deleted can be had back for 30 days, as it was and where it was.

async function scene(world: World) {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["A", "B", "C"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const at = (title: string) => ({ boardId, taskId: board.task(title) });
  const many = (...titles: string[]) => ({ boardId, taskIds: titles.map((title) => board.task(title)) });
  const titles = async () => (await caller.boards.get({ boardId })).tasks.map(({ title }) => title);
  return { org, board, boardId, caller, at, many, titles };
}

test("a deleted task is off the board, in the trash, and comes back as it was, where it was", async ({ world }) => {
  const { org, board, boardId, caller, at, many, titles } = await scene(world);
  const member = await org.as("member");
  const { id: labelId } = await caller.labels.create({ boardId, name: "Label", color: "red" });
  const words = { description: "Text", dueOn: "2026-05-01", timeZone: "Europe/Berlin", priority: "high" as const };
  await caller.tasks.update({ ...at("B"), ...words, labelIds: [labelId], assigneeIds: [member.id] });
  const { id: checklistId } = await caller.checklists.create({ ...at("B"), name: "List" });
  await caller.checkItems.create({ ...at("B"), checklistId, text: "Item", assigneeId: member.id });
  await caller.comments.create({ ...at("B"), text: "Words" });
  await caller.tasks.archive(at("C"));
  const contentOf = async () => ({
    task: await caller.tasks.get(at("B")),
    checklists: await caller.checklists.get(at("B")),
    comments: await caller.comments.list(at("B")),
  });
  const before = await contentOf();

  const deleted = await outcomeOf(world.db, member, (mutationId) =>
    member.caller.tasks.delete({ ...many("B", "C"), mutationId }),
  );
  expect(deleted.announced).toMatchObject([{ type: "tasks.deleted", data: { taskIds: many("B", "C").taskIds } }]);
  expect(await idle(world.db, () => caller.tasks.delete(many("B")))).toMatchObject({ changed: 0 });
  expect(await titles()).toEqual(["A"]);
  expect((await caller.tasks.list({ boardId })).items.map(({ title }) => title)).toEqual(["A"]);
  const search = async (filter: string) => (await caller.tasks.search({ orgId: org.id, filter })).items;
  expect([await search("is:archived"), await search("")]).toMatchObject([[], [{ id: board.task("A") }]]);
  expect([await search("Text"), await search("Words"), await search(before.task.key)]).toEqual([[], [], []]);
  // Rules mean nothing in the trash, either.
  const asking = { orgId: org.id, boardId, userId: org.owner.id, timeZone: "UTC", filter: "is:archived" };
  const meant = await findMeant(world.db, { ...asking, now: world.clock.now() }, many("B", "C").taskIds);
  expect(meant).toEqual([]);
  const { items, nextCursor } = await caller.trash.list({ boardId, limit: 1 });
  const rest = await caller.trash.list({ boardId, limit: 1, cursor: nextCursor });
  const by = { trashedBy: member.id };
  expect([...items, ...rest.items].toSorted((a, b) => (a.task.title < b.task.title ? -1 : 1))).toMatchObject([
    { ...by, stateBefore: "open", task: { title: "B", state: "trashed", description: "Text" } },
    { ...by, stateBefore: "archived", task: { title: "C" } },
  ]);

  const restored = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.trash.restore({ ...many("C", "B", "A"), mutationId }),
  );
  expect(restored.answer).toMatchObject({ changed: 2 });
  expect(restored.announced).toMatchObject([
    { type: "tasks.recovered", data: { tasks: [{ title: "B" }], archived: [{ title: "C" }] } },
  ]);
  const after = await contentOf();
  const { version } = restored.answer;
  const { updatedAt } = after.task;
  const isSame = { ...before.task, version, updatedAt };
  expect(after).toEqual({ ...before, task: isSame, checklists: { ...before.checklists, version } });
  expect(await caller.tasks.get(at("C"))).toMatchObject({ state: "archived" });
  expect(await titles()).toEqual(["A", "B"]);
  expect((await caller.trash.list({ boardId })).items).toEqual([]);
});

test("a place that was taken meanwhile is given again just behind, and a full column says so", async ({ world }) => {
  const { board, boardId, caller, at, many, titles } = await scene(world);
  const columnId = board.column("Todo");
  await caller.tasks.delete(many("A", "B"));
  // These two stand by now at the ranks that those two had.
  await caller.tasks.create({ boardId, columnId, title: "New", after: null });
  await caller.tasks.move({ ...at("C"), columnId, after: null });
  await caller.columns.update({ boardId, columnId, wipLimit: 3 });
  expect(await refusedIdle(world.db, () => caller.trash.restore(many("A", "B")))).toBe("WIP_LIMIT_REACHED");
  await caller.columns.update({ boardId, columnId, wipLimit: 4 });
  await caller.trash.restore(many("A", "B"));
  expect(await titles()).toEqual(["C", "A", "New", "B"]);
  // Nothing but the trash changes what is in it.
  await caller.tasks.delete(many("A"));
  const calls = [
    () => caller.tasks.update({ ...at("A"), title: "New" }),
    () => caller.tasks.move({ ...at("A"), columnId }),
    () => caller.tasks.archive(at("A")),
    () => caller.tasks.restore(at("A")),
    () => caller.tasks.bulkRestore(many("A")),
    () => caller.comments.create({ ...at("A"), text: "Words" }),
    () => caller.checklists.create({ ...at("A"), name: "List" }),
  ];
  for (const call of calls) expect(await refusedIdle(world.db, call)).toBe("TASK_TRASHED");
});

test("what is deleted for good is gone with all its words, by a manager at once, else after 30 days", async ({
  world,
}) => {
  const { org, board, boardId, caller, at, many } = await scene(world);
  const editor = await board.as("editor");
  const secret = "Zinnober";
  const other = await org.board({ tasks: ["Elsewhere"] });
  const { projectId } = (await caller.boards.get({ boardId })).board;
  const field = await caller.fields.create({ orgId: org.id, projectId, name: "Field", kind: "text" });
  for (const title of ["A", "B"]) {
    await caller.tasks.update({
      ...at(title),
      title: `${secret} 1`,
      description: `${secret} 2`,
      fields: { [field.id]: `${secret} 6` },
    });
    const { id: checklistId } = await caller.checklists.create({ ...at(title), name: `${secret} 3` });
    await caller.checkItems.create({ ...at(title), checklistId, text: `${secret} 4` });
    await caller.comments.create({ ...at(title), text: `${secret} 5` });
    await caller.relations.create({ ...at(title), name: "blocks", otherTaskId: board.task("C") });
    await caller.relations.create({ ...at(title), name: "blocks", otherTaskId: other.task("Elsewhere") });
  }
  await caller.tasks.bulkUpdate({ ...many("A", "B", "C"), fields: { [field.id]: `${secret} 7` } });
  await caller.tasks.update({ ...at("C"), fields: { [field.id]: null } });
  await caller.tasks.bulkUpdate({ ...many("A", "B"), fields: { [field.id]: `${secret} 8` } });
  await caller.tasks.bulkUpdate({ ...many("A", "B"), fields: { [field.id]: null } });
  const named = await attachFile(world, org.owner, { at: at("A"), body: pieces("File"), name: `${secret}.txt` });
  const files = () =>
    world.db.execute(sql`
      select a.id, f.expires_at is null as kept from stored_file f left join attachment a on a.file_id = f.id
      where f.org_id = ${org.id}::uuid`);
  await caller.columns.archive({ boardId, columnId: board.column("Todo") });
  await caller.columns.restore({ boardId, columnId: board.column("Todo") });
  await caller.tasks.update({ ...at("C"), parentId: board.task("A") });
  await caller.tasks.delete(many("A"));
  await editor.caller.tasks.delete(many("B"));
  expect(await files()).toEqual([{ id: named.id, kept: true }]);
  expect(await refusal(editor.caller.trash.delete(many("A")))).toBe("ACTION_FORBIDDEN");
  expect(await refusedIdle(world.db, () => caller.trash.delete(many("A", "C")))).toBe("TASK_NOT_FOUND");
  const purged = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.trash.delete({ ...many("A"), mutationId }),
  );
  expect(purged.announced).toMatchObject([
    { type: "tasks.purged", data: { taskIds: many("A").taskIds } },
    { type: "tasks.updated", data: { changes: [{ taskIds: many("C").taskIds, changes: { parentId: null } }] } },
    { type: "task.blockers-counted", data: { taskId: board.task("C"), blockerIds: [board.task("B")] } },
  ]);
  expect(await refusal(caller.tasks.get(at("A")))).toBe("TASK_NOT_FOUND");
  expect(await files()).toEqual([{ id: null, kept: false }]);

  await world.db.execute(sql`
    update task set trashed_at = trashed_at - interval '29 days' where id = ${board.task("B")}::uuid`);
  await purgeOldTrash(world.services);
  expect((await caller.trash.list({ boardId })).items).toMatchObject([{ task: { id: board.task("B") } }]);
  await world.db.execute(sql`
    update task set trashed_at = trashed_at - interval '2 days' where id = ${board.task("B")}::uuid`);
  const events = await announcedBy(world.db, boardId, () => purgeOldTrash(world.services));
  expect(events.map(({ type }) => type)).toEqual(["tasks.purged", "task.blockers-counted"]);
  expect((await caller.trash.list({ boardId })).items).toEqual([]);
  const [row] = await world.db.execute<{ said: number; kept: number }>(sql`
    select (select count(*)::int from event where stream_id = ${boardId}::uuid and position(${secret} in data::text) > 0) as said,
      (select count(*)::int from event where stream_id = ${boardId}::uuid and position('"C"' in data::text) > 0) as kept`);
  // Of the three that said the same, the one that is there has said it.
  expect(row?.said).toBe(1);
  const [rest] = await world.db.execute(sql`
    select e.data->'changes'->0->'taskIds' as of, (select count(*)::int from event x
      where x.stream_id = e.stream_id and position(${secret} in x.replaced::text) > 0) as replaced
    from event e where e.stream_id = ${boardId}::uuid and position(${secret} in e.data::text) > 0`);
  expect(rest).toEqual({ of: many("C").taskIds, replaced: 1 });
  expect(row?.kept).toBeGreaterThan(0);
});
