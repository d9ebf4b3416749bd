import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { type Action, ACTIONS, actionsOfCustom, BOARD_ACTIONS, KEY_ACTIONS, mayHold } from "../../server/policy.ts";
import { callByPath } from "../setup/by-path.ts";
import { until } from "../setup/clients.ts";
import { whileHeld } from "../setup/held.ts";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, signedIn, type TestOrg } from "../setup/world.ts";
import { test } from "../live/live-test.ts";

const MEMBER = actionsOfCustom("member", undefined);

function without(...left: Action[]): Action[] {
  return MEMBER.filter((action) => !left.includes(action));
}

/** Somebody with a role of the organisation's own: what members may do, and this. */
async function withRole(org: TestOrg, actions: Action[], base: "admin" | "member" | "guest" = "member") {
  const name = `Role ${Math.random()}`;
  const role = await org.owner.caller.roles.create({ orgId: org.id, name, base, actions });
  return { role, person: await org.another(role.id) };
}

describe("a role that an organisation makes for itself", () => {
  test("is seen, given, renamed and changed, and each of it is announced", async ({ world }) => {
    const org = await world.org();
    const { owner, id: orgId } = org;
    const [member, guest] = [await org.as("member"), await org.as("guest")];
    const made = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.roles.create({ orgId, name: "Triage", base: "member", actions: ["member:list"], mutationId }),
    );
    const role = made.answer;
    expect(role).toMatchObject({ name: "Triage", base: "member" });
    expect(role.actions).toContain("member:list");
    expect(made.announced).toMatchObject([{ on: "org", type: "role.created", data: { role } }]);
    expect((await member.caller.roles.list({ orgId })).items).toEqual([role]);
    expect(await refusal(guest.caller.roles.list({ orgId }))).toBe("ACTION_FORBIDDEN");

    const given = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.members.setRole({ orgId, userId: guest.id, role: role.id, mutationId }),
    );
    expect(given.answer).toMatchObject({ userId: guest.id, role: "member", roleId: role.id });
    const customRole = { id: role.id, name: "Triage", actions: role.actions };
    expect(given.announced).toMatchObject([
      { on: "inbox", to: guest.id, type: "org.role-changed", data: { orgId, role: "member", customRole } },
      { on: "org", type: "member.role-changed", data: { userId: guest.id, role: "member", roleId: role.id } },
    ]);
    const changed = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.roles.update({ orgId, roleId: role.id, name: "Sorting", actions: ["role:list"], mutationId }),
    );
    expect(changed.announced.map(({ on, type }) => `${on} ${type}`)).toEqual([
      "inbox org.role-changed",
      "org role.updated",
    ]);
    const { orgs } = await guest.caller.auth.me();
    expect(orgs).toMatchObject([{ role: "member", customRole: { name: "Sorting", actions: changed.answer.actions } }]);
    const access = await guest.caller.orgs.access({ orgId });
    expect(access.role).toBe("member");
    expect(access.actions).toEqual(expect.arrayContaining(["role:list", "org:read"]));
    expect(access.actions).not.toContain("member:list");
    expect(await refusal(guest.caller.members.list({ orgId }))).toBe("ACTION_FORBIDDEN");
    expect((await guest.caller.roles.list({ orgId })).items).toEqual([changed.answer]);
  });

  test("has a name of its own, and is deleted when nobody has it or is invited to it", async ({ world }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const orgId = org.id;
    const { role, person } = await withRole(org, []);
    const again = (name: string) => refusal(caller.roles.create({ orgId, name, base: "guest" }));
    expect(await again(role.name.toUpperCase())).toBe("ROLE_NAME_TAKEN");
    expect(await again("Owner")).toBe("INPUT_INVALID");
    const remove = () => caller.roles.delete({ orgId, roleId: role.id });
    expect(await refusal(remove())).toBe("ROLE_IN_USE");
    await caller.members.invite({ orgId, email: "somebody@example.test", role: role.id });
    await caller.members.setRole({ orgId, userId: person.id, role: "member" });
    expect(await refusal(remove())).toBe("ROLE_IN_USE");
    const [invitation] = (await caller.invitations.list({ orgId })).items;
    expect(invitation).toMatchObject({ role: "member", roleId: role.id });
    await caller.invitations.revoke({ orgId, invitationId: invitation?.id ?? "" });
    expect(await remove()).toBeNull();
    expect(await refusal(remove())).toBe("ROLE_NOT_FOUND");
    // Whatever any code forgets: what refers to a role refers to one of the same organisation.
    const other = await withRole(await world.org(), []);
    const stolen = sql`update membership set role_id = ${other.role.id}::uuid, allowed = '{}' where org_id = ${orgId}::uuid`;
    await expect(world.db.execute(stolen)).rejects.toMatchObject({
      cause: { constraint_name: "membership_org_id_role_id_org_role_org_id_id_fk" },
    });
  });

  test("never allows a guest more of the organisation, or anybody what owners alone may", async ({ world }) => {
    const org = await world.org();
    for (const base of ["admin", "member", "guest"] as const) {
      for (const action of ACTIONS.filter((one) => !mayHold(base, one))) {
        const input = { orgId: org.id, name: action, base, actions: [action] };
        expect([action, await refusal(org.owner.caller.roles.create(input))]).toEqual([action, "INPUT_INVALID"]);
      }
    }
    expect(ACTIONS.filter((action) => !mayHold("admin", action))).toEqual(["org:delete"]);
  });

  test("of a guest sees what was shared alone, and does there what both allow", async ({ world, live }) => {
    const org = await world.org();
    const [shared, hidden] = [await org.board({ tasks: ["One"] }), await org.board()];
    const { person } = await withRole(org, ["task:create", "board:share"], "guest");
    const { caller } = person;
    expect((await caller.boards.list({ orgId: org.id })).items).toEqual([]);
    await org.owner.caller.boards.share({ boardId: shared.id, userId: person.id, role: "editor" });
    expect((await caller.boards.list({ orgId: org.id })).items.map(({ id }) => id)).toEqual([shared.id]);
    expect((await caller.projects.list({ orgId: org.id })).items).toHaveLength(1);
    const kinds: [path: string, input: object][] = [
      ["boards.get", { boardId: hidden.id }],
      ["boards.access", { boardId: hidden.id }],
      ["tasks.list", { boardId: hidden.id }],
      ["access.explain", { action: "board:read", boardId: hidden.id }],
    ];
    for (const [path, input] of kinds) {
      expect([path, await refusal(callByPath(person, path, input))]).toEqual([path, "BOARD_NOT_FOUND"]);
    }
    const client = await live.client(person);
    const watches = [client.watch(hidden.id), client.watchOrg(org.id)];
    await until(() => watches.every(({ ending }) => ending !== undefined));
    expect(watches.map(({ ending }) => ending)).toEqual(["BOARD_NOT_FOUND", "ACTION_FORBIDDEN"]);
    // An editor may do more, and the role of theirs does not; it allows to share, and an editor may not.
    expect(await caller.boards.access({ boardId: shared.id })).toEqual({
      role: "editor",
      actions: ["board:read", "task:create"],
    });
    const move = { boardId: shared.id, taskId: shared.task("One"), columnId: shared.column("Doing") };
    expect(await refusal(caller.tasks.move(move))).toBe("ACTION_FORBIDDEN");
    await caller.tasks.create({ boardId: shared.id, columnId: shared.column("Todo"), title: "New" });
  });
});

