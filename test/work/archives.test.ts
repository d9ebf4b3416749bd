import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { type Archive, archiveOf, runOperation, sendArchive } from "../setup/archive.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { type Person, test, type TestOrg, type World } from "../setup/world.ts";

/** A world with something of every noun: two projects, three boards, two people and a guest. */
async function furnished(world: World, org: TestOrg): Promise<{ boardId: string; projectId: string }> {
  const { caller, id: ownerId } = org.owner;
  const member = await org.as("member");
  const { id: orgId } = org;
  const board = await org.board({ columns: ["Todo", "Doing", "Done"], tasks: ["First", "Second", "Third", "Gone"] });
  const { id: boardId, projectId } = board;
  const at = (title: string) => ({ boardId, taskId: board.task(title) });
  const [todo, doing, done] = [board.column("Todo"), board.column("Doing"), board.column("Done")];
  await caller.columns.update({ boardId, columnId: doing, stateGroup: "started", wipLimit: 3, wipMode: "soft" });
  await caller.columns.update({ boardId, columnId: done, stateGroup: "completed" });
  const later = await caller.columns.create({ boardId, name: "Later" });
  const options = [{ name: "High", color: "red" as const }, { name: "Low" }];
  const field = (kind: "text" | "number" | "select" | "multi-select" | "person" | "date" | "checkbox" | "url") =>
    caller.fields.create({ orgId, projectId, name: kind, kind, options: kind.includes("select") ? options : [] });
  const [text, number, select, multi, person] = [
    await field("text"),
    await field("number"),
    await field("select"),
    await field("multi-select"),
    await field("person"),
  ];
  const optionIds = multi.options.map(({ id }) => id);
  await caller.fields.archive({ orgId, projectId, fieldId: (await field("date")).id });
  const [bug, idea] = [
    await caller.labels.create({ boardId, name: "Bug", color: "red" }),
    await caller.labels.create({ boardId, name: "", color: "blue" }),
  ];
  await caller.boards.setLanes({ boardId, laneBy: select.id });
  await caller.tasks.update({
    ...at("First"),
    description: "Text with <@x> and @{person/1}\nof two lines",
    priority: "high",
    startOn: "2026-03-01",
    dueOn: "2026-03-04",
    timeZone: "Europe/Berlin",
    estimate: 2.5,
    coverColor: "green",
    assigneeIds: [ownerId, member.id],
    labelIds: [bug.id, idea.id],
    fields: {
      [text.id]: "x",
      [number.id]: -1.5,
      [select.id]: select.options[0]?.id ?? "",
      [multi.id]: optionIds,
      [person.id]: member.id,
    },
  });
  await caller.tasks.update({ ...at("Second"), parentId: board.task("First"), dueAt: "2026-04-01T10:00:00Z" });
  await caller.tasks.move({ ...at("Second"), columnId: done });
  await caller.transitions.create({
    boardId,
    name: "Reviewed",
    fromColumnIds: [doing, todo],
    toColumnId: done,
    minimumRole: "editor",
    requiredFields: ["assignees", select.id],
  });
  await caller.tasks.create({ boardId, columnId: todo, title: "Between", after: board.task("First") });
  await caller.tasks.archive(at("Third"));
  await caller.tasks.create({ boardId, columnId: later.id, title: "Out of sight" });
  await caller.columns.archive({ boardId, columnId: later.id });
  await caller.tasks.delete({ boardId, taskIds: [board.task("Gone")] });
  for (const name of ["Two", "One"]) {
    const list = await caller.checklists.create({ ...at("First"), name });
    const ofList = { ...at("First"), checklistId: list.id };
    const item = await caller.checkItems.create({ ...ofList, text: "Item", assigneeId: member.id });
    await caller.checkItems.update({ ...at("First"), itemId: item.id, state: "done" });
    await caller.checkItems.create({ ...ofList, text: "Another", dueAt: "2026-05-01T00:00:00Z" });
  }
  const comment = await caller.comments.create({ ...at("First"), text: `<@${member.id}> and @{x} <@${boardId}>` });
  const answer = await member.caller.comments.create({ ...at("First"), parentId: comment.id, text: "Answer" });
  await member.caller.comments.update({ ...at("First"), commentId: answer.id, text: "Another answer" });
  const root = await caller.comments.create({ ...at("First"), text: "To be deleted" });
  await caller.comments.create({ ...at("First"), text: "Stays", parentId: root.id });
  await caller.comments.delete({ ...at("First"), commentId: root.id });
  for (const by of [member, org.owner]) {
    await by.caller.comments.react({ ...at("First"), commentId: comment.id, emoji: "🎉" });
  }
  await attachFile(world, org.owner, { at: at("First"), body: pieces("A file") });
  await attachFile(world, member, { at: at("Second"), body: pieces("A file"), name: "same.txt" });
  await attachFile(world, member, { at: at("Second"), body: pieces("Another"), name: "other.txt" });
  const sprint = await caller.plans.create({
    orgId,
    projectId,
    kind: "sprint",
    name: "Sprint",
    startsOn: "2026-01-05",
  });
  const beta = await caller.plans.create({ orgId, projectId, kind: "milestone", name: "Beta" });
  const taskIds = [board.task("First"), board.task("Second")];
  await caller.plans.setTasks({ boardId, taskIds, kind: "sprint", planId: sprint.id });
  await caller.plans.setTasks({ boardId, taskIds: [board.task("First")], kind: "milestone", planId: beta.id });
  await caller.plans.update({ orgId, planId: beta.id, state: "closed" });
  const span = { startedAt: "2026-01-05T08:00:00.000Z", stoppedAt: "2026-01-05T09:30:00.000Z" };
  await caller.time.create({ ...at("First"), ...span, note: "Worked" });
  await caller.time.create({ ...at("First"), ...span, userId: member.id, note: "" });
  await member.caller.time.start({ ...at("First"), note: "" });
  await caller.recurrences.create({
    ...at("First"),
    columnId: todo,
    rule: "FREQ=WEEKLY;BYDAY=MO",
    startsOn: "2026-01-05",
    timeZone: "Europe/Berlin",
  });
  await caller.rules.create({
    orgId,
    projectId,
    boardId,
    name: "Rule",
    trigger: { on: "task-moved", toColumnIds: [done] },
    filter: `label:${bug.id} assignee:${member.id}`,
    actions: [
      { do: "update", addLabelIds: [idea.id], fields: { [number.id]: 3 }, addAssigneeIds: [member.id] },
      { do: "comment", text: "Done @{column/1}" },
    ],
  });
  await caller.views.create({ orgId, name: "All", visibility: "shared", filter: "is:open", order: "due" });
  const ofBoard = { orgId, boardId, visibility: "shared" as const };
  await caller.views.create({ ...ofBoard, name: "Mine", kind: "board", filter: `column:${todo}`, groupBy: select.id });
  await caller.views.create({ orgId, name: "Private" });
  await elsewhere(world, org, board.task("First"), boardId);
  return { boardId, projectId };
}

