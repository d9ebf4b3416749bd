import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { AppError } from "../../server/core/app-error.ts";
import { createTrestle, errorKind } from "../../client/index.ts";
import { disableAccount } from "../../server/domains/identity/accounts.service.ts";
import { onSessionsEnded } from "../../server/domains/identity/session-end.ts";
import { isKeyToken, newKeyToken } from "../../server/domains/identity/key-token.ts";
import { type Action, KEY_ACTIONS, POLICY } from "../../server/policy.ts";
import { createGround, INPUTS, type ProcedurePath } from "../architecture/inputs.ts";
import { callByPath } from "../setup/by-path.ts";
import { until } from "../setup/clients.ts";
import { changedBy } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { appRouter } from "../../server/router.ts";
import { type Person, signedIn, type World } from "../setup/world.ts";
import { test } from "../live/live-test.ts";

const READS = KEY_ACTIONS.filter((action) => /:(?:read|list|watch)$/u.test(action));
const PATHS = Object.keys(INPUTS).filter((path): path is ProcedurePath => path in INPUTS);

async function keyOf(owner: Person, orgId: string, actions: readonly Action[] = READS) {
  return owner.caller.keys.create({ orgId, name: "A program", actions: [...actions], expiresAt: null });
}

/** The same person, by a key of theirs. */
async function byKey(world: World, owner: Person, token: string): Promise<Person> {
  return { ...owner, token, ...(await signedIn(world.services, token)) };
}

function actionOf(path: string): string {
  const procedure: unknown = Reflect.get(Object(appRouter._def.procedures), path);
  return String(Reflect.get(Object(Reflect.get(Object(Reflect.get(Object(procedure), "_def")), "meta")), "action"));
}

/** The kind of what comes of a call; undefined: it was answered. */
async function kindOf(person: Person, path: string, input: Record<string, unknown> = {}): Promise<string | undefined> {
  try {
    const answer = await callByPath(person, path, input);
    if (isIterable(answer)) for await (const _ of answer) break;
    return undefined;
  } catch (error) {
    return kindOfError(error);
  }
}

