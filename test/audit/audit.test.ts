import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { sql } from "drizzle-orm";
import { TOTP, URI } from "otpauth";
import { expect } from "vitest";
import { AUDITED, auditRuleOf } from "../../server/audited.ts";
import type { AuditRecord } from "../../server/domains/audit/audit.contract.ts";
import { deleteAccountOf } from "../../server/domains/home/account.service.ts";
import { disableAccount, enableAccount } from "../../server/domains/identity/accounts.service.ts";
import { appRouter, createCaller } from "../../server/router.ts";
import { createGround, INPUTS, type ProcedurePath } from "../architecture/inputs.ts";
import { SoftwareAuthenticator } from "../setup/authenticator.ts";
import { callByPath } from "../setup/by-path.ts";
import { until } from "../setup/clients.ts";
import { openRawSocket } from "../setup/raw-socket.ts";
import { refusal } from "../setup/refusal.ts";
import { announceImport, smallExport } from "../setup/trello.ts";
import { test } from "../setup/post.ts";
import { callerContext, type Person, signedIn, type TestOrg, type World } from "../setup/world.ts";

// What is recorded, of whom, and for whom to see. That nothing of it can be changed is in chain.test.ts.

/** Somebody's calls as they come from an address. */
function from(world: World, person: Person | undefined, address: string) {
  const context = person?.context ?? callerContext(world.services, undefined);
  return createCaller({ ...context, request: { ...context.request, address, requestId: () => REQUEST_ID } });
}
const REQUEST_ID = randomUUID();

async function recordsOf(org: TestOrg, filter: object = {}): Promise<AuditRecord[]> {
  return (await org.owner.caller.audit.list({ orgId: org.id, ...filter })).items;
}

/** Everything that is stored of the audit log, as text. */
async function allOf(world: World): Promise<string> {
  const rows = await world.db.execute<{ row: string }>(sql`select r::text as row from audit_record r`);
  return rows.map(({ row }) => row).join("\n");
}

const mutations = Object.entries<unknown>(appRouter._def.procedures)
  .filter(([, procedure]) => Reflect.get(Object(Reflect.get(Object(procedure), "_def")), "type") === "mutation")
  .map(([path]) => path);

test("every mutation is audited, or says why it is not", () => {
  const declared = Object.keys(AUDITED).filter((path) => mutations.includes(path));
  expect(declared.toSorted()).toEqual(mutations.toSorted());
  const others = Object.keys(AUDITED).filter((path) => !mutations.includes(path));
  expect(others).toEqual([
    "imports.upload",
    "accounts.disable",
    "accounts.enable",
    "accounts.delete",
    "accounts.endSessions",
    "accounts.resetFactors",
  ]);
});

/** They leave nothing for the others to be done to. */
const LAST = [
  "boards.unshare",
  "boards.delete",
  "members.remove",
  "projects.archive",
  "projects.delete",
  "orgs.delete",
];
const inScope = mutations
  .filter((path) => auditRuleOf(path) !== undefined && isScoped(path))
  .toSorted((a, b) => LAST.indexOf(a) - LAST.indexOf(b));

test("every mutation of a scope that is audited leaves a record of what is declared", async ({ world }) => {
  const [shared, empty] = [await createGround(world), await createGround(world)];
  expect(inScope.length).toBeGreaterThan(20);
  for (const path of inScope) {
    // In the other one there is a board by now.
    const ground = path === "projects.delete" ? empty : shared;
    const { org } = ground;
    const by = path === "members.leave" ? await org.another("member") : org.owner;
    await callByPath(by, path, isScoped(path) ? INPUTS[path](ground) : {});
    const rule = auditRuleOf(path);
    const digests = (["before", "after"] as const).map((each) => rule?.digests === each || rule?.digests === "both");
    const rows = await world.db.execute(sql`
      select session_id as "sessionId", key_id as "keyId", object_kind as "objectKind", outcome,
        object_id ~ '^[0-9a-f-]{36}' as named, before_digest is not null as before, after_digest is not null as after
      from audit_record where org_id = ${org.id}::uuid and action = ${path} and actor_id = ${by.id}::uuid
      order by at desc, id desc limit 1`);
    const sessionId = by.context.session?.id;
    const said = { sessionId, keyId: null, objectKind: rule?.object, outcome: "done", named: true };
    expect([path, rows[0]]).toEqual([path, { ...said, before: digests[0], after: digests[1] }]);
  }
});

