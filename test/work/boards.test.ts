import { isTrackedEnvelope } from "@trpc/server";
import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import type { Database } from "../../db/client.ts";
import { newId } from "../../server/core/ids.ts";
import { BOARD_ACTIONS, POLICY, type Rule } from "../../server/policy.ts";
import { callByPath } from "../setup/by-path.ts";
import { changedBy, idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, test, type TestBoard, type TestOrg } from "../setup/world.ts";

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
    expect(announced).toMatchObject([{ on: "org", type: "board.created", data: { board: answer } }]);
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
    expect(announced).toEqual([]);
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
      { on: "org", type: "board.changed", data: { board: answer } },
    ]);
    expect((await owner.caller.boards.get({ boardId })).board).toEqual(answer);
    expect((await owner.caller.boards.list({ orgId: org.id })).items).toEqual([answer]);
    for (const same of [{ name: "Renamed" }, {}, { visibility: "org" }] as const) {
      expect(await idle(world.db, () => owner.caller.boards.update({ boardId, ...same }))).toEqual(answer);
    }
  });

  test("of a private board changes for its watchers alone", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await org.board({ visibility: "private" });
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.update({ boardId, name: "Renamed", mutationId }),
    );
    expect(announced).toMatchObject([{ on: "board", type: "board.updated", data: { board: answer } }]);
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

/** A good input for every change of a board, by its procedure. */
async function changesOf(board: TestBoard, { caller }: Person, colleague: Person) {
  const boardId = board.id;
  const { id: labelId } = await caller.labels.create({ boardId, name: "Bug", color: "red" });
  const [columnId, taskId] = [board.column("Todo"), board.task("Task")];
  return {
    "boards.update": { boardId, name: "Other" },
    "boards.applyChanges": { boardId, changes: [{ procedure: "labels.create", name: "Feature", color: "green" }] },
    "boards.share": { boardId, userId: colleague.id, role: "viewer" },
    "boards.unshare": { boardId, userId: colleague.id },
    "boards.archive": { boardId },
    "boards.restore": { boardId },
    "columns.create": { boardId, name: "New" },
    "columns.update": { boardId, columnId, name: "Other" },
    "columns.move": { boardId, columnId, after: board.column("Done") },
    "columns.archive": { boardId, columnId },
    "columns.restore": { boardId, columnId },
    "labels.create": { boardId, name: "New", color: "blue" },
    "labels.update": { boardId, labelId, name: "Other" },
    "labels.delete": { boardId, labelId },
    "tasks.create": { boardId, columnId, title: "New" },
    "tasks.update": { boardId, taskId, title: "Other" },
    "tasks.move": { boardId, taskId, columnId: board.column("Done") },
    "tasks.archive": { boardId, taskId },
    "tasks.restore": { boardId, taskId },
  };
}

