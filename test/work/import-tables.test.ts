import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { announceTable, importTable } from "../setup/tables.ts";
import { runImport } from "../setup/trello.ts";
import { outcomeOf } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, test, type TestOrg, type World } from "../setup/world.ts";

/** The tasks of a board by their titles, with the names of what they have. */
async function tasksOf({ caller }: Person, boardId: string) {
  const { columns, labels, tasks } = await caller.boards.get({ boardId });
  const nameOf = (things: readonly { id: string; name: string }[], id: string) =>
    things.find((thing) => thing.id === id)?.name;
  const named = tasks.map((task) => ({
    ...task,
    column: nameOf(columns, task.columnId),
    labels: task.labelIds.map((id) => nameOf(labels, id) ?? "").toSorted(byText),
  }));
  return new Map(named.map((task) => [task.title, task]));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

const TABLE = `Id,Title,Status,Owner,Tags,Due date,Points,Priority,Parent
A-1,Plan,Backlog,Nobody Here,"red; blue",2026-03-01,3,High,
A-2,Build,In progress,OWNER,red,2026-03-02T10:00:00+01:00,"2,5",,A-1
A-3,"Ship, at last",Done,,,,,urgent,A-1
`;

test("a table becomes a board: columns in groups, labels, people, dates, parts; its rows are answered one by one", async ({
  world,
}) => {
  const org = await world.org();
  const { owner } = org;
  const table = await announceTable(world, org);
  expect(await refusal(table.preview())).toBe("IMPORT_NOT_READY");
  expect(await table.upload(TABLE.replace("OWNER", owner.email.toUpperCase()))).toMatchObject({ rowCount: 3 });
  const preview = await table.preview();
  expect(preview.columns.map(({ name }) => name)).toEqual(TABLE.split("\n")[0]?.split(","));
  expect(preview.mapping.columns.map(({ to }) => to)).toEqual([
    "id",
    "title",
    "column",
    "assignees",
    "labels",
    "due",
    "estimate",
    "priority",
    "parent",
  ]);
  expect(preview).toMatchObject({
    rowCount: 3,
    rowsChecked: 3,
    problems: [{ kind: "PERSON_UNKNOWN", count: 1, firstRow: 1 }],
    unknownPeople: ["Nobody Here"],
    newColumns: [
      { name: "Backlog", stateGroup: "backlog" },
      { name: "In progress", stateGroup: "started" },
      { name: "Done", stateGroup: "completed" },
    ],
    newLabels: ["red", "blue"],
  });
  expect(preview.rows[1]).toMatchObject({ title: "Build", column: "In progress", estimate: 2.5, refusal: null });
  const target = { orgId: org.id, importId: table.importId, mapping: preview.mapping };
  const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.imports.start({ ...target, mutationId }),
  );
  const { boardId, operationId } = answer;
  expect(announced.map(({ type }) => type).toSorted(byText)).toEqual([
    "board.created",
    "operation.changed",
    "share.received",
  ]);
  expect(await refusal(table.start())).toBe("IMPORT_RUNNING");
  await runImport(world, org.id, operationId);
  expect(await table.get()).toMatchObject({
    state: "done",
    boardId,
    rowCount: 3,
    rowsDone: 3,
    report: {
      created: { tasks: 3, columns: 3, labels: 2 },
      refused: 0,
      unmatchedMembers: ["Nobody Here"],
      matchedMembers: [{ userId: owner.id }],
    },
  });
  expect(await owner.caller.operations.get({ operationId })).toMatchObject({
    state: "done",
    result: { created: 3, unchanged: 0, refused: 0 },
  });
  const { name } = (await owner.caller.boards.list({ orgId: org.id })).items[0] ?? {};
  expect(name).toBe("Tasks");
  const tasks = await tasksOf(owner, boardId);
  const [plan, build, ship] = ["Plan", "Build", "Ship, at last"].map((title) => tasks.get(title));
  expect(plan).toMatchObject({
    column: "Backlog",
    labels: ["blue", "red"],
    assigneeNames: ["Nobody Here"],
    dueOn: "2026-03-01",
    timeZone: "UTC",
    estimate: 3,
    priority: "high",
    parentId: null,
  });
  expect(build).toMatchObject({ assigneeIds: [owner.id], dueAt: "2026-03-02T09:00:00.000Z", parentId: plan?.id });
  expect(ship).toMatchObject({ column: "Done", priority: "urgent", parentId: plan?.id });
  expect(await table.rows()).toMatchObject([
    { row: 1, outcome: "created", taskId: plan?.id, notes: ["PERSON_UNKNOWN"] },
    { row: 2, outcome: "created", taskId: build?.id, notes: [] },
    { row: 3, outcome: "created", taskId: ship?.id },
  ]);
});

