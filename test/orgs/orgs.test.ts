import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { toSlug } from "../../server/domains/orgs/slug.ts";
import { whileHeld } from "../setup/held.ts";
import { announcedBy, versionOf } from "../setup/log.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { test, type World } from "../setup/world.ts";

/** Every table that holds an organisation's rows, by the column that says so. */
const TABLES = {
  org: "id",
  stream: "org_id",
  event: "org_id",
  membership: "org_id",
  invitation: "org_id",
  project: "org_id",
  board: "org_id",
  board_member: "org_id",
  board_column: "org_id",
  board_import: "org_id",
  import_row: "org_id",
  label: "org_id",
  task: "org_id",
  comment: "org_id",
};

async function rowsLeft(world: World, orgId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [table, column] of Object.entries(TABLES)) {
    const rows = await world.db.execute(sql`select 1 from ${sql.identifier(table)}
      where ${sql.identifier(column)} = ${orgId}::uuid`);
    counts[table] = rows.length;
  }
  return counts;
}

test("who creates an organisation owns it, and its log begins with them", async ({ world }) => {
  const person = await world.person("Grace");
  const org = await person.caller.orgs.create({ name: "  Acme & Co  " });
  expect(org).toMatchObject({ name: "Acme & Co", slug: "acme-co", role: "owner" });
  expect(await person.caller.orgs.get({ orgId: org.id })).toEqual(org);
  const events = await world.db.execute(sql`
    select version, type, actor_id, access_version, data from event where stream_id = ${org.id}::uuid`);
  expect([...events]).toEqual([
    {
      version: "1",
      type: "member.joined",
      actor_id: person.id,
      access_version: "1",
      data: { userId: person.id, name: "Grace", kind: "person", role: "owner", roleId: null },
    },
  ]);
});

test("a repeated creation makes one organisation, also when both come at once", async ({ world }) => {
  const person = await world.person();
  const input = { name: "Twice", mutationId: newId() };
  const answers = await Promise.all(Array.from({ length: 4 }, () => person.caller.orgs.create(input)));
  answers.push(await person.caller.orgs.create(input));
  expect(new Set(answers.map((org) => JSON.stringify(org))).size).toBe(1);
  expect((await person.caller.auth.me()).orgs).toHaveLength(1);
});

test("a mutation id stands for one call of one person", async ({ world }) => {
  const [person, other] = [await world.person(), await world.person()];
  const mutationId = newId();
  const org = await person.caller.orgs.create({ name: "First", mutationId });
  expect(await refusal(person.caller.orgs.create({ name: "Second", mutationId }))).toBe("MUTATION_ID_REUSED");
  expect(await refusal(person.caller.orgs.delete({ orgId: org.id, mutationId }))).toBe("MUTATION_ID_REUSED");
  expect((await other.caller.orgs.create({ name: "First", mutationId })).id).not.toBe(org.id);
  const own = { id: org.id, name: "First", slug: org.slug, role: "owner", customRole: null, factorDueAt: null };
  expect((await person.caller.auth.me()).orgs).toEqual([own]);
});

test("organisations of one name get addresses of their own, also when they come at once", async ({ world }) => {
  const people = await Promise.all(Array.from({ length: 5 }, () => world.person()));
  const orgs = await Promise.all(people.map(({ caller }) => caller.orgs.create({ name: "Same" })));
  expect(orgs.map(({ slug }) => slug).toSorted()).toEqual(["same", "same-2", "same-3", "same-4", "same-5"]);
});

test("an address is made of what a name has of Latin letters and digits", () => {
  expect(toSlug("Šárka & Søn, Straße 12")).toBe("sarka-son-strasse-12");
  expect(toSlug("--Ünïcode™--")).toBe("unicodetm");
  expect(toSlug("日本")).toBe("org");
  expect(toSlug("日本 2")).toBe("2");
  expect(toSlug(`${"x".repeat(39)} ${"y".repeat(60)}`)).toBe("x".repeat(39));
});

test("a name that is empty, too long or cannot be stored is refused", async ({ world }) => {
  const { caller } = await world.person();
  for (const name of ["", "  ", "x".repeat(101), "a\0b", "\udc34"]) {
    expect(await refusal(caller.orgs.create({ name }))).toBe("INPUT_INVALID");
  }
  expect((await caller.auth.me()).orgs).toEqual([]);
});

test("an admin renames an organisation and moves its address", async ({ world }) => {
  const org = await world.org();
  const { caller } = await org.as("admin");
  const slug = `moved-${org.id}`;
  const events = await announcedBy(world.db, org.id, () =>
    caller.orgs.update({ orgId: org.id, name: "New name", slug: slug.toUpperCase() }),
  );
  expect(events).toEqual([{ type: "org.updated", data: { name: "New name", slug } }]);
  expect(await caller.orgs.get({ orgId: org.id })).toMatchObject({ name: "New name", slug, role: "admin" });
});

