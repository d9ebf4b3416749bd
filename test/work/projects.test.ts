import { describe, expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, test, type TestOrg } from "../setup/world.ts";

async function namesOf({ caller }: Person, org: TestOrg, state?: "open" | "archived"): Promise<string[]> {
  const { items } = await caller.projects.list({ orgId: org.id, ...(state ? { state } : {}) });
  return items.map(({ name }) => name);
}

describe("a project", () => {
  test("is created by a member, with its key in capitals, and the organisation hears of it", async ({ world }) => {
    const org = await world.org();
    const member = await org.as("member");
    const { answer, announced } = await outcomeOf(world.db, member, (mutationId) =>
      member.caller.projects.create({ orgId: org.id, name: "  Web site ", key: " web2 ", mutationId }),
    );
    expect(answer).toMatchObject({ orgId: org.id, name: "Web site", key: "WEB2", state: "open" });
    expect(announced).toMatchObject([{ on: "org", type: "project.created", data: { project: answer } }]);
    expect((await org.owner.caller.projects.list({ orgId: org.id })).items).toEqual([answer]);
  });

  test("is renamed for everybody; the name that it has already changes nothing", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const project = await org.project();
    const rename = { orgId: org.id, projectId: project.id, name: "Renamed" };
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.projects.update({ ...rename, mutationId }),
    );
    expect(answer).toEqual({ ...project, name: "Renamed" });
    expect(announced).toMatchObject([{ on: "org", type: "project.updated", data: { project: answer } }]);
    expect(await idle(world.db, () => owner.caller.projects.update(rename))).toEqual(answer);
    expect(await idle(world.db, () => owner.caller.projects.update({ ...rename, name: undefined }))).toEqual(answer);
    expect((await owner.caller.projects.list({ orgId: org.id })).items).toEqual([answer]);
  });

  test("that is archived takes no new boards, and those that it has go on", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ tasks: ["Before"] });
    const target = { orgId: org.id, projectId: board.projectId };
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.projects.archive({ ...target, mutationId }),
    );
    expect(answer).toMatchObject({ id: board.projectId, state: "archived" });
    expect(announced).toMatchObject([{ on: "org", type: "project.archived", data: { project: answer } }]);
    expect(await idle(world.db, () => owner.caller.projects.archive(target))).toEqual(answer);
    const create = () => owner.caller.boards.create({ ...target, name: "Late" });
    expect(await refusedIdle(world.db, create)).toBe("PROJECT_ARCHIVED");
    const title = "After";
    const task = await owner.caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title });
    expect(task).toMatchObject({ key: "PRJ-2" });
    expect(await namesOf(owner, org, "open")).toEqual([]);
    expect(await namesOf(owner, org, "archived")).toEqual(["Project"]);
  });

  test("that is restored takes boards again", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const project = await org.project();
    const target = { orgId: org.id, projectId: project.id };
    await owner.caller.projects.archive(target);
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.projects.update({ ...target, state: "open", mutationId }),
    );
    expect(answer).toEqual(project);
    expect(announced).toMatchObject([{ on: "org", type: "project.updated", data: { project: answer } }]);
    expect(await idle(world.db, () => owner.caller.projects.update({ ...target, state: "open" }))).toEqual(answer);
    expect(await owner.caller.boards.create({ ...target, name: "Late" })).toMatchObject({ projectId: project.id });
  });

  test("is deleted once it has no boards, archived or not", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board();
    const target = { orgId: org.id, projectId: board.projectId };
    await owner.caller.boards.archive({ boardId: board.id });
    expect(await refusedIdle(world.db, () => owner.caller.projects.delete(target))).toBe("PROJECT_NOT_EMPTY");
    await owner.caller.boards.delete({ boardId: board.id });
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.projects.delete({ ...target, mutationId }),
    );
    expect(answer).toBeNull();
    const data = { projectId: board.projectId };
    expect(announced).toMatchObject([{ on: "org", type: "project.deleted", data }]);
    expect(await namesOf(owner, org)).toEqual([]);
    expect(await refusedIdle(world.db, () => owner.caller.projects.delete(target))).toBe("PROJECT_NOT_FOUND");
    expect(await refusedIdle(world.db, () => owner.caller.projects.archive(target))).toBe("PROJECT_NOT_FOUND");
    const late = () => owner.caller.boards.create({ ...target, name: "Late" });
    expect(await refusedIdle(world.db, late)).toBe("PROJECT_NOT_FOUND");
  });

  test("does not take a board and go at the same moment", async ({ world }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const target = { orgId: org.id, projectId: (await org.project()).id };
    const ends = await Promise.allSettled([
      caller.boards.create({ ...target, name: "Late" }),
      caller.projects.delete(target),
    ]);
    expect([
      ["done", "PROJECT_NOT_EMPTY"],
      ["PROJECT_NOT_FOUND", "done"],
    ]).toContainEqual(kindsOf(ends));
  });
});