describe("an archived board", () => {
  test("is announced, to the organisation too, and so is its return", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await org.board();
    const archived = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.archive({ boardId, mutationId }),
    );
    expect(archived.answer).toMatchObject({ id: boardId, state: "archived", version: 1 });
    expect(archived.announced).toMatchObject([
      { on: "board", type: "board.archived", version: 1, data: { board: archived.answer } },
      { on: "org", type: "board.changed", data: { board: archived.answer } },
    ]);
    expect(await idle(world.db, () => owner.caller.boards.archive({ boardId }))).toEqual(archived.answer);
    expect(await namesOf(owner, org, { state: "open" })).toEqual([]);
    expect(await namesOf(owner, org, { state: "archived" })).toEqual(["Board"]);

    const restored = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.restore({ boardId, mutationId }),
    );
    expect(restored.answer).toMatchObject({ id: boardId, state: "open", version: 2 });
    expect(restored.announced).toMatchObject([
      { on: "board", type: "board.restored", version: 2, data: { board: restored.answer } },
      { on: "org", type: "board.changed", data: { board: restored.answer } },
    ]);
    expect(await idle(world.db, () => owner.caller.boards.restore({ boardId }))).toEqual(restored.answer);
    expect((await owner.caller.boards.get({ boardId })).board).toEqual(restored.answer);
  });

  test("that is private is archived and restored before its own people only", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await org.board({ visibility: "private" });
    for (const path of ["archive", "restore"] as const) {
      const { announced } = await outcomeOf(world.db, owner, (mutationId) =>
        owner.caller.boards[path]({ boardId, mutationId }),
      );
      expect(announced).toMatchObject([{ on: "board", type: `board.${path}d` }]);
    }
  });

  test("can be read and watched", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Task"] });
    const viewer = await board.as("viewer");
    await org.owner.caller.boards.archive({ boardId: board.id });
    const { caller } = viewer;
    const snapshot = await caller.boards.get({ boardId: board.id });
    expect(snapshot).toMatchObject({ board: { state: "archived" }, tasks: [{ title: "Task" }] });
    expect(await caller.tasks.get({ boardId: board.id, taskId: board.task("Task") })).toMatchObject({ state: "open" });
    expect((await caller.tasks.list({ boardId: board.id })).items).toHaveLength(1);
    expect(await caller.boards.access({ boardId: board.id })).toMatchObject({ role: "viewer" });
    for await (const message of await caller.boards.live({ boardId: board.id })) {
      expect(isTrackedEnvelope(message) && message[1]).toMatchObject({ type: "snapshot", reason: "first", snapshot });
      break;
    }
  });

  test("refuses every change but who may see it, until it is restored", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Task"] });
    const member = await org.as("member");
    const changes = await changesOf(board, org.owner, member);
    await org.owner.caller.boards.archive({ boardId: board.id });
    const allowed = BOARD_ACTIONS.filter((action) => isAllowedArchived(POLICY[action]));
    expect(allowed).toEqual(["board:share", "board:archive", "board:restore", "board:delete"]);
    for (const [path, input] of Object.entries(changes)) {
      if (/boards\.(share|unshare|archive|restore)/u.test(path)) continue;
      const kind = await refusedIdle(world.db, () => callByPath(org.owner, path, input));
      expect([path, kind]).toEqual([path, "BOARD_ARCHIVED"]);
    }
    const { share, unshare } = org.owner.caller.boards;
    expect(await share({ boardId: board.id, userId: member.id, role: "viewer" })).toMatchObject({ role: "viewer" });
    expect(await unshare({ boardId: board.id, userId: member.id })).toBeNull();
    await org.owner.caller.boards.restore({ boardId: board.id });
    for (const [path, input] of Object.entries(changes)) await callByPath(org.owner, path, input);
  });

  test("tells those who may not change it that, and strangers nothing", async ({ world }) => {
    const org = await world.org();
    const board = await org.board();
    const viewer = await board.as("viewer");
    await org.owner.caller.boards.archive({ boardId: board.id });
    const create = ({ caller }: Person) => caller.columns.create({ boardId: board.id, name: "New" });
    expect(await refusal(create(viewer))).toBe("ACTION_FORBIDDEN");
    expect(await refusal(create(await org.as("guest")))).toBe("BOARD_NOT_FOUND");
  });
});

function isAllowedArchived(rule: Rule): boolean {
  return rule.on === "board" && rule.archived === true;
}

