import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { sha256 } from "../../server/core/secrets.ts";
import { whileHeld } from "../setup/held.ts";
import { announcedBy, versionOf } from "../setup/log.ts";
import { refusal } from "../setup/refusal.ts";
import { test, type World } from "../setup/world.ts";

const DAY_MS = 86_400_000;
const NOBODY = "01900000-0000-7000-8000-000000000000";

let counter = 0;
function newEmail(): string {
  counter += 1;
  return `invited-${counter}@example.test`;
}

/** Moves the end of an invitation, as time would. */
async function expire(world: World, invitationId: string): Promise<void> {
  await world.db.execute(sql`
    update invitation set expires_at = ${new Date(Date.now() - 1_000).toISOString()}::timestamptz
    where id = ${invitationId}::uuid`);
}

test("whoever is invited joins with the token, once", async ({ world }) => {
  const org = await world.org();
  const [admin, person, third] = [await org.as("admin"), await world.person("Grace"), await world.person()];
  const { invitation, token } = await admin.caller.members.invite({
    orgId: org.id,
    email: person.email.toUpperCase(),
    role: "member",
  });
  expect(invitation).toMatchObject({ email: person.email, role: "member", invitedBy: admin.id });
  expect(Date.parse(invitation.expiresAt) - Date.parse(invitation.createdAt)).toBe(7 * DAY_MS);

  const events = await announcedBy(world.db, org.id, async () => {
    const joined = await person.caller.members.accept({ token });
    expect(joined).toEqual(await person.caller.orgs.get({ orgId: org.id }));
    expect(joined.role).toBe("member");
  });
  const data = { userId: person.id, name: "Grace", kind: "person", role: "member", roleId: null };
  expect(events).toEqual([{ type: "member.joined", data }]);
  expect(await refusal(person.caller.members.accept({ token }))).toBe("INVITATION_NOT_FOUND");
  expect(await refusal(third.caller.members.accept({ token }))).toBe("INVITATION_NOT_FOUND");
  expect((await admin.caller.invitations.list({ orgId: org.id })).items).toEqual([]);
});

test("an admission counts as a change of access, and the membership knows since when", async ({ world }) => {
  const org = await world.org();
  const guest = await org.as("guest");
  const [row] = await world.db.execute(sql`
    select o.access_version as org, m.access_version as membership, e.access_version as event
    from org o join membership m on m.org_id = o.id and m.user_id = ${guest.id}::uuid
    join event e on e.stream_id = o.id and e.type = 'member.joined' and e.actor_id = m.user_id
    where o.id = ${org.id}::uuid`);
  expect(Number(row?.["org"])).toBeGreaterThan(1);
  expect(row).toEqual({ org: row?.["org"], membership: row?.["org"], event: row?.["org"] });
});

test("the token is in no table and no event, nor is the address in an event", async ({ world }) => {
  const org = await world.org();
  const email = newEmail();
  const mutationId = newId();
  const { token, invitation } = await org.owner.caller.members.invite({
    orgId: org.id,
    email,
    role: "guest",
    mutationId,
  });
  const [kept] = await world.db.execute<{ invitation: unknown; events: string; mutation: unknown }>(sql`
    select (select to_json(i) from invitation i where i.id = ${invitation.id}::uuid) as invitation,
      (select json_agg(e)::text from event e where e.org_id = ${org.id}::uuid) as events,
      (select to_json(m) from mutation m where m.id = ${mutationId}::uuid) as mutation`);
  expect(JSON.stringify(kept)).not.toContain(token);
  expect(kept?.invitation).toMatchObject({ token_hash: sha256(token) });
  expect(kept?.events).not.toContain(email);
  expect(kept?.events).toContain("invitation.created");
  expect(kept?.mutation).toMatchObject({ procedure: "members.invite", result: null });
});