describe("nobody gets or gives more than they hold", () => {
  /** All that manages others, and nothing else that members do not do. */
  const MANAGING: Action[] = [
    ...without("board:delete"),
    ...ACTIONS.filter((action) => /^(?:member|role|service|invitation|key):/u.test(action)),
  ];

  /** Every way to come by more, tried by somebody: by their own hand or by a key of theirs. */
  async function attempts(org: TestOrg, person: Person, ownRoleId: string): Promise<[string, string, object][]> {
    const { owner, id: orgId } = org;
    const [admin, member] = [await org.another("admin"), await org.another("member")];
    const high = await owner.caller.roles.create({ orgId, name: "High", base: "member", actions: ["org:update"] });
    const { invitation } = await owner.caller.members.invite({ orgId, email: "high@example.test", role: "admin" });
    const service = await owner.caller.serviceAccounts.create({ orgId, name: "High", role: "admin" });
    const key = { orgId, name: "Key", actions: ["org:read" as const], expiresAt: null };
    const { key: adminKey } = await admin.caller.keys.create(key);
    const at = { orgId };
    const email = "new@example.test";
    const widened = { ...at, roleId: ownRoleId, actions: [...MANAGING, "org:update"] };
    return [
      ["ROLE_TOO_HIGH", "roles.create", { ...at, name: "New", base: "member", actions: ["org:update"] }],
      ["ROLE_TOO_HIGH", "roles.create", { ...at, name: "New", base: "guest", actions: ["board:delete"] }],
      ["ROLE_TOO_HIGH", "roles.update", widened],
      ["ROLE_TOO_HIGH", "roles.update", { ...at, roleId: high.id, actions: [] }],
      ["ROLE_TOO_HIGH", "roles.delete", { ...at, roleId: high.id }],
      ["ROLE_TOO_HIGH", "members.setRole", { ...at, userId: person.id, role: "admin" }],
      ["ROLE_TOO_HIGH", "members.setRole", { ...at, userId: person.id, role: high.id }],
      ["ROLE_TOO_HIGH", "members.setRole", { ...at, userId: person.id, role: "member" }],
      ["ROLE_TOO_HIGH", "members.setRole", { ...at, userId: member.id, role: high.id }],
      ["ROLE_TOO_HIGH", "members.setRole", { ...at, userId: admin.id, role: "guest" }],
      ["ROLE_TOO_HIGH", "members.remove", { ...at, userId: admin.id }],
      ["ROLE_TOO_HIGH", "members.invite", { ...at, email, role: "admin" }],
      ["ROLE_TOO_HIGH", "members.invite", { ...at, email, role: high.id }],
      ["ROLE_TOO_HIGH", "members.invite", { ...at, email: "high@example.test", role: "guest" }],
      ["ROLE_TOO_HIGH", "invitations.revoke", { ...at, invitationId: invitation.id }],
      ["ROLE_TOO_HIGH", "serviceAccounts.create", { ...at, name: "New", role: "admin" }],
      ["ROLE_TOO_HIGH", "serviceAccounts.create", { ...at, name: "New", role: high.id }],
      ["ROLE_TOO_HIGH", "serviceAccounts.disable", { ...at, serviceId: service.id }],
      ["ROLE_TOO_HIGH", "serviceAccounts.delete", { ...at, serviceId: service.id }],
      ["ROLE_TOO_HIGH", "keys.create", { ...key, serviceId: service.id }],
      ["ROLE_TOO_HIGH", "keys.revoke", { ...at, keyId: adminKey.id }],
    ];
  }

  test("by a role that manages others", async ({ world }) => {
    const org = await world.org();
    const { role, person } = await withRole(org, MANAGING);
    for (const [kind, path, input] of await attempts(org, person, role.id)) {
      expect([path, input, await refusedIdle(world.db, () => callByPath(person, path, input))]).toEqual([
        path,
        input,
        kind,
      ]);
    }
    const higher = { orgId: org.id, name: "New", base: "admin" as const, actions: [] };
    expect(await refusedIdle(world.db, () => person.caller.roles.create(higher))).toBe("ROLE_TOO_HIGH");
    // What they hold they give, and take; and they may make themselves smaller.
    const { caller } = person;
    const less = await caller.roles.create({ orgId: org.id, name: "Less", base: "member", actions: ["org:watch"] });
    const other = await org.another(less.id);
    await caller.members.setRole({ orgId: org.id, userId: other.id, role: "guest" });
    await caller.members.remove({ orgId: org.id, userId: other.id });
    await caller.roles.update({ orgId: org.id, roleId: role.id, actions: ["role:update"] });
    expect(await refusal(caller.roles.update({ orgId: org.id, roleId: role.id, actions: MANAGING }))).toBe(
      "ROLE_TOO_HIGH",
    );
  });

  test("by a key: of an owner's it gives no more than it may itself, and nothing that makes keys", async ({
    world,
  }) => {
    const org = await world.org();
    const actions = KEY_ACTIONS.filter((action) => MANAGING.includes(action));
    const { token } = await org.owner.caller.keys.create({ orgId: org.id, name: "Key", actions, expiresAt: null });
    const program = { ...org.owner, ...(await signedIn(world.services, token)) };
    const { role, person } = await withRole(org, MANAGING);
    for (const [kind, path, input] of await attempts(org, person, role.id)) {
      const refused = path.startsWith("keys.") ? "KEY_FORBIDDEN" : kind;
      expect([path, input, await refusedIdle(world.db, () => callByPath(program, path, input))]).toEqual([
        path,
        input,
        refused,
      ]);
    }
    const owned = { orgId: org.id, userId: person.id, role: "owner" };
    expect(await refusedIdle(world.db, () => callByPath(program, "members.setRole", owned))).toBe("KEY_FORBIDDEN");
    const bare = await program.caller.roles.create({ orgId: org.id, name: "Bare", base: "member", actions: [] });
    await program.caller.members.invite({ orgId: org.id, email: "new@example.test", role: bare.id });
  });

  test("on a board: who manages it less than whole shares no more than that", async ({ world }) => {
    const org = await world.org();
    const board = await org.board();
    const { person } = await withRole(org, without("board:delete"));
    const { caller } = person;
    const boardId = board.id;
    const [member, manager] = [await org.as("member"), await board.as("manager")];
    await org.owner.caller.boards.share({ boardId, userId: person.id, role: "manager" });
    const share = (userId: string, role: "manager" | "editor") => () => caller.boards.share({ boardId, userId, role });
    expect(await refusedIdle(world.db, share(member.id, "manager"))).toBe("ROLE_TOO_HIGH");
    expect(await refusedIdle(world.db, share(manager.id, "editor"))).toBe("ROLE_TOO_HIGH");
    expect(await refusedIdle(world.db, () => caller.boards.unshare({ boardId, userId: manager.id }))).toBe(
      "ROLE_TOO_HIGH",
    );
    await share(member.id, "editor")();
    await caller.boards.unshare({ boardId, userId: member.id });
    // A member of the organisation is made a manager of this one board.
    await org.owner.caller.boards.share({ boardId, userId: member.id, role: "manager" });
    expect((await member.caller.boards.access({ boardId })).actions).toEqual(BOARD_ACTIONS);
  });
});

