import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { createTrestle, errorKind } from "../../client/index.ts";
import { KEY_ACTIONS } from "../../server/policy.ts";
import { until } from "../setup/clients.ts";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { signedIn, type TestOrg } from "../setup/world.ts";
import { test } from "../live/live-test.ts";

async function robot({ id: orgId, owner }: TestOrg, role: "member" | "admin" | "guest" = "member") {
  const service = await owner.caller.serviceAccounts.create({ orgId, name: "Robot", role });
  const key = { orgId, serviceId: service.id, name: "Key", actions: [...KEY_ACTIONS], expiresAt: null };
  return { service, ...(await owner.caller.keys.create(key)) };
}

test("a service account is made, shown, given a role, disabled, enabled and deleted, and each of it is announced", async ({
  world,
}) => {
  const org = await world.org();
  const { owner, id: orgId } = org;
  const { serviceAccounts, members } = owner.caller;
  const [member, board] = [await org.as("member"), await org.board()];
  const made = await outcomeOf(world.db, owner, (mutationId) =>
    serviceAccounts.create({ orgId, name: "Robot", role: "guest", mutationId }),
  );
  const service = made.answer;
  const { id: serviceId } = service;
  expect(service).toMatchObject({ orgId, name: "Robot", role: "guest", state: "active", createdBy: owner.id });
  const joined = { userId: serviceId, name: "Robot", kind: "service", role: "guest", roleId: null };
  expect(made.announced).toMatchObject([{ on: "org", type: "member.joined", data: joined }]);
  expect((await serviceAccounts.list({ orgId })).items).toEqual([service]);
  const shown = (await member.caller.members.list({ orgId })).items.find(({ userId }) => userId === serviceId);
  expect(shown).toMatchObject({ kind: "service", email: null, name: "Robot" });
  expect(await refusal(member.caller.serviceAccounts.list({ orgId }))).toBe("ACTION_FORBIDDEN");

  const other = { orgId, serviceId: member.id };
  for (const call of [serviceAccounts.disable, serviceAccounts.enable, serviceAccounts.delete]) {
    expect(await refusedIdle(world.db, () => call(other))).toBe("SERVICE_NOT_FOUND");
  }
  await members.setRole({ orgId, userId: serviceId, role: "member" });
  const owned = { orgId, userId: serviceId, role: "owner" as const };
  expect(await refusedIdle(world.db, () => members.setRole(owned))).toBe("OWNER_IS_PERSON");
  expect(await serviceAccounts.disable({ orgId, serviceId })).toMatchObject({ state: "disabled", role: "member" });
  expect(await serviceAccounts.enable({ orgId, serviceId })).toMatchObject({ state: "active" });
  await owner.caller.boards.share({ boardId: board.id, userId: serviceId, role: "editor" });
  const deleted = await outcomeOf(world.db, owner, (mutationId) =>
    serviceAccounts.delete({ orgId, serviceId, mutationId }),
  );
  const types = deleted.announced.map(({ on, type }) => `${on} ${type}`);
  expect(types).toEqual(["board board.unshared", "inbox org.left", "org member.removed"]);
  expect((await serviceAccounts.list({ orgId })).items).toEqual([]);
  expect(await refusal(serviceAccounts.delete({ orgId, serviceId }))).toBe("SERVICE_NOT_FOUND");
});

test("a service account has nothing to sign in with", async ({ world }) => {
  const org = await world.org();
  const { service } = await robot(org);
  const [row] = await world.db.execute(
    sql`select email, password_hash as hash, kind from app_user where id = ${service.id}::uuid`,
  );
  expect(row).toEqual({ email: null, hash: null, kind: "service" });
  // Whatever is sent where an address belongs.
  const { caller } = await world.person();
  for (const email of [service.id, `${service.id}@service.invalid`, "", "null"]) {
    expect(await refusal(caller.auth.signIn({ email, password: "null null", transport: "token" }))).toMatch(
      /^(?:CREDENTIALS_WRONG|INPUT_INVALID)$/u,
    );
  }
  // And whatever any code forgets.
  const email = sql`update app_user set email = 'robot@example.test' where id = ${service.id}::uuid`;
  await expect(world.db.execute(email)).rejects.toMatchObject({ cause: { constraint_name: "app_user_person" } });
  const hash = sql`update app_user set password_hash = 'x' where id = ${service.id}::uuid`;
  await expect(world.db.execute(hash)).rejects.toMatchObject({ cause: { constraint_name: "app_user_person" } });
});

