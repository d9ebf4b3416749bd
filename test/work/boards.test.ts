import { describe, expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { changedBy, idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, test, type TestOrg } from "../setup/world.ts";

async function namesOf({ caller }: Person, org: TestOrg, filter: object = {}): Promise<string[]> {
  const { items } = await caller.boards.list({ orgId: org.id, ...filter });
  return items.map(({ name }) => name);
}

describe("a new board", () => {
  test("has its columns in order, is its creator's, and the organisation hears of it", async ({ world }) => {
    const org = await world.org();
    const member = await org.as("member");
    const { id: projectId } = await org.project();
    const columns = ["Todo", " Doing ", "Done", "Todo"];
    const { answer, announced } = await outcomeOf(world.db, member, (mutationId) =>
      member.caller.boards.create({ orgId: org.id, projectId, name: " Board ", columns, mutationId }),
    );
    expect(answer).toMatchObject({ orgId: org.id, projectId, name: "Board", visibility: "org", state: "open" });
    expect(answer.createdAt).toBe(answer.updatedAt);
    expect(announced).toMatchObject([
      { on: "inbox", to: member.id, type: "share.received", data: { board: answer, role: "manager" } },
      { on: "org", type: "board.created", data: { board: answer } },
    ]);
    const snapshot = await org.owner.caller.boards.get({ boardId: answer.id });
    expect(snapshot).toMatchObject({ board: answer, tasks: [], labels: [], cursor: "0.0" });
    expect(snapshot.columns.map(({ name }) => name)).toEqual(["Todo", "Doing", "Done", "Todo"]);
    expect(snapshot.columns[0]).toMatchObject({ boardId: answer.id, state: "open", wipLimit: null, version: 0 });
    expect(snapshot.members).toEqual([{ userId: member.id, name: member.name, role: "manager" }]);
    expect(await namesOf(org.owner, org)).toEqual(["Board"]);
  });

  test("that is private is nobody else's news", async ({ world }) => {
    const org = await world.org();
    const member = await org.as("member");
    const { id: projectId } = await org.project();
    const { answer, announced } = await outcomeOf(world.db, member, (mutationId) =>
      member.caller.boards.create({ orgId: org.id, projectId, name: "Own", visibility: "private", mutationId }),
    );
    expect(answer).toMatchObject({ visibility: "private" });
    const data = { board: answer, role: "manager" };
    expect(announced).toMatchObject([{ on: "inbox", to: member.id, type: "share.received", data }]);
    expect((await member.caller.boards.get({ boardId: answer.id })).columns).toEqual([]);
    expect(await namesOf(await org.as("admin"), org)).toEqual([]);
    expect(await namesOf(member, org)).toEqual(["Own"]);
  });

  test("is in a project of the organisation", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const { id: projectId } = await other.project();
    const create = () => org.owner.caller.boards.create({ orgId: org.id, projectId, name: "Board" });
    expect(await refusedIdle(world.db, create)).toBe("PROJECT_NOT_FOUND");
  });

  test("has the id that its client gives it, once over all organisations", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const create = async (at: TestOrg, id: string) =>
      at.owner.caller.boards.create({ orgId: at.id, projectId: (await at.project()).id, id, name: "Board" });
    const id = newId();
    await other.project();
    expect(await create(org, id)).toMatchObject({ id });
    expect(await refusedIdle(world.db, () => create(org, id))).toBe("ID_TAKEN");
    expect(await refusedIdle(world.db, () => create(other, id))).toBe("ID_TAKEN");
    expect(await refusedIdle(world.db, () => create(org, org.id))).toBe("ID_TAKEN");
    const racing = newId();
    const ends = await Promise.allSettled([org, other, org, other].map((at) => create(at, racing)));
    expect(kindsOf(ends).toSorted()).toEqual(["ID_TAKEN", "ID_TAKEN", "ID_TAKEN", "done"]);
  });
});