test("who makes, demotes or removes an owner, or deletes the organisation, has just proved who they are", async ({
  world,
}) => {
  const org = await world.org();
  const { caller, password } = org.owner;
  const orgId = org.id;
  const [member, heir] = [await org.as("member"), await org.another("owner")];
  world.clock.advance(11 * 60_000);
  try {
    const asked = [
      () => caller.members.setRole({ orgId, userId: member.id, role: "owner" }),
      () => caller.members.setRole({ orgId, userId: heir.id, role: "member" }),
      () => caller.members.invite({ orgId, email: "owner@example.test", role: "owner" }),
      () => caller.members.remove({ orgId, userId: heir.id }),
      () => caller.orgs.delete({ orgId }),
    ];
    for (const ask of asked) expect(await refusedIdle(world.db, ask)).toBe("REAUTHENTICATION_REQUIRED");
    await caller.members.setRole({ orgId, userId: member.id, role: "admin" });
    await caller.auth.reauthenticate({ password });
    for (const ask of asked) await ask();
  } finally {
    world.clock.advance(-11 * 60_000);
  }
});

test("L4: a command that waited while the role of its author lost the action is refused", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One"] });
  const { role, person } = await withRole(org, MEMBER);
  const [boardId, taskId] = [board.id, board.task("One")];
  const commands: (() => Promise<unknown>)[] = [
    () => person.caller.tasks.update({ boardId, taskId, title: "Late" }),
    () => person.caller.boards.applyChanges({ boardId, changes: [{ procedure: "tasks.archive", taskId }] }),
  ];
  for (const [index, command] of commands.entries()) {
    const left = index === 0 ? without("task:update") : without("task:update", "board:apply");
    const other = world.otherServices();
    const owner = await signedIn(other, org.owner.token);
    const change = () => owner.caller.roles.update({ orgId: org.id, roleId: role.id, actions: left });
    const ends = await whileHeld(world.db, { streamId: boardId, change }, [command]);
    expect(kindsOf(ends)).toEqual(["ACTION_FORBIDDEN"]);
  }
});