function isScoped(path: string): path is ProcedurePath {
  return path in INPUTS;
}

test("who did what to whom, from where and when is found by each of them", async ({ world }) => {
  const org = await world.org();
  const member = await org.another("member");
  await from(world, org.owner, "192.0.2.1").members.setRole({ orgId: org.id, userId: member.id, role: "guest" });
  const [record] = await recordsOf(org);
  expect(record).toMatchObject({
    orgId: org.id,
    actorId: org.owner.id,
    sessionId: org.owner.context.session?.id,
    address: "192.0.2.1",
    action: "members.setRole",
    objectKind: "member",
    objectId: member.id,
    outcome: "done",
    requestId: REQUEST_ID,
  });
  expect(record?.beforeDigest).not.toBe(record?.afterDigest);

  const all = await recordsOf(org);
  const filters: [object, (one: AuditRecord) => boolean][] = [
    [{ actorId: member.id }, ({ actorId }) => actorId === member.id],
    [{ action: "members.invite" }, ({ action }) => action === "members.invite"],
    [{ objectKind: "member", objectId: member.id }, ({ objectId }) => objectId === member.id],
    [{ outcome: "refused" }, ({ outcome }) => outcome === "refused"],
    [{ from: record?.at }, ({ at }) => at >= (record?.at ?? "")],
    [{ to: record?.at }, ({ at }) => at < (record?.at ?? "")],
  ];
  for (const [filter, fits] of filters) expect(await recordsOf(org, filter)).toEqual(all.filter(fits));

  // Page by page, while more comes.
  const { owner, id: orgId } = org;
  const seen: AuditRecord[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await owner.caller.audit.list({ orgId, limit: 2, cursor });
    seen.push(...page.items);
    cursor = page.nextCursor;
    await owner.caller.orgs.update({ orgId, name: `Renamed ${seen.length}` });
  }
  expect(seen).toEqual(all);
});

test("what is neither of an organisation before, nor a call, is recorded in its organisation", async ({ world }) => {
  const org = await world.org();
  const member = await org.another("member");
  const imported = await announceImport(world, org);
  await imported.upload(smallExport());
  const all = await recordsOf(org);
  const byAction = Map.groupBy(all, ({ action }) => action);
  const objectOf = (action: string) => byAction.get(action)?.map(({ objectKind, objectId }) => [objectKind, objectId]);
  expect(objectOf("orgs.create")).toEqual([["org", org.id]]);
  expect(objectOf("members.accept")).toEqual([["member", member.id]]);
  expect(objectOf("imports.upload")).toEqual([["import", imported.importId]]);
});

test("what is rolled back, or repeated, leaves no record", async ({ world }) => {
  const org = await world.org();
  const { id: orgId, owner } = org;
  const before = await recordsOf(org);
  expect(await refusal(owner.caller.orgs.update({ orgId, slug: "x".repeat(80) }))).toBe("INPUT_INVALID");
  expect(await refusal(owner.caller.members.leave({ orgId }))).toBe("OWNER_REQUIRED");
  const again = { orgId, name: "Twice", mutationId: randomUUID() };
  await owner.caller.orgs.update(again);
  await owner.caller.orgs.update(again);
  expect((await recordsOf(org)).length).toBe(before.length + 1);
});

test("what is refused is recorded, and however often it is tried, few rows come of it", async ({ world }) => {
  const { audit } = world.services;
  const org = await world.org();
  const board = await org.board({ tasks: ["One"] });
  const [guest, viewer] = [await org.as("guest"), await board.as("viewer")];
  const { id: orgId } = org;
  for (let tries = 0; tries < 100; tries += 1) {
    await refusal(from(world, guest, "192.0.2.2").members.invite({ orgId, email: "a@example.test", role: "guest" }));
  }
  await refusal(viewer.caller.tasks.archive({ boardId: board.id, taskId: board.task("One") }));
  // An attacker who tries two hundred different things.
  for (let tries = 0; tries < 200; tries += 1) await refusal(guest.caller.boards.get({ boardId: randomUUID() }));
  await audit.writeRefusals();

  const refused = await recordsOf(org, { outcome: "refused" });
  expect(refused.map(({ actorId, action, reason, times }) => [actorId, action, reason, times])).toEqual(
    expect.arrayContaining([
      [guest.id, "members.invite", "ACTION_FORBIDDEN", 100],
      [viewer.id, "tasks.archive", "ACTION_FORBIDDEN", 1],
    ]),
  );
  expect(refused).toHaveLength(2);
  // Claims about boards that are nobody's are in the log of accounts, counted.
  const own = (await guest.caller.audit.listOwn({ outcome: "refused" })).items;
  expect(own.length).toBeLessThan(12);
  expect(own.reduce((sum, { times }) => sum + times, 0)).toBe(200);
});