test("the same file again adds nothing, one more row adds that, and wrong rows are refused with their reasons", async ({
  world,
}) => {
  const org = await world.org();
  const first = await importTable(world, org, TABLE);
  const { boardId, projectId } = first;
  const again = await importTable(world, org, TABLE, { boardId, projectId });
  expect(again.found.report).toMatchObject({ created: { tasks: 0, columns: 0, labels: 0 }, unchanged: { tasks: 3 } });
  await world.db.execute(
    sql`update board_column set wip_limit = 2 where board_id = ${boardId}::uuid and name = 'Backlog'`,
  );
  const wrong = `${TABLE}A-4,,Backlog,,,,,,
A-5,Date,Backlog,,,3/4/2026,,,
A-6,No date,Backlog,,,yesterday,,,
A-7,Points,Backlog,,,,many,,
A-8,Priority,Backlog,,,,,soon,
A-9,Room,Backlog,,,,,,A-99
A-10,No room,Backlog,,,,,,
A-9,Twice,Done,,,,,,
A-11,Good,Done,,,,,,
`;
  const third = await importTable(world, org, wrong, { boardId, projectId });
  expect(
    (await third.rows()).map(({ row, outcome, refusal: kind, notes }) => [row, kind ?? outcome, ...notes]),
  ).toEqual([
    [1, "unchanged"],
    [2, "unchanged"],
    [3, "unchanged"],
    [4, "TITLE_MISSING"],
    [5, "DATE_AMBIGUOUS"],
    [6, "DATE_INVALID"],
    [7, "ESTIMATE_INVALID"],
    [8, "PRIORITY_UNKNOWN"],
    [9, "created", "PARENT_NOT_FOUND"],
    [10, "WIP_LIMIT_REACHED"],
    [11, "ID_REPEATED"],
    [12, "created"],
  ]);
  const said = await importTable(world, org, wrong, { boardId, projectId, mapping: { dates: "dmy" } });
  expect(said.found.report).toMatchObject({ created: { tasks: 0 }, refused: 7 });
  const closed = await importTable(world, org, "Title,Status\nNew,Elsewhere\n", {
    boardId,
    projectId,
    mapping: { missing: "refuse" },
  });
  expect(await closed.rows()).toMatchObject([{ refusal: "COLUMN_UNKNOWN" }]);
});

/** A table of so many rows. */
function long(rows: number): string {
  return ["Id,Title,Status", ...Array.from({ length: rows }, (_, row) => `${row},Task ${row},S${row % 3}`)].join("\n");
}

