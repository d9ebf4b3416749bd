import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { deleteAccountOf } from "../../server/domains/home/account.service.ts";
import type { ActivityEntry, ActivityValue } from "../../server/domains/work/activity/activity.contract.ts";
import { IN_ORGS, ON_BOARDS } from "../../server/domains/work/activity/tell.ts";
import { BOARD_EVENTS, ORG_EVENTS } from "../../server/events.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, test, type TestBoard } from "../setup/world.ts";

/** All entries of a feed, newest first, by pages of a few. */
async function all(
  read: (page: { limit: number; cursor: string | null | undefined }) => Promise<{
    items: ActivityEntry[];
    nextCursor: string | null;
  }>,
): Promise<ActivityEntry[]> {
  const entries: ActivityEntry[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await read({ limit: 3, cursor });
    entries.push(...page.items);
    cursor = page.nextCursor;
  }
  return entries;
}

const ofTask = ({ caller }: Person, at: { boardId: string; taskId: string }) =>
  all((page) => caller.activity.ofTask({ ...at, ...page }));
const ofBoard = ({ caller }: Person, { id: boardId }: TestBoard) =>
  all((page) => caller.activity.ofBoard({ boardId, ...page }));

/** A value as a task has it: ids in place of what is called so. */
function plain(value: ActivityValue | undefined): unknown {
  if (Array.isArray(value)) return value.map((one) => (typeof one === "string" ? one : one.id)).toSorted();
  return typeof value === "object" && value !== null ? value.id : value;
}

/** What a task is after all that its activity tells. */
function retold(entries: readonly ActivityEntry[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const task: Record<string, unknown> = { ...NOTHING, fields };
  for (const { field, of, to } of entries.toReversed().flatMap(({ parts }) => parts)) {
    if (field === "fields") fields[of?.id ?? ""] = plain(to);
    else if (field in task) task[field] = plain(to);
  }
  return { ...task, fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) };
}

/** What every new task has. */
const NOTHING = {
  title: "",
  hasDescription: false,
  columnId: "",
  state: "open",
  parentId: null,
  priority: "none",
  startAt: null,
  startOn: null,
  dueAt: null,
  dueOn: null,
  timeZone: null,
  estimate: null,
  coverColor: null,
  assigneeIds: [],
  labelIds: [],
  itemsDone: 0,
  itemsTotal: 0,
  commentCount: 0,
  attachmentCount: 0,
};

