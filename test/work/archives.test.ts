import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { AppServices } from "../../server/core/context.ts";
import type { Files } from "../../server/core/files/files.ts";
import type { Operation } from "../../server/domains/home/operations.contract.ts";
import { Exported, Imported } from "../../server/domains/work/archives/archives.contract.ts";
import { archiveExportWorker } from "../../server/domains/work/archives/export-archive.ts";
import { archiveImportWorker } from "../../server/domains/work/archives/import-archive.ts";
import { type Archive, archiveOf, runOperation, sendArchive, zipOf } from "../setup/archive.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { until } from "../setup/clients.ts";
import { changedBy } from "../setup/outcome.ts";
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

async function exported(world: World, person: Person, operation: Operation): Promise<Archive> {
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

/** An archive of two tasks and a file, by its parts. */
async function smallArchive(world: World): Promise<{ org: TestOrg; archive: Archive }> {
  const org = await world.org();
  const board = await org.board({ tasks: ["One", "Two"] });
  const at = { boardId: board.id, taskId: board.task("One") };
  await attachFile(world, org.owner, { at, body: pieces("A file") });
  await org.owner.caller.tasks.update({ ...at, assigneeIds: [org.owner.id] });
  await org.owner.caller.comments.create({ ...at, text: `<@${org.owner.id}> said so` });
  const archive = await exported(world, org.owner, await org.owner.caller.archives.exportBoard({ boardId: board.id }));
  return { org, archive };
}

async function endOf({ caller }: Person, { id: operationId }: Operation) {
  const { state, errorKind, errorFields, result } = await caller.operations.get({ operationId });
  return { state, errorKind, errorFields, result };
}

async function namesIn({ caller }: Person, orgId: string): Promise<string[]> {
  const [projects, boards] = [await caller.projects.list({ orgId }), await caller.boards.list({ orgId })];
  return [...projects.items.map(({ name }) => name), ...boards.items.map(({ name }) => name)];
}

/** How many files are kept that nothing refers to, and have their time yet. */
async function countWaiting({ db }: World, orgId: string): Promise<number> {
  const rows = await db.execute(
    sql`select from stored_file where org_id = ${orgId}::uuid and expires_at > now() - interval '1 day'`,
  );
  return rows.length;
}

test("an archive has what its maker may export by then: nothing of others, and nothing for who may not any more", async ({
  world,
}) => {
  const org = await world.org();
  const { owner } = org;
  const admin = await org.another("admin");
  const shared = await org.board({ tasks: ["Seen"] });
  await org.board({ tasks: ["Hidden"], visibility: "private" });
  await owner.caller.views.create({ orgId: org.id, name: "Private" });
  const ofAdmin = await exported(world, admin, await admin.caller.archives.export({ orgId: org.id }));
  expect(ofAdmin.parts.get("tasks.jsonl")).toContain("Seen");
  expect([...ofAdmin.parts.values()].join("")).not.toMatch(/Hidden|"Private"/u);
  // A guest who edits a board sees neither addresses of members nor rules.
  const guest = await shared.as("editor");
  const rule = { orgId: org.id, projectId: shared.projectId, name: "Rule", trigger: { on: "task-created" as const } };
  await owner.caller.rules.create({ ...rule, boardId: shared.id, actions: [{ do: "archive" }] });
  const ofGuest = await exported(world, guest, await guest.caller.archives.exportBoard({ boardId: shared.id }));
  expect(ofGuest.parts.get("rules.jsonl")).toBe("");
  expect(ofGuest.parts.get("people.jsonl")).toMatch(/"email":null/u);
  expect(ofGuest.parts.get("people.jsonl")).not.toContain("@");
  // Whose role ends before the job comes, and who leaves while it is done.
  const waiting = await admin.caller.archives.export({ orgId: org.id });
  await owner.caller.members.setRole({ orgId: org.id, userId: admin.id, role: "member" });
  await runOperation(world, waiting);
  expect(await endOf(admin, waiting)).toMatchObject({ state: "failed", errorKind: "ACTION_FORBIDDEN" });
  const leaving = await guest.caller.archives.exportBoard({ boardId: shared.id });
  const before = await countWaiting(world, org.id);
  const leave = () => owner.caller.members.remove({ orgId: org.id, userId: guest.id });
  await runOperation(world, leaving, withFiles(world, "receive", leave));
  expect(await countWaiting(world, org.id)).toBe(before);
});

/** The services of a process in which something happens whenever files are asked for this. */
function withFiles({ services }: World, method: keyof Files, first: () => Promise<unknown>): AppServices {
  const files = new Proxy(services.files, {
    get(target, key): unknown {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        if (key === method) await first();
        const answer: unknown = Reflect.apply(value, target, args);
        return answer;
      };
    },
  });
  return { ...services, files };
}

