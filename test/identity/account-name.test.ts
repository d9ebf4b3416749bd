import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { readEvents } from "../../server/core/event-log.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import { nameWorker } from "../../server/domains/home/account-name.ts";
import { evolveOrg } from "../../server/domains/orgs/evolve-org.ts";
import { evolve } from "../../server/domains/work/evolve.ts";
import type { OrgSnapshot } from "../../server/domains/orgs/orgs.contract.ts";
import type { BoardEvent, OrgEvent } from "../../server/events.ts";
import { opened } from "../setup/opened.ts";
import { expectFolds } from "../setup/model.ts";
import { outcomeOf } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { test, type World } from "../setup/world.ts";

const { signal } = new AbortController();

/** Says to all who know somebody what they are called, as the job does. */
function tellName({ services }: World, { id }: { id: string }): Promise<void> {
  return nameWorker(services).run({ userId: id }, signal);
}

async function namesInLog({ db }: World, streamId: string): Promise<string[]> {
  const rows = await db.execute<{ name: string }>(sql`
    select data->>'name' as name from event
    where stream_id = ${streamId}::uuid and type in ('member.renamed', 'board.member-renamed') order by version`);
  return rows.map(({ name }) => name);
}

test("a new name is told to the organisations and boards that know somebody, whose states are what events make of them", async ({
  world,
}) => {
  const org = await world.org();
  const [member, shared] = [await org.as("member"), await org.board({ tasks: ["One"] })];
  const [assigned, other] = [await org.board({ tasks: ["One"] }), await org.board()];
  const { boards, tasks, orgs } = org.owner.caller;
  const orgState = () => opened<OrgSnapshot>(orgs.live({ orgId: org.id }));
  await boards.share({ boardId: shared.id, userId: member.id, role: "viewer" });
  await tasks.update({ boardId: assigned.id, taskId: assigned.task("One"), assigneeIds: [member.id] });
  const states = () =>
    Promise.all([
      ...[shared, assigned].map(({ id }) => boards.get({ boardId: id })),
      boards.get({ boardId: other.id }),
    ]);
  const before = await states();
  const orgBefore = await orgState();

  const renamed = await outcomeOf(world.db, member, (mutationId) =>
    member.caller.account.rename({ name: " Called Otherwise ", mutationId }),
  );
  expect(renamed.announced).toMatchObject([{ on: "inbox", to: member.id, type: "account.changed", data: {} }]);
  await Promise.all([tellName(world, member), tellName(world, member)]);

  const after = await states();
  for (const [index, role] of (["viewer", null] as const).entries()) {
    expect(after[index]?.members).toContainEqual({ userId: member.id, name: "Called Otherwise", role });
  }
  expect(after[2]).toEqual(before[2]);
  for (const [index, { id }] of [shared, assigned].entries()) {
    const events = await readEvents(world.db, id, 0, 1_000);
    expect(events.at(-1)).toMatchObject({ type: "board.member-renamed", actorId: member.id });
    expectFolds(
      [before[index], after[index]].flatMap((state) => state ?? []),
      events.map((event) => toEvent<BoardEvent>(event)),
      evolve,
    );
  }
  const orgAfter = await orgState();
  const orgEvents = await readEvents(world.db, org.id, 0, 1_000);
  expectFolds(
    [orgBefore, orgAfter],
    orgEvents.map((event) => toEvent<OrgEvent>(event)),
    evolveOrg,
  );
  expect((await member.caller.auth.me()).user.name).toBe("Called Otherwise");
});

test("a name is a line of 1 to 100 characters, and one's own name again is no change", async ({ world }) => {
  const person = await world.person();
  const { name: own } = person;
  const again = await outcomeOf(world.db, person, (mutationId) =>
    person.caller.account.rename({ name: own, mutationId }),
  );
  expect(again.announced).toEqual([]);
  for (const name of ["", "  ", "x".repeat(101)]) {
    expect(await refusal(person.caller.account.rename({ name }))).toBe("INPUT_INVALID");
  }
});

test("former names go from the log with the account", async ({ world }) => {
  const org = await world.org();
  const member = await org.as("member");
  const board = await org.board();
  await org.owner.caller.boards.share({ boardId: board.id, userId: member.id, role: "viewer" });
  for (const name of ["Aurelius Former", "Aurelius Latter"]) {
    await member.caller.account.rename({ name });
    await tellName(world, member);
  }
  expect(await namesInLog(world, board.id)).toEqual(["Aurelius Former", "Aurelius Latter"]);
  await member.caller.account.delete({ password: member.password });
  const left = await world.db.execute(sql`select type from event where data::text like '%Aurelius%'`);
  expect([...left]).toEqual([]);
  expect(await namesInLog(world, org.id)).toEqual(["Deleted account", "Deleted account"]);
  // A call that was let in before the end, and comes to the account after it.
  expect(await refusal(member.caller.account.rename({ name: "Aurelius Again" }))).toBe("SIGN_IN_REQUIRED");
  const names = await world.db.execute<{ name: string }>(sql`select name from app_user where id = ${member.id}::uuid`);
  expect([...names]).toEqual([{ name: "Deleted account" }]);
});

test("of names that follow each other the last one is told last", async ({ world }) => {
  const org = await world.org();
  const member = await org.as("member");
  const other = world.otherServices();
  await other.jobs.start([nameWorker(other)]);
  for (const name of ["First", "Second", "Third"]) await member.caller.account.rename({ name });
  await expect.poll(async () => (await namesInLog(world, org.id)).at(-1), { timeout: 60_000 }).toBe("Third");
});