/** The rows that there are of a board, by table. */
async function leftOf(db: Database, boardId: string): Promise<Record<string, number>> {
  const tables = ["board_member", "board_column", "label", "task", "task_assignee", "task_label"];
  const parts = [
    ...tables.map((table) => `select '${table}' as name from ${table} where board_id = '${boardId}'`),
    `select 'board' from board where id = '${boardId}'`,
    `select 'stream' from stream where id = '${boardId}'`,
    `select 'event' from event where stream_id = '${boardId}'`,
  ];
  const rows = await db.execute<{ name: string; count: number }>(
    sql.raw(`select name, count(*)::int as count from (${parts.join(" union all ")}) x group by name`),
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

/** A board with something of everything. */
async function fullBoard(org: TestOrg, visibility: "org" | "private"): Promise<TestBoard> {
  const board = await org.board({ tasks: ["One", "Two", "Three"], visibility });
  const boardId = board.id;
  const { caller } = org.owner;
  const { id: labelId } = await caller.labels.create({ boardId, name: "Bug", color: "red" });
  const { id: userId } = await board.as("editor");
  const taskId = board.task("One");
  await caller.tasks.update({ boardId, taskId, labelIds: [labelId], assigneeIds: [userId, org.owner.id] });
  await caller.tasks.move({ boardId, taskId, columnId: board.column("Doing") });
  await caller.tasks.archive({ boardId, taskId: board.task("Two") });
  await caller.columns.archive({ boardId, columnId: board.column("Doing") });
  return board;
}

describe("a board that is deleted", () => {
  test("is gone with everything on it, and nothing else is", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const [board, other] = [await fullBoard(org, "org"), await fullBoard(org, "org")];
    const boardId = board.id;
    const [before, kept] = [await leftOf(world.db, boardId), await leftOf(world.db, other.id)];
    expect(before).toEqual(kept);
    expect(Object.keys(before)).toHaveLength(9);
    const snapshot = await owner.caller.boards.get({ boardId: other.id });

    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.delete({ boardId, mutationId }),
    );
    expect(answer).toBeNull();
    expect(announced).toMatchObject([{ on: "org", type: "board.hidden", data: { boardId } }]);
    expect(await leftOf(world.db, boardId)).toEqual({});
    expect(await leftOf(world.db, other.id)).toEqual(kept);
    expect(await owner.caller.boards.get({ boardId: other.id })).toEqual(snapshot);
    expect(await refusal(owner.caller.boards.get({ boardId }))).toBe("BOARD_NOT_FOUND");
    expect(await refusedIdle(world.db, () => owner.caller.boards.delete({ boardId }))).toBe("BOARD_NOT_FOUND");
    expect((await owner.caller.boards.list({ orgId: org.id })).items.map(({ id }) => id)).toEqual([other.id]);
  });

  test("is deleted in silence when it was private, and when it was archived too", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await fullBoard(org, "private");
    await owner.caller.boards.archive({ boardId });
    const { announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.delete({ boardId, mutationId }),
    );
    expect(announced).toEqual([]);
    expect(await leftOf(world.db, boardId)).toEqual({});
  });

  test("ends what its watchers saw of it", async ({ world }) => {
    const org = await world.org();
    const { id: boardId } = await org.board();
    const member = await org.as("member");
    const messages = (await member.caller.boards.live({ boardId }))[Symbol.asyncIterator]();
    await messages.next();
    const toTheEnd = async () => {
      while ((await messages.next()).done !== true);
    };
    const ended = refusal(toTheEnd());
    await org.owner.caller.boards.delete({ boardId });
    expect(await ended).toBe("ACCESS_REVOKED");
  });

  test("leaves the numbers of its tasks taken, and its id free", async ({ world }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const board = await org.board({ tasks: ["One", "Two"] });
    await caller.boards.delete({ boardId: board.id });
    const again = { orgId: org.id, projectId: board.projectId, id: board.id, name: "Again", columns: ["Todo"] };
    expect(await caller.boards.create(again)).toMatchObject({ id: board.id, version: 0 });
    const { columns } = await caller.boards.get({ boardId: board.id });
    const columnId = columns[0]?.id ?? "";
    const task = await caller.tasks.create({ boardId: board.id, columnId, title: "Three" });
    expect(task).toMatchObject({ key: "PRJ-3", version: 1 });
  });
});

