import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { z } from "zod";
import type { Column } from "../../server/domains/work/columns.contract.ts";
import type { Task } from "../../server/domains/work/tasks.contract.ts";
import { changedBy, outcomeOf } from "../setup/outcome.ts";
import { announcedBy } from "../setup/log.ts";
import { announceImport, cardId, importExport, smallExport } from "../setup/trello.ts";
import { createPerson, type Person, test, type TestOrg, type World } from "../setup/world.ts";

const REAL = join(import.meta.dirname, "../../../shared/data/trello-software-team.json");

/** Everything that a board holds, out of sight or not, in the order in which it stands. */
async function contentsOf(world: World, person: Person, boardId: string) {
  const columns = await world.db.execute<Pick<Column, "id" | "name" | "state" | "wipLimit">>(
    sql`select id, name, state, wip_limit as "wipLimit" from board_column where board_id = ${boardId}::uuid order by rank`,
  );
  const tasks: Task[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await person.caller.tasks.list({ boardId, limit: 100, cursor });
    tasks.push(...page.items);
    cursor = page.nextCursor;
  }
  const ranked = tasks.toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  const inColumn = ({ id }: { id: string }) => ranked.filter(({ columnId }) => columnId === id);
  return { tasks, columns: columns.map(({ id, ...column }) => ({ ...column, tasks: inColumn({ id }) })) };
}

/** A member of the organisation with this name and address. */
async function memberCalled(world: World, org: TestOrg, name: string, email: string): Promise<Person> {
  const person = await createPerson(world.services, name);
  const { token } = await org.owner.caller.members.invite({ orgId: org.id, email: person.email, role: "member" });
  await person.caller.members.accept({ token });
  await world.db.execute(sql`update app_user set email = ${email} where id = ${person.id}::uuid`);
  return person;
}

async function importExportTo(world: World, org: TestOrg, projectId: string, file: object) {
  const { upload } = await announceImport(world, org, org.owner, projectId);
  return upload(file);
}