test("an import that dies goes on where it was, and one that is cancelled leaves nothing", async ({ world }) => {
  const { archive } = await smallArchive(world);
  const org = await world.org();
  const { owner } = org;
  const importing = await sendArchive(world, owner, org.id, archive.bytes);
  const crash = () => Promise.reject(new Error("the process dies"));
  await expect(runOperation(world, importing, withFiles(world, "refer", crash), false)).rejects.toThrow("dies");
  // An empty project is there; nothing is in it.
  expect(await namesIn(owner, org.id)).toEqual(["Project"]);
  await runOperation(world, importing);
  expect(await endOf(owner, importing)).toMatchObject({ state: "done" });
  expect(await namesIn(owner, org.id)).toEqual(["Project", "Board"]);
  expect(await countWaiting(world, org.id)).toBe(0);

  const other = await sendArchive(world, owner, org.id, archive.bytes);
  const cancel = () => owner.caller.operations.cancel({ operationId: other.id });
  await runOperation(world, other, withFiles(world, "refer", cancel));
  expect(await endOf(owner, other)).toMatchObject({ state: "cancelled", result: null });
  expect(await namesIn(owner, org.id)).toEqual(["Project", "Board"]);
  expect(await countWaiting(world, org.id)).toBe(0);
  // One for which nothing was sent yet.
  const { operation } = await owner.caller.archives.import({ orgId: org.id, fileName: "a.zip" });
  await owner.caller.operations.cancel({ operationId: operation.id });
  await runOperation(world, operation);
  expect((await endOf(owner, operation)).state).toBe("cancelled");
});

test("whom an archive names and nobody here is, stays by name; what is of them alone is left out, and said", async ({
  world,
}) => {
  const from = await world.org();
  await furnished(world, from);
  const archive = await exported(world, from.owner, await from.owner.caller.archives.export({ orgId: from.id }));
  const org = await world.org();
  const { owner } = org;
  const importing = await sendArchive(world, owner, org.id, archive.bytes);
  await runOperation(world, importing);
  const { boardIds, unmatchedPeople, leftOut } = Imported.parse((await endOf(owner, importing)).result);
  expect(unmatchedPeople).toHaveLength(2);
  expect(leftOut).toEqual({
    "people in fields": 1,
    "people of items of checklists": 2,
    reactions: 2,
    "entries of time": 2,
    rules: 1,
  });
  const [boardId = ""] = boardIds;
  const { tasks } = await owner.caller.boards.get({ boardId });
  const first = tasks.find(({ title }) => title === "First");
  expect(first).toMatchObject({ assigneeIds: [], itemsDone: 2, itemsTotal: 4, commentCount: 3, attachmentCount: 1 });
  expect(first).toMatchObject({ assigneeNames: unmatchedPeople, blockersElsewhere: 1 });
  const at = { boardId, taskId: first?.id ?? "" };
  const { items } = await owner.caller.comments.list(at);
  expect(items[0]).toMatchObject({ origin: "imported", authorId: null, authorName: from.owner.name, mentionIds: [] });
  expect(items[0]?.text).toContain(`@${(await from.as("member")).name} and @{x}`);
  expect((await owner.caller.tasks.search({ orgId: org.id, filter: "lines" })).items).toMatchObject([
    { title: "First" },
  ]);
});