test("a run that ended between two pieces goes on behind them; one that is cancelled leaves what it says", async ({
  world,
}) => {
  const org = await world.org();
  const { owner } = org;
  const table = await announceTable(world, org);
  await table.upload(long(1_200));
  const { boardId, operationId } = await table.start();
  // The first piece is there, and the process has ended.
  const stop = new AbortController();
  const count = () => tasksIn(world, boardId);
  const { importWorker } = await import("../../server/domains/work/imports/import-operation.ts");
  const dies = importWorker(world.services).run({ orgId: org.id, operationId }, stop.signal, { isLastTry: false });
  stop.abort(new Error("the process ends"));
  await expect(dies).rejects.toThrow("the process ends");
  const before = await count();
  await Promise.all([runImport(world, org.id, operationId), runImport(world, org.id, operationId)]);
  expect(before).toBeLessThan(1_200);
  expect(await count()).toBe(1_200);
  expect(await table.get()).toMatchObject({ state: "done", report: { created: { tasks: 1_200 } } });
  const resets = await world.db.execute(
    sql`select from event where stream_id = ${boardId}::uuid and type = 'board.reset'`,
  );
  expect(resets).toHaveLength(3);
  const cancelled = await announceTable(world, org);
  await cancelled.upload(long(10));
  const second = await cancelled.start();
  await owner.caller.operations.cancel({ operationId: second.operationId });
  await runImport(world, org.id, second.operationId);
  expect(await cancelled.get()).toMatchObject({ state: "cancelled", rowsDone: 0 });
  expect((await cancelled.rows()).every(({ outcome }) => outcome === null)).toBe(true);
  expect(await owner.caller.operations.get({ operationId: second.operationId })).toMatchObject({ state: "cancelled" });
});