describe("an import", () => {
  test("makes a board with columns, cards and labels in their order, archived ones out of sight", async ({ world }) => {
    const org = await world.org();
    const { board, report } = await importExport(world, org, smallExport());
    expect(board).toMatchObject({ name: "Kitchen", visibility: "org", state: "open", orgId: org.id });
    expect(report).toMatchObject({
      created: { columns: 3, labels: 2, tasks: 5, checklists: 2 },
      unchanged: { columns: 0, labels: 0, tasks: 0 },
      differs: [],
      truncated: 0,
    });

    const snapshot = await org.owner.caller.boards.get({ boardId: board.id });
    expect(snapshot.columns.map(({ name, wipLimit }) => [name, wipLimit])).toEqual([
      ["Todo", null],
      ["Done", 3],
    ]);
    expect(snapshot.tasks.map(({ title }) => title).toSorted()).toEqual(["Finished", "First", "Second"]);
    expect(snapshot.labels.map(({ name, color }) => `${name} ${color}`).toSorted()).toEqual([" gray", "Urgent red"]);
    expect(snapshot.members).toEqual([{ userId: org.owner.id, name: org.owner.name, role: "manager" }]);

    const { columns, tasks } = await contentsOf(world, org.owner, board.id);
    expect(columns.map(({ name, state, tasks }) => [name, state, tasks.map(({ title }) => title)])).toEqual([
      ["Todo", "open", ["First", "Gone", "Second"]],
      ["Old", "archived", ["Hidden"]],
      ["Done", "open", ["Finished"]],
    ]);
    expect(tasks.map(({ title, key, state }) => [title, key, state])).toEqual([
      ["Second", "PRJ-1", "open"],
      ["First", "PRJ-2", "open"],
      ["Gone", "PRJ-3", "archived"],
      ["Hidden", "PRJ-4", "open"],
      ["Finished", "PRJ-5", "open"],
    ]);
    expect(tasks[1]).toMatchObject({
      description: "Read me",
      dueAt: "2030-05-01T10:00:00.000Z",
      createdAt: "2019-06-05T11:01:22.000Z",
      createdBy: org.owner.id,
    });
    expect(tasks[4]?.labelIds).toEqual(snapshot.labels.map(({ id }) => id));
  });

  test("keeps checklists in their order, with what is done, and adds what is new to them", async ({ world }) => {
    const org = await world.org();
    const { checklists } = org.owner.caller;
    const file = smallExport();
    const { board } = await importExport(world, org, file);
    const boardId = board.id;
    const second = (await org.owner.caller.boards.get({ boardId })).tasks.find(({ title }) => title === "Second");
    expect(second).toMatchObject({ itemsDone: 1, itemsTotal: 2 });
    const target = { boardId, taskId: second?.id ?? "" };
    const before = await checklists.get(target);
    expect(before.checklists.map(({ name }) => name)).toEqual(["First", "Later"]);
    expect(before.items).toMatchObject([
      { text: "Water", state: "done", dueAt: null },
      { text: "Salt", state: "open", dueAt: "2030-05-01T10:00:00.000Z", assigneeId: null },
    ]);
    const [later, first, ...others] = file.checklists;
    const items = [
      { id: "i3", name: "Pepper", state: "complete", pos: 5, idMember: "m3" },
      ...(first?.checkItems ?? []),
    ];
    const renamed = { ...first, name: "Renamed", checkItems: items };
    const member = await memberCalled(world, org, "Third", "third@example.test");
    const { report } = await importExportTo(world, org, board.projectId, {
      ...file,
      members: [...file.members, { id: "m3", username: "third", fullName: "Third" }],
      checklists: [later, renamed, { id: "c4", idCard: cardId(2), name: "New", pos: 1, checkItems: [] }, ...others],
    });
    expect(report).toMatchObject({ created: { checklists: 1, tasks: 0 }, unchanged: { checklists: 1 } });
    expect(report.differs).toMatchObject([{ noun: "checklist", name: "First", fields: ["name"] }]);
    const after = await checklists.get(target);
    expect(after.items.map(({ text, assigneeId }) => [text, assigneeId])).toEqual([
      ["Water", null],
      ["Salt", null],
      ["Pepper", member.id],
    ]);
    expect(await org.owner.caller.tasks.get(target)).toMatchObject({ itemsDone: 2, itemsTotal: 3 });
  });

  test("goes on being a board like any other", async ({ world }) => {
    const org = await world.org();
    const { board } = await importExport(world, org, smallExport());
    const { caller } = org.owner;
    const boardId = board.id;
    const { columns, tasks } = await caller.boards.get({ boardId });
    const [todo, done] = columns;
    const second = tasks.find(({ title }) => title === "Second");
    if (!todo || !done || !second) throw new Error("the import lost something");
    await caller.tasks.move({ boardId, taskId: second.id, columnId: done.id, after: null });
    const made = await caller.tasks.create({ boardId, columnId: todo.id, title: "New" });
    expect(made.key).toBe("PRJ-6");
    const { tasks: all } = await contentsOf(world, org.owner, boardId);
    const gone = all.find(({ title }) => title === "Gone");
    const restored = await caller.tasks.restore({ boardId, taskId: gone?.id ?? "" });
    expect(restored.rank > made.rank).toBe(true);
    expect((await caller.boards.get({ boardId })).cursor).toMatch(/^4\./u);
  });

  test("assigns the people that it recognises and keeps the others by name", async ({ world }) => {
    const org = await world.org();
    const byEmail = await memberCalled(world, org, "Somebody", "cook@kitchen.test");
    const byUser = await memberCalled(world, org, "Else", "baker@kitchen.test");
    const byName = await memberCalled(world, org, "Wendy Waiter", "ww@kitchen.test");
    for (const email of ["twin-a@kitchen.test", "twin-b@kitchen.test"]) await memberCalled(world, org, "Twin", email);
    const guest = await org.as("guest");
    const file = smallExport();
    const members = [
      { id: "m1", username: "x", fullName: "Unlike", email: "Cook@Kitchen.test" },
      { id: "m2", username: "Baker", fullName: "Bea" },
      { id: "m3", username: "waiter7", fullName: "wendy WAITER" },
      { id: "m4", username: "t", fullName: "Twin" },
      { id: "m5", username: "g", fullName: guest.name },
      { id: "m6", username: "only-user-name", fullName: " " },
    ];
    const idMembers = [...members.map(({ id }) => id), "m7"];
    const [card, ...cards] = file.cards;
    const { board, report } = await importExport(world, org, {
      ...file,
      members,
      cards: [{ ...card, idMembers }, ...cards],
    });

    expect(report.matchedMembers).toEqual([
      { name: "Unlike", userId: byEmail.id },
      { name: "Bea", userId: byUser.id },
      { name: "wendy WAITER", userId: byName.id },
    ]);
    expect(report.unmatchedMembers).toEqual(["Twin", guest.name, "only-user-name"]);
    expect(report.notMapped).toContainEqual({ what: "people of cards who are not in the file", count: 1 });
    const { tasks, members: known } = await org.owner.caller.boards.get({ boardId: board.id });
    expect(tasks.find(({ title }) => title === "Second")).toMatchObject({
      assigneeIds: [byEmail.id, byUser.id, byName.id].toSorted(),
      assigneeNames: ["Twin", guest.name, "only-user-name"],
    });
    expect(known.map(({ userId }) => userId).toSorted()).toEqual(
      [org.owner.id, byEmail.id, byUser.id, byName.id].toSorted(),
    );
  });

  test("keeps comments, with who wrote them and whom they mention, and adds none a second time", async ({ world }) => {
    const org = await world.org();
    const cook = await memberCalled(world, org, "Cook", "head-cook@kitchen.test");
    const commented = (id: string, data: object, more: object = {}) => ({ id, type: "commentCard", data, ...more });
    const card = { id: cardId(1) };
    const lasts = { date: "2019-06-08T00:00:00.000Z", idMemberCreator: "left" };
    const left = { memberCreator: { id: "left", username: "leaver", fullName: "Lee Left" } };
    const file = {
      ...smallExport(),
      members: [{ id: "m1", username: "cook", fullName: "Cook", email: "head-cook@kitchen.test" }],
      actions: [
        commented("a3", { text: "Ask @Cook, not @leaver or me@cook", card }, { ...lasts, ...left }),
        commented("a2", { text: "Late", card, dateLastEdited: "2019-06-07T09:00:00.000Z" }, { idMemberCreator: "m1" }),
        { ...commented("a1", { text: "Copied", card }, { date: "2019-06-01T00:00:00.000Z" }), type: "copyCommentCard" },
        commented("a4", { text: "Of nothing", card: { id: "gone" } }),
        commented("a5", { text: "  ", card }),
        { id: "a6", type: "commentCard" },
      ],
    };
    const { board, report } = await importExport(world, org, file);
    expect(report.created.comments).toBe(3);
    expect(report.notMapped).toEqual(
      expect.arrayContaining([
        { what: "comments on cards that were left out or are not in the file", count: 1 },
        { what: "comments that cannot be read", count: 2 },
      ]),
    );
    const { caller } = org.owner;
    const { tasks, members } = await caller.boards.get({ boardId: board.id });
    const task = tasks.find(({ commentCount }) => commentCount === 3);
    expect(tasks.filter(({ commentCount }) => commentCount !== 0)).toEqual([task]);
    expect(members).toContainEqual({ userId: cook.id, name: "Cook", role: null });
    const at = { boardId: board.id, taskId: task?.id ?? "" };
    const { items } = await caller.comments.list(at);
    const imported = { origin: "imported", state: "open", parentId: null };
    expect(items).toMatchObject([
      { ...imported, text: "Copied", authorId: null, authorName: null, createdAt: "2019-06-01T00:00:00.000Z" },
      { text: `Ask <@${cook.id}>, not @leaver or me@cook`, mentionIds: [cook.id], authorName: "Lee Left" },
      { ...imported, text: "Late", authorId: cook.id, authorName: null, editedAt: "2019-06-07T09:00:00.000Z" },
    ]);
    expect((await importExport(world, org, file)).report).toMatchObject({
      created: { comments: 0 },
      unchanged: { comments: 3 },
      differsCount: 0,
    });
    // Its author goes on with it as with any other, and what the file said stays in its history.
    const commentId = items[2]?.id ?? "";
    await cook.caller.comments.update({ ...at, commentId, text: "Later" });
    const { items: texts } = await caller.comments.history({ boardId: board.id, commentId });
    expect(texts.map(({ text }) => text)).toEqual(["Later", "Late"]);
    expect((await importExport(world, org, file)).report.differs).toMatchObject([
      { noun: "comment", fields: ["text"] },
    ]);
    await caller.comments.delete({ ...at, commentId });
    expect((await caller.tasks.get(at)).commentCount).toBe(2);
  });

  test("keeps custom fields as fields of the project, links below the text, and what is done in lists for that", async ({
    world,
  }) => {
    const org = await world.org();
    const file = smallExport();
    const field = (id: string, type: string, options?: object[]) => ({ id, name: `My ${type}`, type, options });
    const customFields = [
      field("f1", "text"),
      field("f2", "number"),
      field("f3", "date"),
      field("f4", "checkbox"),
      field("f5", "list", [{ id: "o1", value: { text: "Big" }, color: "red" }]),
    ];
    const of = (idCustomField: string, value: object) => ({ idCustomField, value });
    const customFieldItems = [
      of("f1", { text: "Words" }),
      of("f2", { number: "2.5" }),
      of("f3", { date: "2030-05-01T10:00:00.000Z" }),
      of("f4", { checked: "true" }),
      { idCustomField: "f5", idValue: "o1", value: null },
      of("gone", { text: "x" }),
    ];
    const attachments = [
      { url: "https://example.test/plan", name: "The [plan]", isUpload: false },
      { url: "javascript:alert(1)", name: "No", isUpload: false },
    ];
    const [first, ...others] = file.cards;
    const cards = [{ ...first, customFieldItems, attachments, desc: "Read" }, ...others];
    const { board, report } = await importExport(world, org, { ...file, cards, customFields });
    expect(report.notMapped).toEqual(
      expect.arrayContaining([
        { what: "custom field values", count: 1 },
        { what: "attached files", count: 1 },
      ]),
    );
    const { caller } = org.owner;
    const { fields, columns, tasks } = await caller.boards.get({ boardId: board.id });
    expect(fields.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      "My text: text",
      "My number: number",
      "My date: date",
      "My checkbox: checkbox",
      "My list: select",
    ]);
    expect(columns.map(({ name, stateGroup }) => [name, stateGroup])).toEqual([
      ["Todo", "unstarted"],
      ["Done", "completed"],
    ]);
    const card = tasks.find(({ title }) => title === "Second");
    expect(fields.map(({ id }) => card?.fields[id])).toEqual([
      "Words",
      2.5,
      "2030-05-01",
      true,
      fields[4]?.options[0]?.id,
    ]);
    const task = await caller.tasks.get({ boardId: board.id, taskId: card?.id ?? "" });
    expect(task.description).toBe("Read\n\n- [The  plan](https://example.test/plan)");
    // Whoever may not make fields imports without them.
    const member = await org.as("member");
    const other = await caller.projects.create({ orgId: org.id, name: "Other", key: "OTHER" });
    const { upload } = await announceImport(world, org, member, other.id);
    const { report: theirs } = await upload({ ...file, cards, customFields });
    expect(theirs.notMapped).toContainEqual({ what: "custom fields", count: 5 });
  });

  test("says what it has no place for", async ({ world }) => {
    const org = await world.org();
    const file = smallExport();
    const extra = {
      attachments: [{}, {}],
      idMembersVoted: ["m1"],
      cover: { color: "red_dark", idAttachment: "5cf7a1" },
      due: "soon",
      start: "2030-01-01",
    };
    const late = { ...file.cards[0], id: cardId(8), start: "2030-02-02", due: "2030-02-01" };
    const lost = { id: cardId(9), name: "Lost", idList: "nowhere", pos: 1, idShort: 9, idLabels: [] };
    const cards = [{ ...file.cards[0], ...extra, idLabels: ["red", "gone"] }, late, lost];
    const { report, board } = await importExport(world, org, {
      ...file,
      cards,
      desc: "About",
      customFields: [{ id: "f" }],
    });
    expect(Object.fromEntries(report.notMapped.map(({ what, count }) => [what, count]))).toEqual({
      "recorded actions": 1,
      "checklists past the limit of a task, or of cards that were left out": 1,
      "people of checklist items who have no account here": 1,
      "attached files": 2,
      votes: 1,
      "covers with a picture": 1,
      "start dates behind the due date": 1,
      "due dates that cannot be read": 1,
      "custom fields that cannot be read": 1,
      "board descriptions": 1,
      "cards of lists that were left out": 1,
      "labels of cards that were left out or are not in the file": 1,
    });
    expect(report.created.tasks).toBe(2);
    await expect(org.owner.caller.boards.get({ boardId: board.id })).resolves.toMatchObject({
      tasks: [
        { startAt: "2030-01-01T00:00:00.000Z", dueAt: null, coverColor: "red" },
        { startAt: null, dueAt: "2030-02-01T00:00:00.000Z", coverColor: null },
      ],
    });
  });

  test("mends texts that cannot be stored and cuts those that are too long", async ({ world }) => {
    const org = await world.org();
    const file = smallExport();
    const [card] = file.cards;
    const cards = [
      { ...card, name: `  nul\0 half\ud83d  `, desc: "é".repeat(32_768) },
      { ...card, id: cardId(2), name: `${"a".repeat(499)}🎉`, desc: "x".repeat(40_000) },
      { ...card, id: cardId(3), name: " \n ", desc: `${"🎉".repeat(16_384)}x` },
    ];
    const { board, report } = await importExport(world, org, { ...file, cards });
    expect(report.truncated).toBe(3);
    const { tasks } = await contentsOf(world, org.owner, board.id);
    expect(tasks.map(({ title }) => title).toSorted()).toEqual(["(untitled)", "a".repeat(499), "nul half"]);
    expect(tasks.map(({ description }) => description.length)).toEqual([32_768, 32_768, 32_768]);
  });

  test("takes no more lists and labels than a board may have, and says so", async ({ world }) => {
    const org = await world.org();
    const lists = Array.from({ length: 502 }, (_, n) => ({
      id: `l${n}`,
      name: `List ${n}`,
      pos: n,
      closed: n % 2 === 0,
    }));
    const labels = Array.from({ length: 201 }, (_, n) => ({ id: `b${n}`, name: "", color: "sky_light" }));
    const cards = [{ id: cardId(1), name: "Last", idList: "l501", idLabels: ["b200"] }];
    const { report } = await importExport(world, org, { ...smallExport(), lists, labels, cards });
    expect(report.created).toEqual({ columns: 500, labels: 200, tasks: 0, checklists: 0, comments: 0 });
    expect(report.notMapped).toEqual(
      expect.arrayContaining([
        { what: "lists past the limit of a board", count: 2 },
        { what: "labels past the limit of a board", count: 1 },
        { what: "cards of lists that were left out", count: 1 },
      ]),
    );
  });

  test("is one event on the board's stream, one for the organisation, and whoever imports hears how it goes", async ({
    world,
  }) => {
    const org = await world.org();
    const { upload } = await announceImport(world, org);
    let boardId = "";
    let toOrg: unknown[] = [];
    const toOwner = await announcedBy(world.db, org.owner.id, async () => {
      toOrg = await announcedBy(world.db, org.id, async () => {
        boardId = (await upload(smallExport())).board.id;
      });
    });
    expect(toOrg).toMatchObject([{ type: "board.created" }]);
    expect(toOwner).toMatchObject([
      { type: "operation.changed", data: { operation: { kind: "import", state: "waiting" } } },
      { type: "operation.changed", data: { operation: { state: "running" } } },
      { type: "share.received", data: { board: { id: boardId }, role: "manager" } },
      { type: "operation.changed", data: { operation: { state: "done" } } },
    ]);
    const events = await world.db.execute(
      sql`select type, version::int, data from event where stream_id = ${boardId}::uuid`,
    );
    expect([...events]).toEqual([{ type: "board.reset", version: 1, data: {} }]);
  });

  test("of the team's real board has its lists and cards, open and archived", async ({ world, skip }) => {
    skip(!existsSync(REAL), "the export is not on this machine");
    const org = await world.org();
    const text = readFileSync(REAL, "utf8");
    const Named = z.object({ id: z.string(), name: z.string(), closed: z.boolean(), pos: z.number() });
    const Export = z.object({ lists: z.array(Named), cards: z.array(Named.extend({ idList: z.string() })) });
    const said = Export.parse(JSON.parse(text));
    const { upload } = await announceImport(world, org);
    const { board, report } = await upload(text);
    expect(report.created).toEqual({ columns: 18, labels: 8, tasks: 122, checklists: 14, comments: 93 });

    const stateOf = ({ closed }: { closed: boolean }) => (closed ? "archived" : "open");
    const byPos = (a: { pos: number }, b: { pos: number }) => a.pos - b.pos;
    const { columns, tasks } = await contentsOf(world, org.owner, board.id);
    expect(
      columns.map(({ name, state, tasks }) => [name, state, tasks.map((task) => [task.title, task.state])]),
    ).toEqual(
      said.lists.toSorted(byPos).map((list) => [
        list.name,
        stateOf(list),
        said.cards
          .filter(({ idList }) => idList === list.id)
          .toSorted(byPos)
          .map((card) => [card.name.trim(), stateOf(card)]),
      ]),
    );
    expect(columns.filter(({ state }) => state === "archived")).toHaveLength(12);
    expect(tasks.filter(({ state }) => state === "open")).toHaveLength(44);
    expect((await org.owner.caller.boards.get({ boardId: board.id })).columns).toHaveLength(6);

    const again = await announceImport(world, org);
    expect((await again.upload(text)).report).toMatchObject({
      created: { columns: 0, labels: 0, tasks: 0, comments: 0 },
      unchanged: { columns: 18, labels: 8, tasks: 122, comments: 93 },
      differsCount: 0,
    });
  });
});