test("what is refused for its shape or size, or tries to get past a check, is counted, without what it was", async ({
  world,
}) => {
  const { url, services } = await world.app();
  const person = await world.person();
  const { id, token } = person;
  const marker = "a-secret-that-was-sent";
  const json = { "content-type": "application/json" };
  const headers = { ...json, authorization: `Bearer ${token}` };
  const post = (path: string, init: RequestInit) => fetch(`${url}/trpc/${path}`, { method: "POST", headers, ...init });
  await services.audit.writeRefusals();
  const [{ last } = { last: "" }] = await world.db.execute<{ last: string }>(
    sql`select coalesce(max(id::text), '') as last from audit_record`,
  );
  for (let turn = 0; turn < 30; turn += 1) await post("orgs.create", { body: `{"json":{"name":"","${marker}":1}}` });
  await post("orgs.create", { body: `{"json":{"name":"${marker}` });
  await post("orgs.create", { body: JSON.stringify({ json: { name: marker.repeat(60_000) } }) });
  await post("orgs.create", { body: `name=${marker}`, headers: { ...headers, "content-type": "text/plain" } });
  await post("orgs.create", { body: "{}", headers: { ...json, origin: `https://${marker}.example` } });
  const paths = Array.from({ length: 21 }, () => "auth.me").join(",");
  await fetch(`${url}/trpc/${paths}?batch=1&input=%7B%7D`);
  await fetch(`${url}/trpc/auth.me?connectionParams=${marker}`, { headers: json });
  const socket = await openRawSocket({ url }, person);
  socket.send(`{"${marker}`);
  await until(() => socket.answers.has(null));
  socket.close();
  // What a socket sends is counted once it is known whose it is.
  await until(async () => {
    await services.audit.writeRefusals();
    const ofSocket = sql`action = 'request' and actor_id = ${id}::uuid`;
    return (await world.db.execute(sql`select from audit_record where ${ofSocket}`)).length > 0;
  });
  const rows = await world.db.execute<{ action: string; reason: string; actorId: string | null; times: number }>(sql`
    select action, reason, actor_id as "actorId", times from audit_record where id::text > ${last}
    order by action collate "C", reason collate "C"`);
  expect(rows.map(({ action, reason, actorId, times }) => [action, reason, actorId, times])).toEqual([
    ["orgs.create", "BODY_TOO_LARGE", id, 1],
    ["orgs.create", "INPUT_INVALID", id, 31],
    ["request", "BATCH_TOO_LARGE", null, 1],
    ["request", "CREDENTIALS_IN_URL", null, 1],
    ["request", "INPUT_INVALID", id, 1],
    ["request", "MEDIA_TYPE_UNSUPPORTED", null, 1],
    ["request", "ORIGIN_REFUSED", null, 1],
  ]);
  expect(await allOf(world)).not.toContain(marker);
});

test("nobody writes into the log of an organisation that is not theirs, or sees it", async ({ world }) => {
  const [org, other] = [await world.org(), await world.org()];
  const { caller } = other.owner;
  const { id: orgId } = org;
  expect(await refusal(caller.audit.list({ orgId }))).toBe("ORG_NOT_FOUND");
  expect(await refusal(caller.audit.verify({ orgId }))).toBe("ORG_NOT_FOUND");
  expect(await refusal(caller.audit.export({ orgId }))).toBe("ORG_NOT_FOUND");
  expect(await refusal((await org.as("member")).caller.audit.list({ orgId }))).toBe("ACTION_FORBIDDEN");
  await world.services.audit.writeRefusals();
  const refused = await recordsOf(org, { outcome: "refused" });
  expect(refused.map(({ actorId }) => actorId)).toEqual([(await org.as("member")).id]);
  expect(await recordsOf(other, { outcome: "refused" })).toEqual([]);
  const own = (await caller.audit.listOwn({ outcome: "refused" })).items;
  expect(own.map(({ objectId, reason }) => [objectId, reason])).toEqual([
    [orgId, "ORG_NOT_FOUND"],
    [orgId, "ORG_NOT_FOUND"],
    [orgId, "ORG_NOT_FOUND"],
  ]);
});

