import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { createServices } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { waiting } from "../setup/held.ts";
import { databaseWire } from "../setup/proxy.ts";
import { refusal } from "../setup/refusal.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { statementsOf } from "../setup/statements.ts";
import { type Person, signedIn, test, type World } from "../setup/world.ts";

// Who has read before is asked about together with what they read now: what was found of them before is a guess.

/** Somebody's reads, through a wire, by a process of one connection that nothing else uses. */
async function readingOnWire(world: World, { token }: Person) {
  const { wire, connection } = await databaseWire(world);
  const { services, close } = createServices({
    connection,
    poolSize: 1,
    rootKeys: TEST_ROOT_KEYS,
    pollMs: 3_600_000,
    wakeUps: false,
    log: createLogger("silent"),
    secure: false,
  });
  const { caller } = await signedIn(services, token);
  return {
    services,
    caller,
    /** What a call costs: round trips, and statements. */
    async costOf(call: () => Promise<unknown>): Promise<[roundTrips: number, statements: number]> {
      const before = wire.roundTrips;
      const statements = statementsOf(wire);
      await call();
      statements.stop();
      return [wire.roundTrips - before, statements.count()];
    },
    async [Symbol.asyncDispose]() {
      await close();
      await wire.close();
    },
  };
}

test("access and rows are one round trip for who has read before, and a refusal looks for no rows again", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const member = await org.as("member");
  await using it = await readingOnWire(world, member);
  const { caller } = it;
  const reads: Record<string, () => Promise<unknown>> = {
    "boards.list": () => caller.boards.list({ orgId: org.id }),
    "members.list": () => caller.members.list({ orgId: org.id }),
    "projects.list": () => caller.projects.list({ orgId: org.id }),
    "columns.list": () => caller.columns.list({ boardId: board.id }),
    "tasks.list": () => caller.tasks.list({ boardId: board.id }),
    "tasks.get": () => caller.tasks.get({ boardId: board.id, taskId: board.task("Draft") }),
  };
  for (const read of [...Object.values(reads), ...Object.values(reads)]) await read();
  for (const [name, read] of Object.entries(reads)) {
    // On a busy machine what was sent together may pass in two pieces.
    const costs = [await it.costOf(read), await it.costOf(read), await it.costOf(read)];
    const roundTrips = Math.min(...costs.map(([count]) => count));
    // Begin, the tenant, access, rows, commit.
    expect([name, roundTrips, ...costs.map(([, statements]) => statements)]).toEqual([name, 1, 5, 5, 5]);
  }
  await org.owner.caller.members.remove({ orgId: org.id, userId: member.id });
  const refused = () => refusal(caller.tasks.get({ boardId: board.id, taskId: board.task("Draft") }));
  expect(await refused()).toBe("BOARD_NOT_FOUND");
  expect((await it.costOf(refused))[1]).toBe(4);
});

test("who was let in a moment ago and is not any more is told nothing: no rows, no error of theirs, no wait for them", async ({
  world,
}) => {
  const org = await world.org();
  const { id: boardId } = await org.board({ tasks: ["Draft"] });
  const member = await org.as("member");
  await using it = await readingOnWire(world, member);
  const { caller } = it;
  const absent = () => refusal(caller.tasks.get({ boardId, taskId: boardId }));
  const list = () => caller.boards.list({ orgId: org.id });
  expect([await absent(), await absent()]).toEqual(["TASK_NOT_FOUND", "TASK_NOT_FOUND"]);
  for (const { items } of [await list(), await list()]) expect(items).toHaveLength(1);

  await org.owner.caller.members.remove({ orgId: org.id, userId: member.id });
  expect(await absent()).toBe("BOARD_NOT_FOUND");
  await world.db.transaction(async (tx) => {
    await tx.execute(sql`lock table board in access exclusive mode`);
    expect(await refusal(list())).toBe("ORG_NOT_FOUND");
    // What would have been the rows.
    await waiting(world.db, 1);
  });
});

test("who has another role than a moment ago reads what that one sees, at once", async ({ world }) => {
  const org = await world.org();
  const shown = await org.board();
  await org.board({ visibility: "private" });
  const person = await org.another("member");
  const { caller } = person;
  const names = async () => (await caller.boards.list({ orgId: org.id })).items.map(({ id }) => id);
  const seen = [await names(), await names()];
  for (const role of ["guest", "admin", "guest", "member"]) {
    await org.owner.caller.members.setRole({ orgId: org.id, userId: person.id, role });
    seen.push(await names());
  }
  expect(seen).toEqual([[shown.id], [shown.id], [], [shown.id], [], [shown.id]]);

  // Only an administrator is shown who has a second factor.
  const shows = async () => {
    const { items } = await caller.members.list({ orgId: org.id });
    return items.every((member) => "hasSecondFactor" in member);
  };
  expect([await shows(), await shows()]).toEqual([false, false]);
  await org.owner.caller.members.setRole({ orgId: org.id, userId: person.id, role: "admin" });
  expect(await shows()).toBe(true);
  await org.owner.caller.members.setRole({ orgId: org.id, userId: person.id, role: "member" });
  expect(await shows()).toBe(false);
});

test("the statements of a read share a transaction of one tenant, which writes nothing and ends with the first that fails", async ({
  world,
}) => {
  const [org, other] = [await world.org(), await world.org()];
  await org.board({ tasks: ["Draft"] });
  await using it = await readingOnWire(world, org.owner);
  const { db } = it.services;
  const seen = sql`select count(*)::int as tasks, current_setting('app.org_id') as "orgId", now()::text as "begunAt" from task`;
  const at = db.reading({ orgId: org.id });
  const [ours, again, theirs] = await Promise.all([
    at.execute(seen),
    at.execute(seen),
    db.reading({ orgId: other.id }).execute(seen),
  ]);
  expect(ours).toMatchObject([{ tasks: 1, orgId: org.id }]);
  expect(again).toEqual(ours);
  expect(theirs).toMatchObject([{ tasks: 0, orgId: other.id }]);
  await expect(at.execute(sql`delete from task where org_id = ${org.id}::uuid`)).rejects.toMatchObject({
    code: "25006",
  });

  const ends = await Promise.allSettled([at.execute(seen), at.execute(sql`select 1 / 0`), at.execute(seen)]);
  expect(ends).toMatchObject([
    { status: "fulfilled" },
    { status: "rejected", reason: { code: "22012" } },
    { status: "rejected", reason: { code: "22012" } },
  ]);
  await expect(db.reading({ streamId: "no id" }).execute(seen)).rejects.toMatchObject({ code: "22P02" });
  expect(
    await db.execute(sql`select count(*)::int as tasks, current_setting('app.org_id', true) as "orgId" from task`),
  ).toEqual([{ tasks: 0, orgId: "" }]);
});