test("an archive of one project goes into a project that there is, with its fields and behind its numbers", async ({
  world,
}) => {
  const from = await world.org();
  const { boardId } = await furnished(world, from);
  const archive = await exported(world, from.owner, await from.owner.caller.archives.exportBoard({ boardId }));
  const org = await sameBelow(world, from);
  const { id: orgId } = org;
  const { owner } = from;
  const { caller } = owner;
  const { id: projectId } = await caller.projects.create({ orgId, name: "Here", key: "HERE" });
  const board = await caller.boards.create({ orgId, projectId, name: "Before", columns: ["Todo"] });
  const [column] = (await caller.boards.get({ boardId: board.id })).columns;
  await caller.tasks.create({ boardId: board.id, columnId: column?.id ?? "", title: "Before" });
  const number = await caller.fields.create({ orgId, projectId, name: "Number", kind: "number" });
  const options = [{ name: "low" }, { name: "Medium" }, { name: "HIGH" }];
  const select = await caller.fields.create({ orgId, projectId, name: "select", kind: "select", options });
  await caller.fields.create({
    orgId,
    projectId,
    name: "multi-select",
    kind: "multi-select",
    options: [{ name: "Low" }],
  });
  const sprint = await caller.plans.create({ orgId, projectId, kind: "sprint", name: "sprint" });
  const into = async (bytes: Uint8Array) => {
    const importing = await sendArchive(world, owner, orgId, bytes, projectId);
    await runOperation(world, importing);
    return endOf(owner, importing);
  };
  const { boardIds, leftOut, projects } = Imported.parse((await into(archive.bytes)).result);
  expect(projects).toEqual([{ id: projectId, key: "HERE", keyBefore: "PRJ" }]);
  expect(leftOut).toEqual({ "values of fields": 3 });
  const { tasks, fields, board: made } = await caller.boards.get({ boardId: boardIds[0] ?? "" });
  expect([made.projectId, fields.length]).toEqual([projectId, 3]);
  const first = tasks.find(({ title }) => title === "First");
  expect(first).toMatchObject({ key: "HERE-2", fields: { [number.id]: -1.5, [select.id]: select.options[2]?.id } });
  expect(tasks.find(({ title }) => title === "Second")).toMatchObject({ key: "HERE-3", parentId: first?.id });
  const inSprint = await caller.tasks.count({ orgId, filter: `sprint:${sprint.id}` });
  expect(inSprint).toMatchObject({ count: 2 });
  const next = await caller.tasks.create({ boardId: board.id, columnId: column?.id ?? "", title: "Next" });
  expect(next.number).toBe(Math.max(...tasks.map((task) => task.number)) + 2);
  const several = await exported(world, from.owner, await from.owner.caller.archives.export({ orgId: from.id }));
  expect(await into(several.bytes)).toMatchObject({ state: "failed", errorKind: "ARCHIVE_INVALID" });
});

/** What is wrong with an archive → what it is refused with. */
type Broken = Record<string, { change: (archive: Archive) => Uint8Array | Promise<Uint8Array>; says: object }>;

function withPart(name: string, change: (text: string) => string): (archive: Archive) => Promise<Buffer> {
  return ({ parts }) => zipOf([...parts].map(([part, text]) => [part, part === name ? change(text) : text] as const));
}

const JUNK = Buffer.alloc(17 << 20);
const INVALID = (where: string) => ({
  errorKind: "ARCHIVE_INVALID",
  errorFields: [where],
});

const BROKEN: Broken = {
  "no zip": { change: () => Buffer.from("PK, and nothing else"), says: INVALID("") },
  "cut off": { change: ({ bytes }) => bytes.subarray(0, bytes.byteLength - 40), says: INVALID("") },
  "bytes that are others": {
    change({ bytes }) {
      const at = Buffer.from(bytes).indexOf("A file");
      return Buffer.from(bytes).fill("B", at, at + 1);
    },
    says: INVALID(`files/${createHash("sha256").update("A file").digest("hex")}`),
  },
  "a name that leads elsewhere": {
    change: ({ bytes }) =>
      Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll("views.jsonl", "../views.js"), "latin1"),
    says: INVALID(""),
  },
  "a part that is none": { change: ({ parts }) => zipOf([...parts, ["run.sh", "#!"]]), says: INVALID("run.sh") },
  "a part twice": {
    change: ({ parts }) => zipOf([...parts, ["views.jsonl", ""]]),
    says: INVALID("views.jsonl"),
  },
  "a part missing": {
    change: ({ parts }) => zipOf([...parts].filter(([name]) => name !== "labels.jsonl")),
    says: INVALID("labels.jsonl"),
  },
  "a file that unpacks to too much": {
    change: ({ parts }) => zipOf([...parts, [`files/${createHash("sha256").update(JUNK).digest("hex")}`, JUNK]]),
    says: INVALID(`files/${createHash("sha256").update(JUNK).digest("hex")}`),
  },
  "a newer version": {
    change: withPart("manifest.json", (text) => text.replace('"version":1', '"version":2')),
    says: { errorKind: "ARCHIVE_TOO_NEW", errorFields: null },
  },
  "a line that is no JSON": {
    change: withPart("tasks.jsonl", (text) => `${text}{"key":\n`),
    says: INVALID("tasks.jsonl:3"),
  },
  "a line that is too long": {
    change: withPart("tasks.jsonl", (text) => `${text}"${"x".repeat(5 << 20)}"`),
    says: INVALID("tasks.jsonl:3"),
  },
  "a column of nothing": {
    change: withPart("tasks.jsonl", (text) => text.replace('"column":1', '"column":9')),
    says: INVALID("tasks.jsonl:1"),
  },
  "two tasks of a key": {
    change: withPart("tasks.jsonl", (text) => text.replace("PRJ-2", "PRJ-1")),
    says: INVALID("tasks.jsonl:2"),
  },
  "a task that is a part of itself": {
    change: withPart("tasks.jsonl", (text) => text.replace('"parent":null', '"parent":"PRJ-1"')),
    says: INVALID("tasks.jsonl PRJ-1"),
  },
  "tasks that block each other": {
    change: withPart("relations.jsonl", () =>
      [
        ["PRJ-1", "PRJ-2"],
        ["PRJ-2", "PRJ-1"],
      ]
        .map(
          ([from, to]) =>
            `{"kind":"blocks","from":"${from}","to":"${to}","createdBy":1,"createdAt":"2026-01-01T00:00:00Z"}`,
        )
        .join("\n"),
    ),
    says: INVALID("relations.jsonl"),
  },
  "an answer to nothing": {
    change: withPart("comments.jsonl", (text) => text.replace('"answers":null', '"answers":1')),
    says: INVALID("comments.jsonl:1"),
  },
  "a field that is not known": {
    change: withPart("labels.jsonl", () => '{"n":1,"board":1,"name":"x","color":"red","id":"y"}'),
    says: INVALID("labels.jsonl:1"),
  },
};