describe("the name of a board", () => {
  test("changes for its watchers and for the organisation", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await org.board();
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.update({ boardId, name: " Renamed ", mutationId }),
    );
    expect(answer).toMatchObject({ id: boardId, name: "Renamed", version: 1 });
    expect(announced).toMatchObject([
      { on: "board", type: "board.updated", version: 1, data: { board: answer } },
      { on: "inbox", to: owner.id, type: "board.changed", data: { board: answer } },
      { on: "org", type: "board.changed", data: { board: answer } },
    ]);
    expect((await owner.caller.boards.get({ boardId })).board).toEqual(answer);
    expect((await owner.caller.boards.list({ orgId: org.id })).items).toEqual([answer]);
    for (const same of [{ name: "Renamed" }, {}, { visibility: "org" }] as const) {
      expect(await idle(world.db, () => owner.caller.boards.update({ boardId, ...same }))).toEqual(answer);
    }
  });

  test("of a private board changes for its watchers and its own people alone", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await org.board({ visibility: "private" });
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.update({ boardId, name: "Renamed", mutationId }),
    );
    expect(announced).toMatchObject([
      { on: "board", type: "board.updated", data: { board: answer } },
      { on: "inbox", to: owner.id, type: "board.changed", data: { board: answer } },
    ]);
  });
});

describe("a board that turns private", () => {
  test("goes out of the organisation's sight, and comes back into it", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const [admin, member] = [await org.as("admin"), await org.as("member")];
    const { id: boardId } = await org.board();
    const hide = { boardId, name: "Hidden", visibility: "private" } as const;
    const hidden = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.update({ ...hide, mutationId }),
    );
    expect(hidden.answer).toMatchObject({ visibility: "private", name: "Hidden", version: 1 });
    expect(hidden.announced).toMatchObject([
      { on: "board", type: "board.visibility-changed", version: 1, data: { board: hidden.answer } },
      { on: "inbox", to: owner.id, type: "board.changed", data: { board: hidden.answer } },
      { on: "org", type: "board.hidden", data: { boardId } },
    ]);
    for (const { caller } of [admin, member]) {
      expect(await refusal(caller.boards.get({ boardId }))).toBe("BOARD_NOT_FOUND");
      expect((await caller.boards.list({ orgId: org.id })).items).toEqual([]);
    }
    expect(await idle(world.db, () => owner.caller.boards.update(hide))).toEqual(hidden.answer);

    const shown = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.update({ boardId, visibility: "org", mutationId }),
    );
    expect(shown.announced).toMatchObject([
      { on: "board", type: "board.visibility-changed", version: 2, data: { board: shown.answer } },
      { on: "inbox", to: owner.id, type: "board.changed", data: { board: shown.answer } },
      { on: "org", type: "board.changed", data: { board: shown.answer } },
    ]);
    expect(await namesOf(member, org)).toEqual(["Hidden"]);
  });

  test("is out of sight for the admin who did it, who is answered all the same", async ({ world }) => {
    const org = await world.org();
    const admin = await org.as("admin");
    const { id: boardId } = await org.board();
    const { answer } = await outcomeOf(world.db, admin, (mutationId) =>
      admin.caller.boards.update({ boardId, visibility: "private", mutationId }),
    );
    expect(answer).toMatchObject({ id: boardId, visibility: "private" });
    expect(await refusal(admin.caller.boards.get({ boardId }))).toBe("BOARD_NOT_FOUND");
  });
});

describe("the boards of an organisation", () => {
  test("are listed by project and state", async ({ world }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const orgId = org.id;
    for (const key of ["AA", "BB"]) {
      const { id: projectId } = await caller.projects.create({ orgId, name: key, key });
      for (const name of ["One", "Two"]) {
        const { id: boardId } = await caller.boards.create({ orgId, projectId, name: `${key} ${name}` });
        if (name === "Two") await caller.boards.archive({ boardId });
      }
    }
    const { items } = await caller.projects.list({ orgId });
    const projectId = items[1]?.id ?? "";
    expect(await namesOf(org.owner, org)).toEqual(["AA One", "AA Two", "BB One", "BB Two"]);
    expect(await namesOf(org.owner, org, { projectId })).toEqual(["BB One", "BB Two"]);
    expect(await namesOf(org.owner, org, { projectId, state: "archived" })).toEqual(["BB Two"]);
    expect(await namesOf(org.owner, org, { state: "open" })).toEqual(["AA One", "BB One"]);
    const other = await world.org();
    expect(await namesOf(other.owner, other, { projectId })).toEqual([]);
  });

  test("change nothing by being read", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Task"] });
    const { caller } = org.owner;
    const changed = await changedBy(world.db, async () => {
      await caller.boards.get({ boardId: board.id });
      await caller.boards.list({ orgId: org.id });
      await caller.boards.access({ boardId: board.id });
      await caller.tasks.list({ boardId: board.id });
      await caller.projects.list({ orgId: org.id });
    });
    expect(changed).toEqual([]);
  });
});