/** A second project with a private board, related to the first one, and an archived board. */
async function elsewhere({ db }: World, org: TestOrg, taskId: string, boardId: string): Promise<void> {
  const { caller } = org.owner;
  const project = await caller.projects.create({ orgId: org.id, name: "Other", key: "OTH" });
  const ofProject = { orgId: org.id, projectId: project.id };
  const other = await caller.boards.create({ ...ofProject, name: "Private", columns: ["In"], visibility: "private" });
  const old = await caller.boards.create({ ...ofProject, name: "Old", columns: ["In"] });
  const [into] = (await caller.boards.get({ boardId: other.id })).columns;
  const inOther = { boardId: other.id, columnId: into?.id ?? "" };
  const [one, two] = [
    await caller.tasks.create({ ...inOther, title: "One", assigneeIds: [org.owner.id] }),
    await caller.tasks.create({ ...inOther, title: "Two" }),
  ];
  await caller.relations.create({ boardId, taskId, name: "blocked-by", otherTaskId: one.id });
  await caller.relations.create({ boardId: other.id, taskId: two.id, name: "relates", otherTaskId: one.id });
  await caller.relations.create({ boardId: other.id, taskId: two.id, name: "duplicates", otherTaskId: taskId });
  await db.execute(sql`
    insert into former_number (org_id, project_id, number, board_id, task_id)
    values (${org.id}::uuid, ${project.id}::uuid, 9, ${other.id}::uuid, ${one.id}::uuid)`);
  await caller.boards.archive({ boardId: old.id });
  await caller.projects.archive({ ...ofProject });
}

async function exported(world: World, person: Person, operation: Parameters<typeof runOperation>[1]): Promise<Archive> {
  await runOperation(world, operation);
  return archiveOf(world, person, operation);
}

/** Another organisation of the same people. */
async function sameBelow(world: World, org: TestOrg): Promise<TestOrg> {
  const other = await world.org();
  for (const [person, role] of [
    [org.owner, "owner"],
    [await org.as("member"), "member"],
  ] as const) {
    const { token } = await other.owner.caller.members.invite({ orgId: other.id, email: person.email, role });
    await person.caller.members.accept({ token });
  }
  return other;
}

test("an organisation that is exported and imported elsewhere is exported as the same, to the byte", async ({
  world,
}) => {
  const org = await world.org();
  await furnished(world, org);
  const { owner } = org;
  const first = await exported(world, owner, await owner.caller.archives.export({ orgId: org.id }));
  const tables = [...first.parts].filter(([name]) => name.endsWith(".jsonl"));
  const lines = Object.fromEntries(tables.map(([name, text]) => [name, text.split("\n").length - 1]));
  expect(lines).toMatchObject({ "tasks.jsonl": 7, "comments.jsonl": 4, "views.jsonl": 2, "rules.jsonl": 1 });
  expect(Object.values(lines)).not.toContain(0);
  const other = await sameBelow(world, org);
  const importing = await sendArchive(world, owner, other.id, first.bytes);
  await runOperation(world, importing);
  expect(await owner.caller.operations.get({ operationId: importing.id })).toMatchObject({
    state: "done",
    errorFields: null,
    result: { leftOut: {}, unmatchedPeople: [], projects: [{ key: "PRJ", keyBefore: "PRJ" }, { key: "OTH" }] },
  });
  const second = await exported(world, owner, await owner.caller.archives.export({ orgId: other.id }));
  for (const [name, text] of first.parts) expect([name, second.parts.get(name)]).toEqual([name, text]);
  expect([...second.parts.keys()]).toEqual([...first.parts.keys()]);
});