describe("sharing a board", () => {
  test("gives a guest a role there, and another role later", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const guest = await org.as("guest");
    const { id: boardId } = await org.board();
    const roles = ["viewer", "manager", "commenter", "editor"] as const;
    for (const [index, role] of roles.entries()) {
      const share = { boardId, userId: guest.id, role };
      const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
        owner.caller.boards.share({ ...share, mutationId }),
      );
      expect(answer).toEqual({ userId: guest.id, name: guest.name, role });
      const shared = { on: "board", type: "board.shared", version: index + 1, data: { member: answer } };
      expect(announced).toEqual([shared]);
      expect(await idle(world.db, () => owner.caller.boards.share(share))).toEqual(answer);
      expect((await owner.caller.boards.get({ boardId })).members).toContainEqual(answer);
      expect(await guest.caller.boards.access({ boardId })).toMatchObject({ role });
    }
  });

  test("is with members of the organisation only", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const { id: boardId } = await org.board();
    for (const userId of [other.owner.id, newId()]) {
      const share = () => org.owner.caller.boards.share({ boardId, userId, role: "viewer" });
      const unshare = () => org.owner.caller.boards.unshare({ boardId, userId });
      expect(await refusedIdle(world.db, share)).toBe("MEMBER_NOT_FOUND");
      expect(await refusedIdle(world.db, unshare)).toBe("MEMBER_NOT_FOUND");
    }
  });

  test("ends for a guest, who is out at once", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board();
    const guest = await board.as("editor");
    const unshare = { boardId: board.id, userId: guest.id };
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.unshare({ ...unshare, mutationId }),
    );
    expect(answer).toBeNull();
    const data = { userId: guest.id, member: null };
    expect(announced).toEqual([{ on: "board", type: "board.unshared", version: 2, data }]);
    expect(await refusal(guest.caller.boards.get({ boardId: board.id }))).toBe("BOARD_NOT_FOUND");
    const { members } = await owner.caller.boards.get({ boardId: board.id });
    expect(members.map(({ userId }) => userId)).toEqual([owner.id]);
    expect(await refusedIdle(world.db, () => owner.caller.boards.unshare(unshare))).toBe("MEMBER_NOT_FOUND");
  });

  test("ends for somebody who is assigned: the board goes on knowing them, without a role", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ tasks: ["Task"] });
    const guest = await board.as("viewer");
    const target = { boardId: board.id, taskId: board.task("Task") };
    await owner.caller.tasks.update({ ...target, assigneeIds: [guest.id] });
    const { announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.unshare({ boardId: board.id, userId: guest.id, mutationId }),
    );
    const member = { userId: guest.id, name: guest.name, role: null };
    expect(announced).toMatchObject([{ type: "board.unshared", data: { userId: guest.id, member } }]);
    expect((await owner.caller.boards.get({ boardId: board.id })).members).toContainEqual(member);
    expect(await refusal(guest.caller.boards.get({ boardId: board.id }))).toBe("BOARD_NOT_FOUND");
    expect((await guest.caller.boards.list({ orgId: org.id })).items).toEqual([]);
    expect((await guest.caller.projects.list({ orgId: org.id })).items).toEqual([]);
    expect((await owner.caller.tasks.get(target)).assigneeIds).toEqual([guest.id]);
    // Assigned as they are they stay so, and once off the task they are nobody whom it could be given.
    expect(await owner.caller.tasks.update({ ...target, title: "T", assigneeIds: [guest.id] })).toMatchObject({
      assigneeIds: [guest.id],
    });
    await owner.caller.tasks.update({ ...target, assigneeIds: [] });
    const assign = () => owner.caller.tasks.update({ ...target, assigneeIds: [guest.id] });
    expect(await refusedIdle(world.db, assign)).toBe("ASSIGNEE_NOT_FOUND");
  });

  test("again gives the role back to somebody who is known without one", async ({ world }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const board = await org.board({ tasks: ["Task"] });
    const member = await org.as("member");
    await caller.tasks.update({ boardId: board.id, taskId: board.task("Task"), assigneeIds: [member.id] });
    const known = async () => (await caller.boards.get({ boardId: board.id })).members;
    expect(await known()).toContainEqual({ userId: member.id, name: member.name, role: null });
    const unshare = () => caller.boards.unshare({ boardId: board.id, userId: member.id });
    expect(await refusedIdle(world.db, unshare)).toBe("MEMBER_NOT_FOUND");
    await caller.boards.share({ boardId: board.id, userId: member.id, role: "manager" });
    expect(await known()).toContainEqual({ userId: member.id, name: member.name, role: "manager" });
    expect(await member.caller.boards.access({ boardId: board.id })).toMatchObject({ role: "manager" });
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