test("a board may be like another one that its maker may read: columns, limits, labels, ways and lanes, no tasks", async ({
  world,
}) => {
  const org = await world.org();
  const model = await org.board({ columns: ["Todo", "Doing", "Done", "Old"], tasks: ["A"], visibility: "private" });
  const { caller } = org.owner;
  const boardId = model.id;
  const field = await caller.fields.create({ orgId: org.id, projectId: model.projectId, name: "Size", kind: "number" });
  await caller.columns.update({ boardId, columnId: model.column("Doing"), wipLimit: 3, stateGroup: "started" });
  await caller.columns.archive({ boardId, columnId: model.column("Old") });
  await caller.labels.create({ boardId, name: "Bug", color: "red" });
  await caller.boards.setLanes({ boardId, laneBy: "priority" });
  const way = { boardId, toColumnId: model.column("Done"), minimumRole: "manager" as const };
  const requiredFields = ["estimate" as const, field.id];
  await caller.transitions.create({
    ...way,
    name: "Through",
    fromColumnIds: [model.column("Doing"), model.column("Old")],
    requiredFields,
  });
  await caller.transitions.create({ ...way, name: "Back", fromColumnIds: [model.column("Old")] });
  const make = async (by: Person, projectId: string) => {
    const { id } = await by.caller.boards.create({ orgId: org.id, projectId, name: "Twin", likeBoardId: boardId });
    return caller.boards.get({ boardId: id });
  };
  const twin = await make(org.owner, model.projectId);
  const nameOf = (id: string) => twin.columns.find((column) => column.id === id)?.name;
  expect(twin.columns.map(({ name, wipLimit, stateGroup }) => [name, wipLimit, stateGroup])).toEqual([
    ["Todo", null, "unstarted"],
    ["Doing", 3, "started"],
    ["Done", null, "unstarted"],
  ]);
  expect(twin).toMatchObject({ tasks: [], labels: [{ name: "Bug", color: "red" }], laneBy: "priority" });
  const ways = twin.transitions.map(({ name, fromColumnIds, toColumnId, requiredFields: required }) => {
    return [name, fromColumnIds?.map(nameOf), nameOf(toColumnId), required];
  });
  expect(ways).toHaveLength(2);
  expect(ways).toContainEqual(["Through", ["Doing"], "Done", requiredFields.toSorted()]);
  expect(ways).toContainEqual(["Back", [], "Done", []]);
  // It is another board: what is done there changes nothing here.
  await caller.columns.update({ boardId: twin.board.id, columnId: twin.columns[1]?.id ?? "", wipLimit: 9 });
  expect((await caller.boards.get({ boardId })).columns[1]?.wipLimit).toBe(3);
  const project = await caller.projects.create({ orgId: org.id, name: "Other", key: "OTH" });
  const elsewhere = await make(org.owner, project.id);
  expect(elsewhere.transitions.flatMap((transition) => transition.requiredFields)).toEqual(["estimate"]);
  const member = await org.as("member");
  const like = { orgId: org.id, projectId: model.projectId, name: "Twin", likeBoardId: boardId };
  expect(await refusedIdle(world.db, () => member.caller.boards.create(like))).toBe("BOARD_NOT_FOUND");
  expect(await refusal(caller.boards.create({ ...like, columns: ["A"] }))).toBe("INPUT_INVALID");
});