function kindOfError(error: unknown): string {
  if (error instanceof AppError) return error.kind;
  throw error;
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

test("a token says what it is, and that it was not mistyped; its hash alone is stored", async ({ world }) => {
  const org = await world.org();
  const { token, key } = await keyOf(org.owner, org.id);
  expect(token).toMatch(/^trs_[a-z2-7]{39}$/u);
  expect(isKeyToken(token)).toBe(true);
  for (let at = 4; at < token.length; at += 1) {
    const other = token[at] === "a" ? "b" : "a";
    expect(isKeyToken(token.slice(0, at) + other + token.slice(at + 1))).toBe(false);
  }
  const [row] = await world.db.execute(sql`select to_json(k)::text as row from api_key k where id = ${key.id}::uuid`);
  expect(String(row?.["row"])).not.toContain(token.slice(4, 36));
  expect(new Set(Array.from({ length: 100 }, newKeyToken)).size).toBe(100);
});

test("who makes a key has just proved who they are, and sees its token once", async ({ world }) => {
  const org = await world.org();
  const input = { orgId: org.id, name: "Key", actions: ["org:read" as const], expiresAt: null };
  const mutationId = crypto.randomUUID();
  await org.owner.caller.keys.create({ ...input, mutationId });
  expect(await refusal(org.owner.caller.keys.create({ ...input, mutationId }))).toBe("ALREADY_DONE");
  const past = new Date(world.clock.now().getTime() - 1).toISOString();
  expect(await refusal(org.owner.caller.keys.create({ ...input, expiresAt: past }))).toBe("INPUT_INVALID");
  world.clock.advance(11 * 60_000);
  expect(await refusal(org.owner.caller.keys.create(input))).toBe("REAUTHENTICATION_REQUIRED");
  await org.owner.caller.auth.reauthenticate({ password: org.owner.password });
  await org.owner.caller.keys.create(input);
});

test("members see and revoke their own keys, owners and admins everybody's, other organisations none", async ({
  world,
}) => {
  const [org, other] = [await world.org(), await world.org()];
  const [member, colleague, admin] = [await org.as("member"), await org.another("member"), await org.as("admin")];
  const [own, theirs] = [await keyOf(member, org.id), await keyOf(colleague, org.id)];
  const seenBy = async ({ caller }: Person) => (await caller.keys.list({ orgId: org.id })).items.map(({ id }) => id);
  expect(await seenBy(member)).toEqual([own.key.id]);
  expect(await seenBy(admin)).toEqual([theirs.key.id, own.key.id]);
  const revoke = (person: Person, keyId: string, orgId = org.id) => kindOf(person, "keys.revoke", { orgId, keyId });
  expect(await revoke(member, theirs.key.id)).toBe("KEY_NOT_FOUND");
  expect(await revoke(other.owner, own.key.id, other.id)).toBe("KEY_NOT_FOUND");
  expect(await revoke(admin, own.key.id)).toBeUndefined();
  expect(await revoke(colleague, theirs.key.id)).toBeUndefined();
  expect(await seenBy(admin)).toEqual([]);
});

test("there is an end to the number of keys", async ({ world }) => {
  const org = await world.org();
  await world.db.execute(sql`
    insert into api_key (id, org_id, user_id, name, token_hash, actions, created_at)
    select gen_random_uuid(), ${org.id}::uuid, ${org.owner.id}::uuid, 'Key', md5(n::text) || ${org.id}, '{}', now()
    from generate_series(1, 50) n`);
  expect(await refusal(keyOf(org.owner, org.id))).toBe("KEYS_TOO_MANY");
});

test("a key that only reads, tried on the whole router, writes nothing", async ({ world }) => {
  const ground = await createGround(world);
  const { token } = await keyOf(ground.org.owner, ground.org.id);
  const program = await byKey(world, ground.org.owner, token);
  const asked = ["auth.me", "access.explain", "operations.list", "operations.get"];
  const others = Object.keys(appRouter._def.procedures).filter((path) => !(path in INPUTS) && !asked.includes(path));
  const changed = await changedBy(world.db, async () => {
    for (const path of PATHS) {
      const kind = await kindOf(program, path, INPUTS[path](ground));
      expect([path, kind]).toEqual([
        path,
        READS.some((action) => action === actionOf(path)) ? undefined : "KEY_FORBIDDEN",
      ]);
    }
    for (const path of others) expect([path, await kindOf(program, path)]).toEqual([path, "KEY_FORBIDDEN"]);
    expect((await program.caller.auth.me()).user.id).toBe(program.id);
    const explained = await program.caller.access.explain({ action: "org:update", orgId: ground.org.id });
    expect(explained.rule).toBe("key");
  });
  expect(changed).toEqual([]);
});

test("each action lets a key call what asks for it, and nothing else", async ({ world }) => {
  const ground = await createGround(world);
  for (const path of PATHS) {
    const action = KEY_ACTIONS.find((known) => known === actionOf(path));
    if (!action) continue;
    const others = KEY_ACTIONS.filter((known) => known !== action);
    const without = await byKey(world, ground.org.owner, (await keyOf(ground.org.owner, ground.org.id, others)).token);
    expect([path, await kindOf(without, path, INPUTS[path](ground))]).toEqual([path, "KEY_FORBIDDEN"]);
    await world.db.execute(sql`delete from api_key where name = 'A program'`);
  }
  for (const action of ["task:create", "org:read"] as const) {
    const { token } = await keyOf(ground.org.owner, ground.org.id, [action]);
    const program = await byKey(world, ground.org.owner, token);
    const path = action === "org:read" ? "orgs.get" : "tasks.create";
    expect(await kindOf(program, path, INPUTS[path](ground))).toBeUndefined();
  }
});

test("no key makes keys or deletes its organisation", () => {
  const ofPeople = new Set<string>(["key:create", "org:delete", "org:demand-factor", "rule:create", "rule:update"]);
  expect(KEY_ACTIONS.filter((action) => ofPeople.has(action))).toEqual([]);
  expect(KEY_ACTIONS.length).toBe(Object.keys(POLICY).length - 9);
});

test("a key sees nothing of another organisation of its owner", async ({ world }) => {
  const [ground, elsewhere] = [await createGround(world), await createGround(world)];
  const { owner } = ground.org;
  const { token } = await elsewhere.org.owner.caller.members.invite({
    orgId: elsewhere.org.id,
    email: owner.email,
    role: "admin",
  });
  await owner.caller.members.accept({ token });
  const issued = await keyOf(owner, ground.org.id, KEY_ACTIONS);
  const program = await byKey(world, owner, issued.token);
  for (const path of PATHS) {
    if (!KEY_ACTIONS.some((action) => action === actionOf(path))) continue;
    const input: Record<string, unknown> = INPUTS[path](elsewhere);
    const kind = "boardId" in input ? "BOARD_NOT_FOUND" : "ORG_NOT_FOUND";
    expect([path, await kindOf(program, path, input)]).toEqual([path, kind]);
  }
  expect((await program.caller.auth.me()).orgs.map(({ id }) => id)).toEqual([ground.org.id]);
});

test("each of many changes at once is looked at by itself", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One"] });
  const { token } = await keyOf(org.owner, org.id, ["board:apply", "task:archive"]);
  const program = await byKey(world, org.owner, token);
  const results = await program.caller.boards.applyChanges({
    boardId: board.id,
    changes: [
      { procedure: "tasks.update", taskId: board.task("One"), title: "Renamed" },
      { procedure: "tasks.archive", taskId: board.task("One") },
    ],
  });
  expect(results).toMatchObject([{ status: "refused", kind: "ACTION_FORBIDDEN" }, { status: "done" }]);
});