test("the activity of a task re-tells its history: alone, with others, and out of the archive", async ({ world }) => {
  const org = await world.org();
  const [{ caller }, member] = [org.owner, await org.as("member")];
  const board = await org.board({ columns: ["Todo", "Doing", "Done"], tasks: ["Other"] });
  const [boardId, columnId] = [board.id, board.column("Todo")];
  const inProject = { orgId: org.id, projectId: board.projectId };
  const { id: textId } = await caller.fields.create({ ...inProject, name: "Customer", kind: "text" });
  const severity = await caller.fields.create({
    ...inProject,
    name: "Severity",
    kind: "select",
    options: [{ name: "High" }],
  });
  const label = await caller.labels.create({ boardId, name: "Bug", color: "red" });
  const made = { title: "Draft", description: "Of it", dueOn: "2026-03-29", timeZone: "Europe/Berlin" };
  const task = await caller.tasks.create({ boardId, columnId, ...made, assigneeIds: [org.owner.id] });
  const at = { boardId, taskId: task.id };
  const many = { boardId, taskIds: [task.id, board.task("Other")] };

  await member.caller.tasks.update({ ...at, title: "Letter", priority: "high", estimate: 3, description: "" });
  await caller.tasks.update({ ...at, assigneeIds: [member.id], labelIds: [label.id], parentId: board.task("Other") });
  await caller.tasks.update({ ...at, fields: { [textId]: "ACME", [severity.id]: severity.options[0]?.id ?? "" } });
  await caller.tasks.update({ ...at, dueAt: "2026-04-01T12:00:00.000Z", fields: { [textId]: null } });
  await caller.tasks.move({ ...at, columnId: board.column("Doing") });
  await caller.tasks.bulkUpdate({ ...many, addAssigneeIds: [org.owner.id], priority: "low", coverColor: "blue" });
  await caller.tasks.bulkMove({ ...many, columnId: board.column("Done") });
  await caller.tasks.bulkArchive(many);
  await caller.tasks.bulkRestore(many);
  await caller.tasks.archive(at);
  await caller.tasks.restore(at);
  await caller.tasks.delete({ boardId, taskIds: [task.id] });
  await caller.trash.restore({ boardId, taskIds: [task.id] });
  const { id: checklistId } = await caller.checklists.create({ ...at, name: "List" });
  const item = await caller.checkItems.create({ ...at, checklistId, text: "Stamp" });
  await caller.checkItems.update({ ...at, itemId: item.id, state: "done", assigneeId: member.id });
  const comment = await member.caller.comments.create({ ...at, text: "A secret" });
  await caller.comments.react({ ...at, commentId: comment.id, emoji: "👍" });
  await member.caller.comments.create({ ...at, text: "Well" });
  await member.caller.comments.delete({ ...at, commentId: comment.id });
  await attachFile(world, org.owner, { at, body: pieces("Text") });
  await caller.relations.create({ ...at, name: "blocked-by", otherTaskId: board.task("Other") });
  await caller.tasks.bulkArchive({ ...many, taskIds: [board.task("Other")] });

  const entries = await ofTask(org.owner, at);
  const now: Record<string, unknown> = await caller.tasks.get(at);
  const names = Object.keys({ ...NOTHING, fields: {} });
  expect(retold(entries)).toEqual(Object.fromEntries(names.map((name) => [name, now[name]])));
  const says = entries.map((entry) => entry.says).toReversed();
  const [owner, other, it] = [org.owner.name, member.name, `${task.key} Letter`];
  expect(says.slice(0, 3)).toEqual([
    `${owner} created ${it} in “Todo”`,
    `${other} changed ${it}: title from “Draft” to “Letter”, priority to high, estimate to 3, the description`,
    `${owner} changed ${it}: parent to PRJ-1 Other, assigned ${other}, took off themself, added the label “Bug”`,
  ]);
  expect(says.slice(3, 6)).toEqual([
    `${owner} changed ${it}: “Customer” to “ACME”, “Severity” to “High”`,
    `${owner} changed ${it}: due date from 2026-03-29T21:59:59.999Z to 2026-04-01T12:00:00.000Z, “Customer” from “ACME” to none`,
    `${owner} moved ${it} from “Todo” to “Doing”`,
  ]);
  expect(says[7]).toBe(`${owner} moved ${it} from “Doing” to “Done”`);
  expect(entries.at(-8)).toMatchObject({ taskCount: 2, task: { id: task.id }, type: "tasks.moved" });
  // What a deleted comment said is nowhere any more, and what bulk changes did to another task is not told of this one.
  expect(JSON.stringify(entries)).not.toContain("A secret");
  expect(entries.filter(({ type }) => type === "tasks.archived")).toHaveLength(1);

  // The board tells the same, and everything else that was done there; of several tasks how many.
  const onBoard = await ofBoard(member, board);
  const versions = onBoard.map(({ version }) => version);
  expect(versions).toEqual(versions.toSorted((a, b) => b - a));
  expect(versions).toEqual(expect.arrayContaining(entries.map(({ version }) => version)));
  expect(onBoard.map((entry) => entry.says)).toEqual(
    expect.arrayContaining([
      `${owner} moved 2 tasks to “Done”`,
      `${owner} changed 2 tasks`,
      `${owner} made the label “Bug”`,
      `${owner} added the field “Severity” to the project`,
    ]),
  );
});

test("every type of event has its text, but for those of one's own inbox, which is told by notifications", () => {
  expect(Object.keys(ON_BOARDS).toSorted()).toEqual(Object.keys(BOARD_EVENTS).toSorted());
  expect(Object.keys(IN_ORGS).toSorted()).toEqual(Object.keys(ORG_EVENTS).toSorted());
});