test("L5: a repeated invitation does not answer the token again", async ({ world }) => {
  const org = await world.org();
  const person = await world.person();
  const input = { orgId: org.id, email: person.email, role: "guest", mutationId: newId() } as const;
  const { token } = await org.owner.caller.members.invite(input);
  const version = await versionOf(world.db, org.id);
  expect(await refusal(org.owner.caller.members.invite(input))).toBe("ALREADY_DONE");
  expect(await refusal(org.owner.caller.members.invite({ ...input, role: "member" }))).toBe("MUTATION_ID_REUSED");
  expect(await versionOf(world.db, org.id)).toBe(version);
  expect((await person.caller.members.accept({ token })).role).toBe("guest");
});

test("a second invitation of an address replaces the first", async ({ world }) => {
  const org = await world.org();
  const person = await world.person();
  const { invite } = org.owner.caller.members;
  const first = await invite({ orgId: org.id, email: person.email, role: "guest" });
  await expire(world, first.invitation.id);
  const events = await announcedBy(world.db, org.id, async () => {
    const second = await invite({ orgId: org.id, email: person.email, role: "admin" });
    expect(await refusal(person.caller.members.accept({ token: first.token }))).toBe("INVITATION_NOT_FOUND");
    const { items } = await org.owner.caller.invitations.list({ orgId: org.id });
    expect(items).toEqual([second.invitation]);
    expect((await person.caller.members.accept({ token: second.token })).role).toBe("admin");
  });
  expect(events.map(({ type }) => type)).toEqual(["invitation.created", "member.joined"]);
});

test("a token is worth nothing to another address, nor after its time", async ({ world }) => {
  const org = await world.org();
  const [person, thief] = [await world.person(), await world.person()];
  const { token, invitation } = await org.owner.caller.members.invite({
    orgId: org.id,
    email: person.email,
    role: "admin",
  });
  expect(await refusal(thief.caller.members.accept({ token }))).toBe("INVITATION_NOT_FOUND");
  expect(await refusal(person.caller.members.accept({ token: `${token}x` }))).toBe("INVITATION_NOT_FOUND");
  expect(await refusal(person.caller.members.accept({ token: "\0" }))).toBe("INVITATION_NOT_FOUND");
  await expire(world, invitation.id);
  expect(await refusal(person.caller.members.accept({ token }))).toBe("INVITATION_NOT_FOUND");
  expect((await person.caller.auth.me()).orgs).toEqual([]);
});

test("a member is not invited, and does not join twice", async ({ world }) => {
  const org = await world.org();
  const member = await org.as("member");
  const { invite } = org.owner.caller.members;
  expect(await refusal(invite({ orgId: org.id, email: member.email, role: "admin" }))).toBe("MEMBER_EXISTS");
  const { token } = await invite({ orgId: org.id, email: newEmail(), role: "admin" });
  await world.db.execute(sql`update invitation set email = ${member.email} where token_hash = ${sha256(token)}`);
  expect(await refusal(member.caller.members.accept({ token }))).toBe("MEMBER_EXISTS");
  expect((await member.caller.orgs.get({ orgId: org.id })).role).toBe("member");
});

test("nobody invites above their own role, or touches an invitation above it", async ({ world }) => {
  const org = await world.org();
  const admin = await org.as("admin");
  const orgId = org.id;
  const email = newEmail();
  expect(await refusal(admin.caller.members.invite({ orgId, email, role: "owner" }))).toBe("ROLE_TOO_HIGH");
  const { invitation } = await org.owner.caller.members.invite({ orgId, email, role: "owner" });
  expect(await refusal(admin.caller.members.invite({ orgId, email, role: "guest" }))).toBe("ROLE_TOO_HIGH");
  const target = { orgId, invitationId: invitation.id };
  expect(await refusal(admin.caller.invitations.revoke(target))).toBe("ROLE_TOO_HIGH");
  const member = await org.as("member");
  expect(await refusal(member.caller.members.invite({ orgId, email: newEmail(), role: "guest" }))).toBe(
    "ACTION_FORBIDDEN",
  );
  expect(await refusal(member.caller.invitations.list({ orgId }))).toBe("ACTION_FORBIDDEN");
});