describe("who owns a key", () => {
  test("gives it no more than they have: a lower role, a removal and a disabled account count at once", async ({
    world,
  }) => {
    const org = await world.org();
    const member = await org.another("member");
    const { token } = await keyOf(member, org.id, KEY_ACTIONS);
    const program = await byKey(world, member, token);
    const create = () => kindOf(program, "projects.create", { orgId: org.id, name: "New", key: "NEW" });
    expect(await create()).toBeUndefined();
    expect(await refusal(program.caller.orgs.update({ orgId: org.id, name: "New" }))).toBe("ACTION_FORBIDDEN");
    await org.owner.caller.members.setRole({ orgId: org.id, userId: member.id, role: "guest" });
    expect(await create()).toBe("ACTION_FORBIDDEN");
    await disableAccount(world.services, member.email);
    expect(await world.services.sessions.find(token)).toBeUndefined();
    await org.owner.caller.members.remove({ orgId: org.id, userId: member.id });
    const [row] = await world.db.execute(
      sql`select count(*)::int as count from api_key where user_id = ${member.id}::uuid`,
    );
    expect(row).toEqual({ count: 0 });
  });

  test("sees when and from where it was used", async ({ world }) => {
    const org = await world.org();
    const { token, key } = await keyOf(org.owner, org.id);
    expect(key).toMatchObject({ lastUsedAt: null, lastAddress: null, owner: { id: org.owner.id } });
    await world.services.sessions.find(token, "192.0.2.1");
    const used = async () => (await org.owner.caller.keys.list({ orgId: org.id })).items[0];
    await until(async () => (await used())?.lastAddress === "192.0.2.1");
    expect((await used())?.lastUsedAt).not.toBeNull();
  });
});

test("a key calls and watches by HTTP and WebSocket; its revocation ends that in every process", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board();
  const { token, key } = await keyOf(org.owner, org.id);
  const other = await live.serve();
  const trestle = createTrestle({ url: other.url, token });
  expect((await trestle.boards.get.query({ boardId: board.id })).board.id).toBe(board.id);
  const watched = trestle.board(board.id);
  await until(() => watched.status === "live");
  const refused = await trestle.tasks.create
    .mutate({ boardId: board.id, columnId: board.column("Todo"), title: "No" })
    .catch((error: unknown) => error);
  expect(errorKind(refused)).toBe("KEY_FORBIDDEN");

  await org.owner.caller.keys.revoke({ orgId: org.id, keyId: key.id });
  await until(() => watched.status === "revoked");
  const after = await trestle.boards.get.query({ boardId: board.id }).catch((error: unknown) => error);
  expect(errorKind(after)).toBe("SIGN_IN_REQUIRED");
  await trestle.close();
});

test("an admin who revokes somebody's key ends what that one has open, not their own", async ({ world }) => {
  const org = await world.org();
  const [admin, member] = [await org.as("admin"), await org.as("member")];
  const { key } = await keyOf(member, org.id);
  const told: (string | undefined)[] = [];
  const other = world.otherServices();
  onSessionsEnded(other, (userId) => void told.push(userId));
  // An end of their own, until it listens.
  await until(async () => {
    await world.services.sessions.create(member.id, "another");
    await member.caller.sessions.revokeOthers();
    return told.includes(member.id);
  });
  // Whatever else those ends were told by.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  told.length = 0;
  await admin.caller.keys.revoke({ orgId: org.id, keyId: key.id });
  await until(() => told.includes(member.id));
  expect(told.filter((userId) => userId === admin.id)).toEqual([]);
});

test("a key is no cookie, and expires", async ({ world }) => {
  const { url } = await world.app();
  const org = await world.org();
  const expiresAt = new Date(world.clock.now().getTime() + 60_000).toISOString();
  const input = { orgId: org.id, name: "Key", actions: ["org:read" as const], expiresAt };
  const { token } = await org.owner.caller.keys.create(input);
  const path = `${url}/trpc/orgs.get?input=${encodeURIComponent(JSON.stringify({ json: { orgId: org.id } }))}`;
  const status = async (headers: Record<string, string>) => (await fetch(path, { headers })).status;
  expect(await status({ authorization: `Bearer ${token}` })).toBe(200);
  expect(await status({ cookie: `trestle=${token}` })).toBe(401);
  expect(await status({ authorization: `Bearer ${token.slice(0, -1)}` })).toBe(401);
  world.clock.advance(61_000);
  expect(await status({ authorization: `Bearer ${token}` })).toBe(401);
});