test("L14: whose role no longer lets them watch hears nothing that comes after, in another process, in a burst", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const orgId = org.id;
  const board = await org.board();
  const { role, person } = await withRole(org, MEMBER);
  const app = await live.serve({ pollMs: 20 });
  const client = await live.client(person, { url: app.url });
  const [watch, home, atBoard] = [client.watchOrg(orgId), client.watchMe(), client.watch(board.id)];
  await until(() => [watch, home, atBoard].every(({ state }) => state !== undefined));
  expect(watch.state?.roles).toEqual([role]);
  expect(watch.state?.members).toContainEqual(expect.objectContaining({ userId: person.id, roleId: role.id }));

  const rename = (turn: number) => org.owner.caller.orgs.update({ orgId, name: `Name ${turn}` });
  for (let turn = 0; turn < 10; turn += 1) await rename(turn);
  const burst = Promise.all([
    ...Array.from({ length: 5 }, (_, turn) => rename(10 + turn)),
    org.owner.caller.roles.update({ orgId, roleId: role.id, actions: without("org:watch") }),
    ...Array.from({ length: 5 }, (_, turn) => rename(20 + turn)),
  ]);
  await until(() => watch.ending !== undefined);
  await burst;
  expect(watch.ending).toBe("ACCESS_REVOKED");
  const [row] = await world.db.execute<{ version: string }>(
    sql`select version from event where stream_id = ${orgId}::uuid and type = 'role.updated'`,
  );
  expect(watch.version).toBeLessThanOrEqual(Number(row?.version));
  // They are told why, and what they may still watch goes on.
  await until(() => home.state?.orgs[0]?.customRole?.actions.includes("org:watch") === false);
  await org.owner.caller.boards.update({ boardId: board.id, name: "Renamed" });
  await until(() => atBoard.state?.board.name === "Renamed");
  expect([home.ending, atBoard.ending]).toEqual([undefined, undefined]);
});