test("people see what happened to their account, and tries of others", async ({ world }) => {
  const { services } = world;
  const person = await world.person();
  const { email, password } = person;
  const stranger = from(world, undefined, "192.0.2.3");
  await refusal(stranger.auth.signIn({ email, password: "a wrong password", transport: "token" }));
  await refusal(stranger.auth.signIn({ email: "nobody-Secret@example.test", password, transport: "token" }));
  await services.audit.writeRefusals();
  await stranger.auth.signIn({ email, password, transport: "token" });
  const own = from(world, person, "192.0.2.4");
  await refusal(own.passwords.change({ currentPassword: "a wrong one", newPassword: "another passphrase" }));
  await services.audit.writeRefusals();
  await own.auth.reauthenticate({ password });
  await own.passwords.change({ currentPassword: password, newPassword: "another passphrase" });
  await own.sessions.revokeOthers();
  await own.auth.signOut();

  const back = await from(world, undefined, "192.0.2.5").auth.signIn({
    email,
    password: "another passphrase",
    transport: "token",
  });
  const found = await services.sessions.find(back.token ?? "");
  const { items } = await createCaller(callerContext(services, found)).audit.listOwn({});
  expect(items.map(({ action, outcome, reason, address }) => [action, outcome, reason, address])).toEqual([
    ["auth.signIn", "done", null, "192.0.2.5"],
    ["auth.signOut", "done", null, "192.0.2.4"],
    ["sessions.revokeOthers", "done", null, "192.0.2.4"],
    ["passwords.change", "done", null, "192.0.2.4"],
    ["auth.reauthenticate", "done", null, "192.0.2.4"],
    ["passwords.change", "refused", "PASSWORD_WRONG", "192.0.2.4"],
    ["auth.signIn", "done", null, "192.0.2.3"],
    ["auth.signIn", "refused", "CREDENTIALS_WRONG", "192.0.2.3"],
  ]);
  expect(items[0]).toMatchObject({ actorId: person.id, sessionId: found?.session.id, accountId: person.id });

  // The try with an address of no account: there, and without the address.
  const [unknown] = await world.db.execute<{ objectId: string }>(sql`
    select object_id as "objectId" from audit_record where account_id is null and reason = 'CREDENTIALS_WRONG'`);
  expect(unknown?.objectId).toBe(services.audit.keys.digest("nobody-secret@example.test"));
  const text = await allOf(world);
  for (const secret of ["ecret@example", email, password, "another passphrase", person.token, "a wrong"]) {
    expect(text).not.toContain(secret);
  }
});

test("what is done by mail, or by an operator, is recorded, too", async ({ world, post }) => {
  const { services, db } = world;
  const stranger = from(world, undefined, "192.0.2.6");
  const email = "new-to-audit@example.test";
  const signedUp = await stranger.auth.signUp({ email, password: "correct horse", name: "Nora", transport: "token" });
  const person = { id: signedUp.user.id, context: (await signedIn(services, signedUp.token ?? "")).context };
  const { emails, sessions, passwords } = createCaller(person.context);
  await emails.sendCode();
  await emails.confirm({ code: await post.codeTo(email) });
  const { token: other } = await stranger.auth.signIn({ email, password: "correct horse", transport: "token" });
  await sessions.revoke({ sessionId: (await services.sessions.find(other ?? ""))?.session.id ?? "" });
  await passwords.requestReset({ email });
  await stranger.passwords.reset({ token: await post.linkTo(email), password: "another passphrase" });
  await disableAccount(services, email);
  await enableAccount(services, email);
  await deleteAccountOf(services, email);
  const rows = await db.execute(sql`
    select action, actor_id is null as unknown, address, before_digest is null as fresh, after_digest is null as gone
    from audit_record where account_id = ${person.id}::uuid order by at, id`);
  const row = (
    action: string,
    address: string | null,
    known: { unknown?: boolean; fresh?: boolean; gone?: boolean },
  ) => ({
    action,
    address,
    unknown: false,
    fresh: true,
    gone: true,
    ...known,
  });
  expect([...rows]).toEqual([
    row("auth.signUp", "192.0.2.6", { gone: false }),
    row("auth.signIn", "192.0.2.6", {}),
    row("emails.confirm", null, { fresh: false, gone: false }),
    row("auth.signIn", "192.0.2.6", {}),
    row("sessions.revoke", null, {}),
    row("passwords.reset", "192.0.2.6", { unknown: true }),
    row("accounts.disable", null, { unknown: true }),
    row("accounts.enable", null, { unknown: true }),
    row("accounts.delete", null, { unknown: true }),
  ]);
});