test("an invitation that was taken back is worth nothing", async ({ world }) => {
  const [org, other] = [await world.org(), await world.org()];
  const person = await world.person();
  const { token, invitation } = await org.owner.caller.members.invite({
    orgId: org.id,
    email: person.email,
    role: "guest",
  });
  const foreign = { orgId: other.id, invitationId: invitation.id };
  expect(await refusal(other.owner.caller.invitations.revoke(foreign))).toBe("INVITATION_NOT_FOUND");
  const events = await announcedBy(world.db, org.id, async () => {
    expect(await org.owner.caller.invitations.revoke({ orgId: org.id, invitationId: invitation.id })).toBeNull();
  });
  expect(events).toEqual([{ type: "invitation.revoked", data: { invitationId: invitation.id } }]);
  expect(await refusal(person.caller.members.accept({ token }))).toBe("INVITATION_NOT_FOUND");
  for (const invitationId of [invitation.id, NOBODY]) {
    expect(await refusal(org.owner.caller.invitations.revoke({ orgId: org.id, invitationId }))).toBe(
      "INVITATION_NOT_FOUND",
    );
  }
});

test("invitations are listed newest first, page by page, without their tokens", async ({ world }) => {
  const [org, other] = [await world.org(), await world.org()];
  await other.owner.caller.members.invite({ orgId: other.id, email: newEmail(), role: "guest" });
  const made = [];
  for (let count = 0; count < 5; count += 1) {
    made.push(await org.owner.caller.members.invite({ orgId: org.id, email: newEmail(), role: "guest" }));
  }
  const seen = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await org.owner.caller.invitations.list({ orgId: org.id, cursor, limit: 2 });
    seen.push(...page.items);
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(made.map(({ invitation }) => invitation).toReversed());
});

test("L5: an acceptance that comes twice at once is answered alike", async ({ world }) => {
  const org = await world.org();
  const person = await world.person();
  const { token } = await org.owner.caller.members.invite({ orgId: org.id, email: person.email, role: "member" });
  const version = await versionOf(world.db, org.id);
  const accept = (mutationId: string) => () => person.caller.members.accept({ token, mutationId });
  const own = newId();
  const ends = await whileHeld(world.db, { streamId: org.id }, [accept(own), accept(own), accept(own)]);
  expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
  expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(1);
  expect(await versionOf(world.db, org.id)).toBe(version + 1);
  expect(await accept(own)()).toMatchObject({ id: org.id, role: "member" });
  expect(await refusal(accept(newId())())).toBe("INVITATION_NOT_FOUND");
});

test("L4: an invitation that was taken back while its acceptance waited is not accepted", async ({ world }) => {
  const org = await world.org();
  const person = await world.person();
  const { token, invitation } = await org.owner.caller.members.invite({
    orgId: org.id,
    email: person.email,
    role: "member",
  });
  const [end] = await whileHeld(
    world.db,
    { streamId: org.id, change: (tx) => tx.execute(sql`delete from invitation where id = ${invitation.id}::uuid`) },
    [() => person.caller.members.accept({ token })],
  );
  expect(end).toMatchObject({ status: "rejected", reason: { kind: "INVITATION_NOT_FOUND" } });
  expect((await person.caller.auth.me()).orgs).toEqual([]);
});

test("L4: an organisation that was deleted while an acceptance waited is not joined", async ({ world }) => {
  const org = await world.org();
  const person = await world.person();
  const { token } = await org.owner.caller.members.invite({ orgId: org.id, email: person.email, role: "member" });
  const [end] = await whileHeld(
    world.db,
    { streamId: org.id, change: (tx) => tx.execute(sql`delete from org where id = ${org.id}::uuid`) },
    [() => person.caller.members.accept({ token })],
  );
  expect(end).toMatchObject({ status: "rejected", reason: { kind: "INVITATION_NOT_FOUND" } });
});