test("a feed tells of boards that the asker sees now alone, and of who is gone no more than that", async ({
  world,
}) => {
  const org = await world.org();
  const [member, guest, elsewhere] = [await org.as("member"), await org.as("guest"), await world.org()];
  const open = await org.board({ tasks: ["Open"] });
  const hidden = await org.board({ visibility: "private" });
  const at = { boardId: hidden.id, columnId: hidden.column("Todo") };
  await org.owner.caller.boards.share({ boardId: hidden.id, userId: member.id, role: "editor" });
  await member.caller.tasks.create({ ...at, title: "Clandestine" });
  await member.caller.tasks.update({ boardId: open.id, taskId: open.task("Open"), title: "Public" });
  const ofPerson = ({ caller }: Person, userId: string) =>
    all((page) => caller.activity.ofPerson({ orgId: org.id, userId, ...page }));
  const titles = async (asker: Person) =>
    (await ofPerson(asker, member.id)).flatMap(({ task }) => task?.name?.slice(6) ?? []);
  const another = await org.another("member");
  expect(await titles(org.owner)).toEqual(["Public", "Clandestine"]);
  expect(await titles(another)).toEqual(["Public"]);
  // What they did in the organisation itself is for its members.
  expect((await ofPerson(another, member.id)).at(-1)?.says).toBe(`${member.name} brought themself in as member`);
  expect(await refusal(ofPerson(guest, member.id))).toBe("MEMBER_NOT_FOUND");
  expect(await refusal(ofPerson(another, newId()))).toBe("MEMBER_NOT_FOUND");
  expect(await refusal(ofPerson(another, elsewhere.owner.id))).toBe("MEMBER_NOT_FOUND");
  await org.owner.caller.boards.share({ boardId: hidden.id, userId: guest.id, role: "viewer" });
  expect(await titles(guest)).toEqual(["Clandestine"]);
  await org.owner.caller.boards.unshare({ boardId: hidden.id, userId: guest.id });
  expect(await refusal(ofPerson(guest, member.id))).toBe("MEMBER_NOT_FOUND");
  expect(await refusal(guest.caller.activity.ofBoard({ boardId: hidden.id }))).toBe("BOARD_NOT_FOUND");

  // A page goes on where it ended, whatever came meanwhile.
  const first = await org.owner.caller.activity.ofPerson({ orgId: org.id, userId: member.id, limit: 1 });
  await member.caller.tasks.update({ boardId: open.id, taskId: open.task("Open"), title: "Later" });
  const { nextCursor: cursor } = first;
  const second = await org.owner.caller.activity.ofPerson({ orgId: org.id, userId: member.id, limit: 1, cursor });
  expect(second.items.map(({ board, task }) => [board?.id, task?.name])).toEqual([[hidden.id, "PRJ-2 Clandestine"]]);

  await deleteAccountOf(world.services, member.email);
  const entries = await ofBoard(org.owner, open);
  expect(entries[0]).toMatchObject({ actor: { kind: "person", id: member.id, name: null } });
  expect(entries[0]?.says).toBe("a deleted account changed PRJ-1 Later: title from “Public” to “Later”");
  expect(JSON.stringify(entries)).not.toContain(member.name);
});

test("what was done to a task is found by indexes, whatever else happened on the board", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One", "Two"] });
  const many = { boardId: board.id, taskIds: [board.task("One"), board.task("Two")] };
  await org.owner.caller.tasks.bulkArchive(many);
  await world.db.execute(sql`
    insert into event (stream_id, version, nonce, org_id, access_version, type, actor_id, mutation_id, data, at)
    select stream_id, version * 10000 + n, n, org_id, access_version, type, actor_id, mutation_id,
      case type when 'tasks.archived' then jsonb_build_object('taskIds', jsonb_build_array(gen_random_uuid()))
        else jsonb_set(data, '{task,id}', to_jsonb(gen_random_uuid()::text)) end, at
    from event, generate_series(1, 5000) n where stream_id = ${board.id}::uuid and type in ('task.created', 'tasks.archived')
      and coalesce(data->'task'->>'title', 'One') = 'One'`);
  await world.db.execute(sql`analyze event`);
  const [door] = await world.db.execute<{ query: string }>(sql`
    select substring(prosrc from 'return query(.*?);') as query from pg_proc where proname = 'task_events'`);
  const called = {
    of_board: `'${board.id}'::uuid`,
    of_task: `'${board.task("One")}'::uuid`,
    before: "99999999",
    at_most: "51",
  };
  const query = Object.entries(called).reduce((text, [name, value]) => text.replaceAll(name, value), door?.query ?? "");
  const plan = JSON.stringify(await world.db.execute(sql`explain ${sql.raw(query)}`));
  expect(plan).toMatch(/event_task\b/u);
  expect(plan).toMatch(/event_tasks\b/u);
  expect(plan).not.toContain("Seq Scan");
  const found = await world.db.execute(sql.raw(query));
  expect(found).toHaveLength(2);
});