test("what somebody signs in with besides a password comes and goes with a record", async ({ world }) => {
  const person = await world.person();
  const { authenticator, factors, passkeys, audit } = person.caller;
  const totp = URI.parse((await authenticator.create()).uri);
  if (!(totp instanceof TOTP)) throw new Error("not an address of codes by time");
  await authenticator.confirm({ code: totp.generate({ timestamp: world.clock.now().getTime() }) });
  const credential = new SoftwareAuthenticator(world.services.publicUrl).create(await passkeys.challenge());
  const { passkey } = await passkeys.create({ name: "Phone", credential });
  await factors.renewRecoveryCodes();
  await passkeys.delete({ passkeyId: passkey.id });
  await authenticator.delete();
  const { items } = await audit.listOwn({});
  expect(items.slice(0, 5).map(({ action, objectId, outcome }) => [action, objectId, outcome])).toEqual([
    ["authenticator.delete", person.id, "done"],
    ["passkeys.delete", person.id, "done"],
    ["factors.renewRecoveryCodes", person.id, "done"],
    ["passkeys.create", person.id, "done"],
    ["authenticator.confirm", person.id, "done"],
  ]);
});

test("whatever of an account is audited is in this file", () => {
  const text = readFileSync(import.meta.filename, "utf8");
  const ofAccounts = Object.keys(AUDITED).filter((path) => auditRuleOf(path) !== undefined && !isScoped(path));
  const elsewhere = ["orgs.create", "members.accept", "imports.upload", "account.delete"];
  // In test/identity/identities.test.ts, with the providers that they need.
  elsewhere.push("identities.reauthenticate", "identities.link", "identities.unlink");
  const missing = ofAccounts.filter((path) => !elsewhere.includes(path) && !text.includes(`"${path}"`));
  expect(missing).toEqual([]);
});

test("writers of one organisation do not wait for each other's records, nor for who seals", async ({ world }) => {
  const { db, services } = world;
  const org = await world.org();
  const { audit } = services;
  const count = 32;
  const boards = await Promise.all(Array.from({ length: count }, () => org.board()));
  const entryOf = (action: string) =>
    ({
      orgId: org.id,
      accountId: null,
      source: { userId: org.owner.id, sessionId: null, keyId: null, address: null, requestId: null },
      action,
      object: { kind: "org", id: org.id },
      outcome: "done",
      reason: null,
      times: 1,
      at: services.clock.now(),
    }) as const;

  await db.transaction(async (tx) => {
    // One has written its record, and does not end.
    await Promise.all(audit.insert(tx, [entryOf("orgs.update")]));
    const renamed = boards.map(({ id: boardId }, n) =>
      org.owner.caller.boards.archive({ boardId, mutationId: idOf(n) }),
    );
    await Promise.all(renamed);
    await audit.seal();
    const [open] = await db.execute<{ unsealed: number; sealed: number }>(sql`
      select count(*) filter (where block is null)::int as unsealed, count(*) filter (where block is not null)::int as sealed
      from audit_record where org_id = ${org.id}::uuid and action in ('boards.archive', 'orgs.update')`);
    expect(open).toEqual({ unsealed: 0, sealed: count });
  });
  // What committed late is in a later block: nothing has fallen out of the chain.
  await audit.seal();
  const [row] = await db.execute<{ late: number; early: number }>(sql`
    select max(block) filter (where action = 'orgs.update')::int as late,
      max(block) filter (where action = 'boards.archive')::int as early
    from audit_record where org_id = ${org.id}::uuid`);
  expect(row?.late).toBe((row?.early ?? 0) + 1);
  expect(await org.owner.caller.audit.verify({ orgId: org.id })).toMatchObject({ fault: null });
});

function idOf(n: number): string {
  return `00000000-0000-7000-8000-0000000000${n.toString(16).padStart(2, "0")}`;
}