describe("access.explain", () => {
  test("says which rule allows or refuses, and a call ends as it says", async ({ world }) => {
    const org = await world.org();
    const orgId = org.id;
    const [board, hidden] = [await org.board(), await org.board({ visibility: "private" })];
    const archived = await org.board();
    await org.owner.caller.boards.archive({ boardId: archived.id });
    const { person } = await withRole(org, without("label:create"));
    const [member, guest] = [await org.as("member"), await org.as("guest")];
    await org.owner.caller.boards.share({ boardId: board.id, userId: guest.id, role: "viewer" });
    const stranger = await world.person();

    const label = (boardId: string) => ({ action: "label:create" as const, boardId });
    const rows: [Person, { action: Action; orgId?: string; boardId?: string }, string, string | null][] = [
      [org.owner, label(hidden.id), "role", null],
      [member, label(board.id), "role", null],
      [person, label(board.id), "customRole", "ACTION_FORBIDDEN"],
      [guest, label(board.id), "boardRole", "ACTION_FORBIDDEN"],
      [guest, { action: "task:read", boardId: board.id }, "share", null],
      [member, label(hidden.id), "boardRole", "BOARD_NOT_FOUND"],
      [member, label(archived.id), "archived", "BOARD_ARCHIVED"],
      [member, { action: "task:read", boardId: archived.id }, "role", null],
      [stranger, label(board.id), "membership", "BOARD_NOT_FOUND"],
      [stranger, { action: "org:read", orgId }, "membership", "ORG_NOT_FOUND"],
      [member, { action: "org:update", orgId }, "role", "ACTION_FORBIDDEN"],
      [person, { action: "project:create", orgId }, "customRole", null],
    ];
    for (const [{ id, caller }, asked, rule, kind] of rows) {
      const explained = await org.owner.caller.access.explain({ ...asked, userId: id });
      expect(explained).toMatchObject({ rule, refusal: kind, allowed: kind === null, keyAllows: null });
      if (asked.action !== "label:create") continue;
      const { boardId = "" } = asked;
      const call = caller.labels.create({ boardId, name: "New", color: "red" }).then(() => null, kindOfRefusal);
      expect([id, await call]).toEqual([id, kind]);
    }
    const explained = await guest.caller.access.explain(label(board.id));
    expect(explained).toMatchObject({
      member: { account: "active", role: "guest", customRole: null },
      board: { visibility: "org", state: "open", roleByOrg: null, share: "viewer", role: "viewer" },
    });
    await world.db.execute(sql`update app_user set disabled_at = now() where id = ${member.id}::uuid`);
    const disabled = await org.owner.caller.access.explain({ ...label(board.id), userId: member.id });
    expect(disabled).toMatchObject({ rule: "account", refusal: "SIGN_IN_REQUIRED", member: { account: "disabled" } });
  });

  test("tells of others to managers of the board and admins, of nothing that they do not see", async ({ world }) => {
    const org = await world.org();
    const orgId = org.id;
    const [board, hidden] = [await org.board(), await org.board({ visibility: "private" })];
    const [member, manager, admin] = [await org.as("member"), await board.as("manager"), await org.as("admin")];
    const userId = org.owner.id;
    const onBoard = { action: "task:move" as const, boardId: board.id, userId };
    const inOrg = { action: "org:update" as const, orgId, userId };
    for (const { caller } of [manager, admin]) {
      expect(await caller.access.explain(onBoard)).toMatchObject({ allowed: true });
    }
    expect(await admin.caller.access.explain(inOrg)).toMatchObject({ allowed: true });
    expect(await refusal(member.caller.access.explain(onBoard))).toBe("ACTION_FORBIDDEN");
    for (const { caller } of [manager, member]) {
      expect(await refusal(caller.access.explain(inOrg))).toBe("ACTION_FORBIDDEN");
    }
    expect(await refusal(admin.caller.access.explain({ ...onBoard, boardId: hidden.id }))).toBe("BOARD_NOT_FOUND");
    const stranger = (await world.org()).owner;
    expect(await refusal(stranger.caller.access.explain({ ...inOrg, userId: stranger.id }))).toBe("ORG_NOT_FOUND");
    expect(await refusal(admin.caller.access.explain({ ...inOrg, action: "task:move" }))).toBe("INPUT_INVALID");

    const actions: Action[] = ["task:read"];
    const { token } = await org.owner.caller.keys.create({ orgId, name: "Key", actions, expiresAt: null });
    const { caller } = await signedIn(world.services, token);
    expect(await caller.access.explain(onBoard)).toMatchObject({
      allowed: false,
      rule: "key",
      refusal: "KEY_FORBIDDEN",
      keyAllows: false,
      board: { role: "manager" },
    });
    expect(await refusal(caller.access.explain({ ...inOrg, userId: member.id }))).toBe("KEY_FORBIDDEN");
  });
});

function kindOfRefusal(error: unknown): unknown {
  return typeof error === "object" && error !== null && "kind" in error ? error.kind : String(error);
}
