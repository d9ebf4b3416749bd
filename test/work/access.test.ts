import { describe, expect } from "vitest";
import { BOARD_ROLES, type BoardRole, ORG_ROLES } from "../../db/enums.ts";
import { AppError } from "../../server/core/app-error.ts";
import { allows, BOARD_ACTIONS } from "../../server/policy.ts";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, test, type TestOrg } from "../setup/world.ts";

const SHARES = [null, "viewer", "commenter", "editor", "manager"] as const;
const NONE = null;

/** Visibility, role in the organisation → the board role of each of `SHARES`. */
const BOARD_ROLE_OF = {
  org: {
    owner: ["manager", "manager", "manager", "manager", "manager"],
    admin: ["manager", "manager", "manager", "manager", "manager"],
    member: ["editor", "editor", "editor", "editor", "manager"],
    guest: [NONE, "viewer", "commenter", "editor", "manager"],
  },
  private: {
    owner: ["manager", "manager", "manager", "manager", "manager"],
    admin: [NONE, "viewer", "commenter", "editor", "manager"],
    member: [NONE, "viewer", "commenter", "editor", "manager"],
    guest: [NONE, "viewer", "commenter", "editor", "manager"],
  },
} as const;

/** The role of a person on a board, as every way to ask has it; null when the board is not there for them. */
async function roleOn(org: TestOrg, boardId: string, { caller }: Person): Promise<BoardRole | null> {
  const { items } = await caller.boards.list({ orgId: org.id });
  const access = await unlessAbsent(caller.boards.access({ boardId }));
  const snapshot = await unlessAbsent(caller.boards.get({ boardId }));
  expect([access?.role === undefined, snapshot?.board]).toEqual([!snapshot, items.find(({ id }) => id === boardId)]);
  expect(access?.actions ?? []).toEqual(BOARD_ACTIONS.filter((action) => allows(action, access?.role ?? null)));
  return access?.role ?? null;
}

/** What somebody is answered, unless they are told that there is no such board. */
async function unlessAbsent<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AppError && error.kind === "BOARD_NOT_FOUND") return undefined;
    throw error;
  }
}

describe.for(["org", "private"] as const)("on a board of visibility %s", (visibility) => {
  test.for(ORG_ROLES)("%s has the higher of what the organisation and a share give", async (orgRole, { world }) => {
    const org = await world.org();
    const { id: boardId } = await org.board({ visibility });
    const person = await org.another(orgRole);
    const roles: (BoardRole | null)[] = [];
    for (const role of SHARES) {
      if (role) await org.owner.caller.boards.share({ boardId, userId: person.id, role });
      roles.push(await roleOn(org, boardId, person));
    }
    expect(roles).toEqual(BOARD_ROLE_OF[visibility][orgRole]);
    await org.owner.caller.boards.unshare({ boardId, userId: person.id });
    expect(await roleOn(org, boardId, person)).toBe(BOARD_ROLE_OF[visibility][orgRole][0]);
  });

  test("whoever created it manages it, whatever their role", async ({ world }) => {
    const org = await world.org();
    for (const role of ["owner", "admin", "member"] as const) {
      const creator = await org.as(role);
      const { id } = await org.board({ visibility, by: creator });
      expect(await roleOn(org, id, creator)).toBe("manager");
    }
  });

  test("strangers and those who left have nothing", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const { id: boardId } = await org.board({ visibility });
    const leaver = await org.another("admin");
    await org.owner.caller.boards.share({ boardId, userId: leaver.id, role: "manager" });
    await leaver.caller.members.leave({ orgId: org.id });
    for (const { caller } of [other.owner, leaver]) {
      expect(await refusal(caller.boards.access({ boardId }))).toBe("BOARD_NOT_FOUND");
      expect(await refusal(caller.boards.get({ boardId }))).toBe("BOARD_NOT_FOUND");
      expect(await refusal(caller.boards.list({ orgId: org.id }))).toBe("ORG_NOT_FOUND");
    }
  });
});