describe("a second import of a board", () => {
  test("that brings nothing new changes nothing of the board and announces nothing there", async ({ world }) => {
    const org = await world.org();
    const first = await importExport(world, org, smallExport());
    const { upload, get } = await announceImport(world, org);
    let toBoard: unknown[] | undefined;
    const changed = await changedBy(world.db, async () => {
      let second = first;
      toBoard = await announcedBy(world.db, first.board.id, async () => (second = await upload(smallExport())));
      expect(second.board).toEqual(first.board);
      expect(second.report).toMatchObject({
        created: { columns: 0, labels: 0, tasks: 0, comments: 0 },
        unchanged: { columns: 3, labels: 2, tasks: 5 },
        differs: [],
        differsCount: 0,
      });
      await expect(get()).resolves.toMatchObject({ state: "done", boardId: first.board.id, report: second.report });
    });
    expect(toBoard).toEqual([]);
    expect(changed).toEqual(["stored_file", "board_import", "operation", "stream", "event", "mutation"]);
  });

  test("adds what is new behind what is there, overwrites nothing and names what differs", async ({ world }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const file = smallExport();
    const { board } = await importExport(world, org, file);
    const boardId = board.id;
    const before = await caller.boards.get({ boardId });
    const [todo] = before.columns;
    const first = before.tasks.find(({ title }) => title === "First");
    if (!todo || !first) throw new Error("the import lost something");
    await caller.tasks.update({ boardId, taskId: first.id, title: "Renamed here", dueAt: null });
    await caller.columns.update({ boardId, columnId: todo.id, name: "To do" });

    const changed = {
      ...file,
      name: "Kitchen and bar",
      lists: [...file.lists, { id: "bar", name: "Bar", pos: 1, closed: false }],
      labels: [...file.labels, { id: "new", name: "New", color: "lime" }],
      cards: [
        ...file.cards.map((card) => (card.name === "Finished" ? { ...card, closed: true } : card)),
        { id: cardId(6), name: "Top", idList: "todo", pos: 1, idShort: 6, idLabels: ["new"] },
        { id: cardId(7), name: "Drinks", idList: "bar", pos: 1, idShort: 7 },
      ],
    };
    const second = await announceImport(world, org);
    const announced = await announcedBy(world.db, boardId, async () => {
      const { report } = await second.upload(changed);
      expect(report).toMatchObject({
        created: { columns: 1, labels: 1, tasks: 2 },
        unchanged: { columns: 2, labels: 2, tasks: 3 },
        differsCount: 4,
      });
      expect(report.differs.map(({ noun, name, fields }) => [noun, name, fields])).toEqual([
        ["board", "Kitchen", ["name"]],
        ["column", "To do", ["name"]],
        ["task", "Renamed here", ["title", "dueAt"]],
        ["task", "Finished", ["state"]],
      ]);
    });
    expect(announced).toEqual([{ type: "board.reset", data: {} }]);
    const { columns } = await contentsOf(world, org.owner, boardId);
    expect(columns.map(({ name, tasks }) => [name, tasks.map(({ title, key }) => `${key} ${title}`)])).toEqual([
      ["To do", ["PRJ-2 Renamed here", "PRJ-3 Gone", "PRJ-1 Second", "PRJ-6 Top"]],
      ["Old", ["PRJ-4 Hidden"]],
      ["Done", ["PRJ-5 Finished"]],
      ["Bar", ["PRJ-7 Drinks"]],
    ]);
    const after = await caller.boards.get({ boardId });
    expect(after.board).toEqual(before.board);
    expect(after.tasks.filter(({ version }) => version === 4).map(({ title }) => title)).toEqual(
      expect.arrayContaining(["Top", "Drinks"]),
    );
  });

  test("of a board in another project makes another board", async ({ world }) => {
    const org = await world.org();
    const first = await importExport(world, org, smallExport());
    const other = await org.owner.caller.projects.create({ orgId: org.id, name: "Other", key: "OTH" });
    const { upload } = await announceImport(world, org, org.owner, other.id);
    const second = await upload(smallExport());
    expect(second.board).toMatchObject({ projectId: other.id });
    expect(second.board.id).not.toBe(first.board.id);
  });

  test("at the same time as the first makes one board", async ({ world }) => {
    const org = await world.org();
    const imports = [
      await announceImport(world, org),
      await announceImport(world, org),
      await announceImport(world, org),
    ];
    const done = await Promise.all(imports.map(({ upload }) => upload(smallExport())));
    expect(new Set(done.map(({ board }) => board.id)).size).toBe(1);
    expect(done.map(({ report }) => report.created.tasks).toSorted((a, b) => a - b)).toEqual([0, 0, 5]);
  });
});

test("an import is announced once, however often its announcement is repeated", async ({ world }) => {
  const org = await world.org();
  const { id: projectId } = await org.project();
  const input = { orgId: org.id, projectId, source: "trello", fileName: "board.json" } as const;
  const { answer, announced } = await outcomeOf(world.db, org.owner, (mutationId) =>
    org.owner.caller.imports.create({ ...input, mutationId }),
  );
  expect(answer.uploadUrl).toBe(`/imports/${answer.importId}`);
  expect(announced).toEqual([]);
  await expect(org.owner.caller.imports.get({ orgId: org.id, importId: answer.importId })).resolves.toMatchObject({
    state: "waiting",
    fileName: "board.json",
    report: null,
  });
});
