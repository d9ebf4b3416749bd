import { describe, expect } from "vitest";
import { readEvents } from "../../server/core/event-log.ts";
import { newId } from "../../server/core/ids.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import type { Home } from "../../server/domains/home/me.contract.ts";
import type { InboxEvent } from "../../server/events.ts";
import { whileHeld } from "../setup/held.ts";
import { announcedBy, versionOf } from "../setup/log.ts";
import { opened } from "../setup/opened.ts";
import { outcomeOf } from "../setup/outcome.ts";
import { kindsOf } from "../setup/refusal.ts";
import { test } from "../setup/world.ts";

describe("what concerns somebody is said to them, once, and to nobody else", () => {
  test("when they create an organisation", async ({ world }) => {
    const person = await world.person("Grace");
    const { answer, announced } = await outcomeOf(world.db, person, (mutationId) =>
      person.caller.orgs.create({ name: "Acme", mutationId }),
    );
    const { id, name, slug, role } = answer;
    expect(announced).toMatchObject([
      { on: "inbox", to: person.id, type: "org.joined", data: { org: { id, name, slug, role } } },
      { on: "org", type: "member.joined" },
    ]);
  });

  test("when they accept an invitation", async ({ world }) => {
    const org = await world.org();
    const person = await world.person();
    const { token, invitation } = await org.owner.caller.members.invite({
      orgId: org.id,
      email: person.email,
      role: "member",
    });
    const { announced } = await outcomeOf(world.db, person, (mutationId) =>
      person.caller.members.accept({ token, mutationId }),
    );
    expect(announced).toMatchObject([
      { on: "inbox", to: person.id, type: "invitation.withdrawn", data: { invitationId: invitation.id } },
      { on: "inbox", to: person.id, type: "org.joined", data: { org: { id: org.id, role: "member" } } },
      { on: "org", type: "member.joined" },
    ]);
  });

  test("when an invitation is taken back", async ({ world }) => {
    const org = await world.org();
    const { caller, id } = org.owner;
    const person = await world.person();
    const { invitation } = await caller.members.invite({ orgId: org.id, email: person.email, role: "member" });
    const invitationId = invitation.id;
    const { announced } = await outcomeOf(world.db, { id }, (mutationId) =>
      caller.invitations.revoke({ orgId: org.id, invitationId, mutationId }),
    );
    expect(announced).toMatchObject([
      { on: "inbox", to: person.id, type: "invitation.withdrawn", data: { invitationId } },
      { on: "org", type: "invitation.revoked" },
    ]);
  });

  test("when their role changes, and when they leave", async ({ world }) => {
    const org = await world.org();
    const [{ caller, id }, member] = [org.owner, await org.as("member")];
    const orgId = org.id;
    const raised = await outcomeOf(world.db, { id }, (mutationId) =>
      caller.members.setRole({ orgId, userId: member.id, role: "admin", mutationId }),
    );
    expect(raised.announced).toMatchObject([
      { on: "inbox", to: member.id, type: "org.role-changed", data: { orgId, role: "admin" } },
      { on: "org", type: "member.role-changed" },
    ]);
    const left = await outcomeOf(world.db, member, (mutationId) => member.caller.members.leave({ orgId, mutationId }));
    expect(left.announced).toMatchObject([
      { on: "inbox", to: member.id, type: "org.left", data: { orgId } },
      { on: "org", type: "member.removed" },
    ]);
  });

  test("when their organisation, or one that invited them, has another name or is no more", async ({ world }) => {
    const org = await world.org();
    const { caller, id } = org.owner;
    const orgId = org.id;
    const [guest, invited] = [await org.as("guest"), await world.person()];
    const { invitation } = await caller.members.invite({ orgId, email: invited.email, role: "member" });
    await caller.members.invite({ orgId, email: `${newId()}@example.test`, role: "member" });
    const renamed = await outcomeOf(world.db, { id }, (mutationId) =>
      caller.orgs.update({ orgId, name: "Renamed", mutationId }),
    );
    const told = renamed.announced.filter(({ on }) => on === "inbox");
    expect(told.map(({ to, type }) => `${to} ${type}`).toSorted()).toEqual(
      [id, guest.id, invited.id].map((to) => `${to} org.renamed`).toSorted(),
    );
    const deleted = await outcomeOf(world.db, { id }, (mutationId) => caller.orgs.delete({ orgId, mutationId }));
    expect(deleted.announced.map(({ to, type, data }) => ({ to, type, data }))).toEqual(
      [
        { to: id, type: "org.left", data: { orgId } },
        { to: guest.id, type: "org.left", data: { orgId } },
        { to: invited.id, type: "invitation.withdrawn", data: { invitationId: invitation.id } },
      ].toSorted((a, b) => (a.to < b.to ? -1 : 1)),
    );
  });
});

test("an invitation of an address that nobody has is nobody's news", async ({ world }) => {
  const org = await world.org();
  const { caller, id } = org.owner;
  const heads = await versionOf(world.db, id);
  const toOrg = await announcedBy(world.db, org.id, () =>
    caller.members.invite({ orgId: org.id, email: `${newId()}@example.test`, role: "guest" }),
  );
  expect(toOrg.map(({ type }) => type)).toEqual(["invitation.created"]);
  expect(await versionOf(world.db, id)).toBe(heads);
});

test("L3: changes that concern the same people at once wait for each other, and each is told", async ({ world }) => {
  const orgs = await Promise.all([world.org(), world.org(), world.org()]);
  const people = [await world.person(), await world.person(), await world.person()];
  const invitations = orgs.flatMap(({ id: orgId, owner }) =>
    people.map(({ email }) => owner.caller.members.invite({ orgId, email, role: "member" })),
  );
  const tokens = (await Promise.all(invitations)).map(({ token }) => token);
  const acceptances = tokens.map((token, index) => people[index % people.length]?.caller.members.accept({ token }));
  const renames = orgs.map(({ id: orgId, owner }) => owner.caller.orgs.update({ orgId, name: `Name ${newId()}` }));
  expect(kindsOf(await Promise.allSettled([...acceptances, ...renames]))).toEqual(
    [...acceptances, ...renames].map(() => "done"),
  );
  for (const { id } of people) {
    const types = (await readEvents(world.db, id, 0, 100)).map(({ type }) => type);
    for (const type of ["invitation.received", "invitation.withdrawn", "org.joined", "org.renamed"]) {
      expect(types.filter((known) => known === type)).toHaveLength(3);
    }
  }
});

test("L4: whoever is invited while the organisation is being renamed hears of the new name", async ({ world }) => {
  const org = await world.org();
  const person = await world.person();
  const { caller } = org.owner;
  // Both looked up whom they concern, and wait for the organisation: the renaming has to look again when it comes second.
  const ends = await whileHeld<unknown>(world.db, { streamId: org.id }, [
    () => caller.members.invite({ orgId: org.id, email: person.email, role: "member" }),
    () => caller.orgs.update({ orgId: org.id, name: "Renamed" }),
  ]);
  expect(kindsOf(ends)).toEqual(["done", "done"]);
  const { invitations } = await opened<Home>(person.caller.me.live());
  expect(invitations).toMatchObject([{ orgName: "Renamed" }]);
  const events = (await readEvents(world.db, person.id, 0, 100)).map((event) => toEvent<InboxEvent>(event));
  const told = events.map((event) =>
    event.type === "invitation.received" ? event.data.invitation.orgName : event.type,
  );
  expect(told.at(-1)).toMatch(/^(Renamed|org\.renamed)$/u);
});