test("a broken archive is refused with where it is broken, and leaves nothing", async ({ world }) => {
  const { archive } = await smallArchive(world);
  const org = await world.org();
  const changed = await changedBy(world.db, async () => {
    for (const [name, { change, says }] of Object.entries(BROKEN)) {
      const importing = await sendArchive(world, org.owner, org.id, await change(archive));
      await runOperation(world, importing);
      const { result, errorFields, ...end } = await endOf(org.owner, importing);
      const where = errorFields && Object.keys(errorFields);
      expect({ name, result, ...end, errorFields: where }).toEqual({ name, result: null, state: "failed", ...says });
    }
  });
  expect(changed).toEqual(["stored_file", "operation", "stream", "event", "mutation"]);
  expect(await countWaiting(world, org.id)).toBe(0);
});

// The last one: from here on jobs are done by this process.
test("an archive goes over HTTP by jobs of the queue: to its maker, while they may, for seven days", async ({
  world,
}) => {
  const { url } = await world.app();
  const { services } = world;
  // What the others have left.
  await world.db.execute(sql`delete from pgboss.job`);
  await services.jobs.start([archiveExportWorker(services), archiveImportWorker(services)]);
  const org = await world.org();
  const [admin, member] = [await org.as("admin"), await org.as("member")];
  await org.board({ tasks: ["Task"] });
  const ended = (by: Person, { id }: Operation) =>
    until(async () => (await by.caller.operations.get({ operationId: id })).finishedAt !== null);
  const operation = await admin.caller.archives.export({ orgId: org.id });
  await ended(admin, operation);
  const { downloadUrl, sizeBytes } = Exported.parse((await endOf(admin, operation)).result);
  const fetchAs = ({ token }: Person, path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}` } });
  const got = await fetchAs(admin, downloadUrl);
  expect([got.status, got.headers.get("content-type")]).toEqual([200, "application/zip"]);
  const bytes = new Uint8Array(await got.arrayBuffer());
  expect(bytes.byteLength).toBe(sizeBytes);

  const { operation: importing, uploadUrl } = await member.caller.archives.import({ orgId: org.id, fileName: "a.zip" });
  expect((await fetchAs(admin, uploadUrl, { method: "PUT", body: bytes })).status).toBe(404);
  expect((await fetchAs(member, uploadUrl, { method: "PUT", body: bytes })).status).toBe(200);
  expect((await fetchAs(member, uploadUrl, { method: "PUT", body: bytes })).status).toBe(409);
  await ended(member, importing);
  const { projects, boardIds } = Imported.parse((await endOf(member, importing)).result);
  expect(projects).toMatchObject([{ key: "PRJ2", keyBefore: "PRJ" }]);
  const [boardId = ""] = boardIds;
  expect(await member.caller.boards.access({ boardId })).toMatchObject({ role: "manager" });
  expect((await admin.caller.boards.get({ boardId })).tasks).toMatchObject([{ key: "PRJ2-1", title: "Task" }]);

  for (const by of [org.owner, member]) expect((await fetchAs(by, downloadUrl)).status).toBe(404);
  await org.owner.caller.members.setRole({ orgId: org.id, userId: admin.id, role: "member" });
  expect((await fetchAs(admin, downloadUrl)).status).toBe(403);
  await org.owner.caller.members.setRole({ orgId: org.id, userId: admin.id, role: "admin" });
  world.clock.advance(7 * 86_400_000);
  expect((await fetchAs(admin, downloadUrl)).status).toBe(404);
  world.clock.advance(-7 * 86_400_000);
});