describe("a project's key", () => {
  test("is taken within the organisation, however it is written, and free in another", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const { owner } = org;
    const { id } = await owner.caller.projects.create({ orgId: org.id, name: "Web", key: "WEB" });
    const again = () => owner.caller.projects.create({ orgId: org.id, name: "Web again", key: "web" });
    expect(await refusedIdle(world.db, again)).toBe("PROJECT_KEY_TAKEN");
    await owner.caller.projects.archive({ orgId: org.id, projectId: id });
    expect(await refusedIdle(world.db, again)).toBe("PROJECT_KEY_TAKEN");
    expect(await other.owner.caller.projects.create({ orgId: other.id, name: "Web", key: "WEB" })).toMatchObject({
      key: "WEB",
    });
    await owner.caller.projects.delete({ orgId: org.id, projectId: id });
    expect(await again()).toMatchObject({ key: "WEB" });
  });

  test("goes to one of those who take it at the same moment", async ({ world }) => {
    const org = await world.org();
    const people = [org.owner, await org.as("member"), await org.as("admin"), org.owner];
    const ends = await Promise.allSettled(
      people.map(({ caller }, index) => caller.projects.create({ orgId: org.id, name: `Try ${index}`, key: "ONE" })),
    );
    const late = "PROJECT_KEY_TAKEN";
    expect(kindsOf(ends).toSorted()).toEqual([late, late, late, "done"]);
    expect(await namesOf(org.owner, org)).toHaveLength(1);
  });

  test("has 2 to 10 letters and digits, a letter first", async ({ world }) => {
    const org = await world.org();
    const create = (key: string) => () => org.owner.caller.projects.create({ orgId: org.id, name: "Key", key });
    for (const key of ["", "A", "1A", "ABCDEFGHIJK", "A-B", "A B", "ÄB", "Ａ1", "A🎉"]) {
      expect([key, await refusedIdle(world.db, create(key))]).toEqual([key, "INPUT_INVALID"]);
    }
    expect(await create("A1")()).toMatchObject({ key: "A1" });
    expect(await create("abcdefghij")()).toMatchObject({ key: "ABCDEFGHIJ" });
  });
});

describe("an id that a client gives a project", () => {
  test("is the project's, once over all organisations", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const id = newId();
    const create = (at: TestOrg, key: string) =>
      at.owner.caller.projects.create({ orgId: at.id, id, name: "Web", key });
    expect(await create(org, "WEB")).toMatchObject({ id });
    expect(await refusedIdle(world.db, () => create(org, "OTHER"))).toBe("ID_TAKEN");
    expect(await refusedIdle(world.db, () => create(other, "WEB"))).toBe("ID_TAKEN");
  });

  test("goes to one of two organisations that take it at the same moment", async ({ world }) => {
    const orgs = [await world.org(), await world.org()];
    const id = newId().toUpperCase();
    const ends = await Promise.allSettled(
      orgs.map((org) => org.owner.caller.projects.create({ orgId: org.id, id, name: "Web", key: "WEB" })),
    );
    expect(kindsOf(ends).toSorted()).toEqual(["ID_TAKEN", "done"]);
  });
});

describe("the projects of an organisation", () => {
  test("are all there for its members, and for a guest those with a board that is shared with them", async ({
    world,
  }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const orgId = org.id;
    const guest = await org.as("guest");
    const boardIds = [];
    for (const name of ["Alpha", "Beta", "Gamma"]) {
      const { id: projectId } = await caller.projects.create({ orgId, name, key: name });
      const { id } = await caller.boards.create({ orgId, projectId, name, visibility: "org" });
      boardIds.push(id);
    }
    expect(await namesOf(guest, org)).toEqual([]);
    const [, boardId = ""] = boardIds;
    await caller.boards.share({ boardId, userId: guest.id, role: "viewer" });
    expect(await namesOf(guest, org)).toEqual(["Beta"]);
    for (const role of ["admin", "member"] as const) {
      expect(await namesOf(await org.as(role), org)).toEqual(["Alpha", "Beta", "Gamma"]);
    }
    await caller.boards.unshare({ boardId, userId: guest.id });
    expect(await namesOf(guest, org)).toEqual([]);
  });

  test("are not there for strangers", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    await org.project();
    expect(await refusal(other.owner.caller.projects.list({ orgId: org.id }))).toBe("ORG_NOT_FOUND");
    expect(await namesOf(other.owner, other)).toEqual([]);
  });
});