test("a private board has no admins who were not invited, and the owner always", async ({ world }) => {
  const org = await world.org();
  const [member, admin] = [await org.as("member"), await org.as("admin")];
  const { id } = await org.board({ visibility: "private", by: member });
  expect(await roleOn(org, id, admin)).toBeNull();
  expect(await roleOn(org, id, org.owner)).toBe("manager");
  const share = () => admin.caller.boards.share({ boardId: id, userId: admin.id, role: "manager" });
  expect(await refusedIdle(world.db, share)).toBe("BOARD_NOT_FOUND");
  const projectId = (await org.project()).id;
  expect((await admin.caller.boards.list({ orgId: org.id, projectId })).items).toEqual([]);
});

test("a new role in the organisation is a new role on its boards at once", async ({ world }) => {
  const org = await world.org();
  const person = await org.another("guest");
  const [open, hidden] = [await org.board(), await org.board({ visibility: "private" })];
  const roles = [];
  for (const role of ["guest", "member", "admin", "owner", "guest"] as const) {
    await org.owner.caller.members.setRole({ orgId: org.id, userId: person.id, role });
    roles.push([await roleOn(org, open.id, person), await roleOn(org, hidden.id, person)]);
  }
  expect(roles).toEqual([
    [null, null],
    ["editor", null],
    ["manager", null],
    ["manager", "manager"],
    [null, null],
  ]);
});

test("a guest finds in the lists what is shared with them, and nothing else", async ({ world }) => {
  const org = await world.org();
  const guest = await org.as("guest");
  const { caller } = org.owner;
  const boards = [await org.board(), await org.board({ visibility: "private" }), await org.board()];
  await org.board({ visibility: "private" });
  const found = async () => (await guest.caller.boards.list({ orgId: org.id })).items.map(({ id }) => id);
  expect(await found()).toEqual([]);
  const shared = boards.slice(0, 2).map(({ id }) => id);
  for (const boardId of shared) await caller.boards.share({ boardId, userId: guest.id, role: "viewer" });
  expect((await found()).toSorted()).toEqual(shared.toSorted());
  // Page by page, too: what is not theirs leaves no holes.
  const page = await guest.caller.boards.list({ orgId: org.id, limit: 1 });
  const next = await guest.caller.boards.list({ orgId: org.id, limit: 1, cursor: page.nextCursor });
  expect([...page.items, ...next.items].map(({ id }) => id)).toEqual(await found());
  expect(next.nextCursor).toBeNull();
});

test("a manager may take their own share away, and is out", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ visibility: "private" });
  const manager = await board.as("manager");
  const { announced } = await outcomeOf(world.db, manager, (mutationId) =>
    manager.caller.boards.unshare({ boardId: board.id, userId: manager.id, mutationId }),
  );
  expect(announced).toMatchObject([
    { type: "board.unshared", data: { userId: manager.id, member: null } },
    { to: manager.id, type: "share.withdrawn" },
  ]);
  expect(await roleOn(org, board.id, manager)).toBeNull();
});

test("whoever may only look leaves nothing behind when they try to change something", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Task"] });
  for (const role of BOARD_ROLES.filter((name) => name === "viewer" || name === "commenter")) {
    const { caller } = await board.as(role);
    const [boardId, columnId, taskId] = [board.id, board.column("Done"), board.task("Task")];
    const tries = [
      () => caller.tasks.move({ boardId, taskId, columnId }),
      () => caller.tasks.create({ boardId, columnId, title: "Mine" }),
      () => caller.columns.archive({ boardId, columnId }),
      () => caller.boards.delete({ boardId }),
      () => caller.boards.update({ boardId, name: "Mine" }),
    ];
    for (const attempt of tries) expect(await refusedIdle(world.db, attempt)).toBe("ACTION_FORBIDDEN");
  }
});