test("a service account acts by its keys, as itself, within its role and its organisation", async ({ world }) => {
  const [org, elsewhere] = [await world.org(), await world.org()];
  const board = await org.board({ tasks: ["One"] });
  const [member, theirs] = [await org.as("member"), await elsewhere.board()];
  const { service, key, token } = await robot(org);
  expect(key.owner).toEqual({ id: service.id, name: "Robot" });
  const { caller } = await signedIn(world.services, token);
  expect(await caller.auth.me()).toMatchObject({
    user: { id: service.id, email: null, name: "Robot" },
    orgs: [{ id: org.id, role: "member" }],
  });
  await caller.tasks.update({ boardId: board.id, taskId: board.task("One"), title: "By a program" });
  const [event] = await world.db.execute(sql`
    select actor_id as actor from event where stream_id = ${board.id}::uuid order by version desc limit 1`);
  expect(event).toEqual({ actor: service.id });
  expect(await refusal(caller.orgs.update({ orgId: org.id, name: "New" }))).toBe("ACTION_FORBIDDEN");
  expect(await refusal(caller.boards.get({ boardId: theirs.id }))).toBe("BOARD_NOT_FOUND");
  const own = { orgId: org.id, name: "Key", actions: ["org:read" as const], expiresAt: null };
  for (const call of [
    () => caller.keys.create(own),
    () => caller.orgs.create({ name: "Mine" }),
    () => caller.members.leave({ orgId: org.id }),
    () => caller.auth.reauthenticate({ password: "anything" }),
  ]) {
    expect(await refusedIdle(world.db, call)).toBe("KEY_FORBIDDEN");
  }
  // A member makes keys of their own alone.
  const stolen = { ...own, serviceId: service.id };
  expect(await refusedIdle(world.db, () => member.caller.keys.create(stolen))).toBe("ACTION_FORBIDDEN");
  expect(await refusedIdle(world.db, () => org.owner.caller.keys.create({ ...own, serviceId: member.id }))).toBe(
    "SERVICE_NOT_FOUND",
  );
  expect(
    await refusedIdle(world.db, () => elsewhere.owner.caller.keys.create({ ...stolen, orgId: elsewhere.id })),
  ).toBe("SERVICE_NOT_FOUND");
});

test("L15: a disabled, deleted or removed service account is out at once, in every process", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const { owner, id: orgId } = org;
  const board = await org.board();
  const other = await live.serve();
  const ends = {
    disabled: (serviceId: string) => owner.caller.serviceAccounts.disable({ orgId, serviceId }),
    deleted: (serviceId: string) => owner.caller.serviceAccounts.delete({ orgId, serviceId }),
    removed: (userId: string) => owner.caller.members.remove({ orgId, userId }),
  };
  for (const [how, end] of Object.entries(ends)) {
    const { service, token } = await robot(org);
    const trestle = createTrestle({ url: other.url, token });
    const watched = trestle.board(board.id);
    await until(() => watched.status === "live");
    await end(service.id);
    await until(() => watched.status === "revoked");
    const kind = () => trestle.boards.get.query({ boardId: board.id }).catch(errorKind);
    // That it is no member any more may have come first.
    expect([how, await kind()]).toEqual([how, expect.stringMatching(/^(?:SIGN_IN_REQUIRED|BOARD_NOT_FOUND)$/u)]);
    await until(async () => (await kind()) === "SIGN_IN_REQUIRED");
    await trestle.close();
    expect(await world.services.sessions.find(token)).toBeUndefined();
    if (how !== "disabled") continue;
    await owner.caller.serviceAccounts.enable({ orgId, serviceId: service.id });
    expect((await world.services.sessions.find(token))?.user.id).toBe(service.id);
  }
});