test("an update that changes nothing writes nothing", async ({ world }) => {
  const org = await world.org();
  const { name, slug } = await org.owner.caller.orgs.get({ orgId: org.id });
  const updates = [{}, { name }, { name: ` ${name} `, slug }];
  const events = await announcedBy(world.db, org.id, async () => {
    for (const update of updates) await org.owner.caller.orgs.update({ orgId: org.id, ...update });
  });
  expect(events).toEqual([]);
});

test("an address that another organisation has cannot be taken", async ({ world }) => {
  const [org, other] = [await world.org(), await world.org()];
  const { slug } = await other.owner.caller.orgs.get({ orgId: other.id });
  expect(await refusal(org.owner.caller.orgs.update({ orgId: org.id, slug }))).toBe("ORG_SLUG_TAKEN");
  for (const bad of ["", "a b", "-a", "a--b", "ä", "x".repeat(61)]) {
    expect(await refusal(org.owner.caller.orgs.update({ orgId: org.id, slug: bad }))).toBe("INPUT_INVALID");
  }
});

test("of two organisations that move to one address at once one gets it", async ({ world }) => {
  const [org, other] = [await world.org(), await world.org()];
  const slug = `wanted-${org.id}`;
  const ends = await Promise.allSettled(
    [org, other].map(({ id, owner }) => owner.caller.orgs.update({ orgId: id, slug })),
  );
  expect(kindsOf(ends).toSorted()).toEqual(["ORG_SLUG_TAKEN", "done"]);
});

test("only its owner deletes an organisation, with everything in it", async ({ world }) => {
  const [org, other] = [await world.org(), await world.org()];
  const member = await org.as("member");
  const board = await org.board({ tasks: ["Assigned"] });
  await org.owner.caller.labels.create({ boardId: board.id, name: "Label", color: "red" });
  await org.owner.caller.tasks.update({
    boardId: board.id,
    taskId: board.task("Assigned"),
    assigneeIds: [member.id, org.owner.id],
  });
  await org.owner.caller.members.invite({ orgId: org.id, email: "waiting@example.test", role: "guest" });
  expect(await refusal((await org.as("admin")).caller.orgs.delete({ orgId: org.id }))).toBe("ACTION_FORBIDDEN");
  expect(await refusal(other.owner.caller.orgs.delete({ orgId: org.id }))).toBe("ORG_NOT_FOUND");
  expect((await rowsLeft(world, org.id))["task"]).toBe(1);

  const mutationId = newId();
  expect(await org.owner.caller.orgs.delete({ orgId: org.id, mutationId })).toBeNull();
  expect(Object.values(await rowsLeft(world, org.id)).every((count) => count === 0)).toBe(true);
  expect((await rowsLeft(world, other.id))["membership"]).toBe(1);
  expect(await org.owner.caller.orgs.delete({ orgId: org.id, mutationId })).toBeNull();
  expect(await refusal(org.owner.caller.orgs.get({ orgId: org.id }))).toBe("ORG_NOT_FOUND");
  expect(await refusal(member.caller.boards.get({ boardId: board.id }))).toBe("BOARD_NOT_FOUND");
  expect((await org.owner.caller.auth.me()).orgs).toEqual([]);
});

test("a board that is made while its organisation is deleted goes with it", async ({ world }) => {
  const org = await world.org();
  const { id: projectId } = await org.project();
  const boards = Array.from({ length: 4 }, (_, n) =>
    org.owner.caller.boards.create({ orgId: org.id, projectId, name: `Board ${n}` }),
  );
  const [ends] = await Promise.all([Promise.allSettled(boards), org.owner.caller.orgs.delete({ orgId: org.id })]);
  expect(["done", "ORG_NOT_FOUND"]).toEqual(expect.arrayContaining(kindsOf(ends)));
  expect(Object.values(await rowsLeft(world, org.id)).every((count) => count === 0)).toBe(true);
});

test("L4: an owner who was removed while their deletion waited deletes nothing", async ({ world }) => {
  const org = await world.org();
  const second = await org.another("owner");
  const [end] = await whileHeld(
    world.db,
    {
      streamId: org.id,
      change: (tx) =>
        tx.execute(sql`delete from membership where org_id = ${org.id}::uuid and user_id = ${second.id}::uuid`),
    },
    [() => second.caller.orgs.delete({ orgId: org.id })],
  );
  expect(end).toMatchObject({ status: "rejected", reason: { kind: "ORG_NOT_FOUND" } });
  expect((await org.owner.caller.orgs.get({ orgId: org.id })).id).toBe(org.id);
});

test("L5: an update that waited for its own repeat is answered, not done again", async ({ world }) => {
  const org = await world.org();
  const input = { orgId: org.id, name: "Once", mutationId: newId() };
  const version = await versionOf(world.db, org.id);
  const update = () => org.owner.caller.orgs.update(input);
  const ends = await whileHeld(world.db, { streamId: org.id }, [update, update, update]);
  expect(ends[0]).toMatchObject({ status: "fulfilled", value: { name: "Once" } });
  expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(1);
  expect(await versionOf(world.db, org.id)).toBe(version + 1);
});