async function tasksIn({ db }: World, boardId: string): Promise<number> {
  const [row] = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from task where board_id = ${boardId}::uuid`,
  );
  return row?.count ?? 0;
}

async function memberOf(org: TestOrg): Promise<Person> {
  return org.as("member");
}

test("nobody sees or starts what somebody else imports, nor goes on when they may not any more", async ({ world }) => {
  const org = await world.org();
  const [member, admin, stranger] = [await memberOf(org), await org.as("admin"), await world.org()];
  const { id: boardId, projectId } = await org.board({ columns: ["Todo"], by: member });
  const table = await announceTable(world, org, { by: member, boardId, projectId });
  await table.upload(TABLE);
  const target = { orgId: org.id, importId: table.importId };
  const { mapping } = await table.preview();
  expect(await refusal(admin.caller.imports.preview(target))).toBe("IMPORT_NOT_FOUND");
  expect(await refusal(admin.caller.imports.start({ ...target, mapping }))).toBe("IMPORT_NOT_FOUND");
  expect(await refusal(admin.caller.imports.rows(target))).toBe("IMPORT_NOT_FOUND");
  expect(await refusal(stranger.owner.caller.imports.preview(target))).toBe("ORG_NOT_FOUND");
  const guest = await org.as("guest");
  const asked = { orgId: org.id, projectId, source: "csv", fileName: "a.csv", boardId } as const;
  expect(await refusal(guest.caller.imports.create(asked))).toBe("ACTION_FORBIDDEN");
  const secret = await org.board({ visibility: "private" });
  expect(await refusal(member.caller.imports.create({ ...asked, boardId: secret.id }))).toBe("BOARD_NOT_FOUND");
  const nothing = { ...mapping, columns: mapping.columns.filter(({ to }) => to !== "title") };
  expect(await refusal(member.caller.imports.start({ ...target, mapping: nothing }))).toBe("INPUT_INVALID");
  await org.owner.caller.boards.update({ boardId, visibility: "private" });
  await org.owner.caller.boards.unshare({ boardId, userId: member.id });
  expect(await refusal(member.caller.imports.preview(target))).toBe("BOARD_NOT_FOUND");
  expect(await refusal(member.caller.imports.start({ ...target, mapping }))).toBe("BOARD_NOT_FOUND");
  await org.owner.caller.boards.update({ boardId, visibility: "org" });
  const { operationId } = await member.caller.imports.start({ ...target, mapping });
  await org.owner.caller.boards.archive({ boardId });
  await runImport(world, org.id, operationId);
  expect(await table.get()).toMatchObject({ state: "failed", errorKind: "BOARD_ARCHIVED", rowsDone: 0 });
  expect(await member.caller.operations.get({ operationId })).toMatchObject({
    state: "failed",
    errorKind: "BOARD_ARCHIVED",
  });
});

test("the table that Trestle writes comes in again as it was, formulas and fields included", async ({ world }) => {
  const org = await world.org();
  const { owner } = org;
  const {
    id: boardId,
    projectId,
    ...board
  } = await org.board({ columns: ["Todo", "Done"], tasks: ["=Task", "Whole"] });
  const { caller } = owner;
  const inProject = { orgId: org.id, projectId };
  const size = await caller.fields.create({ ...inProject, name: "Size", kind: "number" });
  const who = await caller.fields.create({ ...inProject, name: "Who", kind: "person" });
  const on = await caller.fields.create({ ...inProject, name: "On", kind: "date" });
  const options = [{ name: "A" }, { name: "B" }];
  const kind = await caller.fields.create({ ...inProject, name: "Kind", kind: "multi-select", options });
  const label = await caller.labels.create({ boardId, name: "+bug", color: "red" });
  const target = { boardId, taskId: board.task("Whole") };
  await caller.tasks.update({
    ...target,
    description: '-1 "quoted",\n    code \n\'@line',
    labelIds: [label.id],
    assigneeIds: [owner.id],
    startAt: "2026-02-01T10:00:00.000Z",
    dueOn: "2026-03-01",
    timeZone: "Europe/Berlin",
    estimate: 2.5,
    priority: "high",
    parentId: board.task("=Task"),
    fields: { [size.id]: -2.5, [who.id]: owner.id, [on.id]: "2026-03-02", [kind.id]: kind.options.map(({ id }) => id) },
  });
  await caller.columns.update({ boardId, columnId: board.column("Done"), stateGroup: "completed" });
  await caller.tasks.move({ ...target, columnId: board.column("Done") });
  const { url } = await world.app();
  const read = async (id: string) => {
    const headers = { authorization: `Bearer ${owner.token}` };
    return (await fetch(`${url}/boards/${id}/tasks.csv`, { headers })).text();
  };
  const written = await read(boardId);
  const copy = await importTable(world, org, written, { projectId });
  expect(copy.found.report).toMatchObject({ created: { tasks: 2 }, refused: 0, unmatchedMembers: [] });
  const changed = /,(?:PRJ-\d+|20\d\d-[^,]+Z)(?=,|\r)|^PRJ-\d+|^\u{feff}/gmu;
  const again = await read(copy.boardId);
  expect(again.replaceAll(changed, "")).toBe(written.replaceAll(changed, ""));
  const tasks = await tasksOf(owner, copy.boardId);
  expect(tasks.get("Whole")).toMatchObject({ parentId: tasks.get("=Task")?.id, startAt: "2026-02-01T10:00:00.000Z" });
});

test("the rows that were refused come back as a table, with their reasons, to whoever imported them", async ({
  world,
}) => {
  const org = await world.org();
  const table = await importTable(world, org, "Title,Due\n=1+1,soon\nGood,\nBad,1/2/2026\n");
  const { url } = await world.app();
  const read = async ({ token }: Person) =>
    (
      await fetch(`${url}/imports/${table.importId}/refused.csv`, { headers: { authorization: `Bearer ${token}` } })
    ).text();
  const text = await read(org.owner);
  expect(text).toBe(
    "Row,Reason,Title,Due\r\n1,This is no date.,'=1+1,soon\r\n3,Which number is the day? The mapping has to say it.,Bad,1/2/2026\r\n",
  );
  const again = await importTable(world, org, text.replace("soon", "2026-01-01"), { mapping: { dates: "dmy" } });
  expect(again.found.report).toMatchObject({ created: { tasks: 2 }, refused: 0 });
  expect((await tasksOf(org.owner, again.boardId)).get("=1+1")).toMatchObject({ dueOn: "2026-01-01" });
  for (const person of [await org.as("admin"), await world.person()]) {
    expect(await read(person)).toContain("IMPORT_NOT_FOUND");
  }
});

test("issues of Jira come with their parents, sprints, comments and what blocks them", async ({ world }) => {
  const org = await world.org();
  const { owner } = org;
  const file = `Summary,Issue key,Issue id,Status,Status Category,Parent,Sprint,Outward issue link (Blocks),Comment,Comment
Part,WEB-2,102,Review,In Progress,101,S1,WEB-3,1/Mar/26 9:00 AM;${owner.name};*Yes*,2/Mar/26 9:00 AM;Gone;No
Epic,WEB-1,101,Open,To Do,,S1,,,
Last,WEB-3,103,Closed,Done,WEB-9,,WEB-2;,,
`;
  const jira = await importTable(world, org, file.replace("WEB-2;", "WEB-2"), { source: "jira", fileName: "jira.csv" });
  const tasks = await tasksOf(owner, jira.boardId);
  const [part, epic, last] = ["Part", "Epic", "Last"].map((title) => tasks.get(title));
  expect(part).toMatchObject({ column: "Review", parentId: epic?.id, commentCount: 2, blockerIds: [] });
  expect(last).toMatchObject({ blockerIds: [part?.id], parentId: null });
  expect((await jira.rows()).map(({ notes }) => notes)).toEqual([[], [], ["PARENT_NOT_FOUND", "RELATION_REFUSED"]]);
  const { items } = await owner.caller.comments.list({ boardId: jira.boardId, taskId: part?.id ?? "" });
  expect(items.map(({ text, authorId, authorName }) => [text, authorId, authorName])).toEqual(
    expect.arrayContaining([
      ["**Yes**", owner.id, null],
      ["No", null, "Gone"],
    ]),
  );
  const { items: plans } = await owner.caller.plans.list({ orgId: org.id, projectId: jira.projectId });
  expect(plans).toMatchObject([{ kind: "sprint", name: "S1" }]);
});

test("issues of GitHub come without pull requests; what is no list of them is refused", async ({ world }) => {
  const org = await world.org();
  const issue = (number: number, more: object = {}) => ({
    number,
    title: `Issue ${number}`,
    state: "open",
    html_url: `https://github.com/acme/app/issues/${number}`,
    ...more,
  });
  const file = [
    issue(1, { milestone: { title: "v1" }, labels: [{ name: "bug", color: "ff0000" }] }),
    issue(2, { pull_request: {} }),
    issue(3, { state: "closed", body: "a\0b" }),
    { id: 4 },
  ];
  const github = await importTable(world, org, JSON.stringify(file), { source: "github", fileName: "issues.json" });
  expect(github.found).toMatchObject({
    rowCount: 3,
    report: { created: { tasks: 2 }, refused: 1, notMapped: [{ what: "pull requests", count: 1 }] },
  });
  const tasks = await tasksOf(org.owner, github.boardId);
  expect(tasks.get("Issue 1")).toMatchObject({ column: "To do", labels: ["bug"] });
  expect(tasks.get("Issue 3")).toMatchObject({ column: "Closed", hasDescription: true });
  const { upload, get } = await announceTable(world, org, { source: "github" });
  for (const [wrong, kind] of [
    ["{}", "IMPORT_WRONG_SHAPE"],
    ["[]", "IMPORT_WRONG_SHAPE"],
    ["[{", "IMPORT_NOT_JSON"],
    [`[${"[".repeat(200)}`, "IMPORT_WRONG_SHAPE"],
  ] as const) {
    expect(await refusal(upload(wrong))).toBe(kind);
    expect(await get()).toMatchObject({ state: "failed", errorKind: kind, rowCount: null });
  }
  await upload(JSON.stringify(file));
  expect(await get()).toMatchObject({ state: "received" });
});
