import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { BoardAction } from "../../server/policy.ts";
import { TASK_ORDERS } from "../../server/domains/work/search.contract.ts";
import { detailsOf } from "../../server/core/app-error.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, test, type TestOrg } from "../setup/world.ts";

type Input = Omit<Parameters<Person["caller"]["tasks"]["search"]>[0], "orgId">;

async function titles(person: Person, org: TestOrg, input: Input = {}): Promise<string[]> {
  const { items } = await person.caller.tasks.search({ orgId: org.id, ...input });
  return items.map(({ title }) => title).toSorted();
}

test("a search finds tasks of the boards that the caller sees, and of no others, from one call to the next", async ({
  world,
}) => {
  const org = await world.org();
  const elsewhere = await world.org();
  await elsewhere.board({ tasks: ["Elsewhere"] });
  const open = await org.board({ tasks: ["Open"] });
  const hidden = await org.board({ tasks: ["Hidden"], visibility: "private" });
  const [owner, member, guest] = [org.owner, await org.as("member"), await org.as("guest")];
  expect(await titles(owner, org)).toEqual(["Hidden", "Open"]);
  expect(await titles(member, org)).toEqual(["Open"]);
  expect(await titles(guest, org)).toEqual([]);
  expect(await titles(member, org, { filter: "Hidden OR Open OR Elsewhere" })).toEqual(["Open"]);
  expect(await titles(member, org, { filter: `board:${hidden.id}` })).toEqual([]);

  const share = { boardId: hidden.id, userId: guest.id };
  await owner.caller.boards.share({ ...share, role: "viewer" });
  expect(await titles(guest, org)).toEqual(["Hidden"]);
  expect(await titles(guest, org, { boardId: hidden.id })).toEqual(["Hidden"]);
  await owner.caller.boards.unshare(share);
  expect(await titles(guest, org)).toEqual([]);
  const at = { orgId: org.id, boardId: hidden.id };
  expect(await refusal(guest.caller.tasks.search(at))).toBe("BOARD_NOT_FOUND");
  expect(await refusal(member.caller.tasks.search(at))).toBe("BOARD_NOT_FOUND");
  expect(await refusal(elsewhere.owner.caller.tasks.search({ ...at, orgId: elsewhere.id }))).toBe("BOARD_NOT_FOUND");
  const inProject = { orgId: org.id, projectId: open.projectId };
  expect(await refusal(guest.caller.tasks.search(inProject))).toBe("PROJECT_NOT_FOUND");
  expect(await refusal(elsewhere.owner.caller.tasks.search({ ...inProject, orgId: elsewhere.id }))).toBe(
    "PROJECT_NOT_FOUND",
  );

  await owner.caller.boards.update({ boardId: open.id, visibility: "private" });
  expect(await titles(member, org)).toEqual([]);
  await owner.caller.members.remove({ orgId: org.id, userId: member.id });
  expect(await refusal(titles(member, org))).toBe("ORG_NOT_FOUND");
});

test("a role that may not read tasks finds none, whatever its board role", async ({ world }) => {
  const org = await world.org();
  const { id: boardId } = await org.board({ tasks: ["Open"] });
  const withActions = async (actions: BoardAction[]) => {
    const made = {
      orgId: org.id,
      name: actions.join(),
      base: "member" as const,
      actions: [...actions, "task:search" as const],
    };
    const role = await org.owner.caller.roles.create(made);
    const person = await org.another(role.id);
    await org.owner.caller.boards.share({ boardId, userId: person.id, role: "manager" });
    return titles(person, org);
  };
  expect(await withActions(["task:move"])).toEqual([]);
  expect(await withActions(["task:read"])).toEqual(["Open"]);
});

test("pages of a search have every task once, in each order, whatever was the same", async ({ world }) => {
  const org = await world.org();
  const { caller } = org.owner;
  const { id: boardId, column } = await org.board();
  const tasks = await Promise.all(
    Array.from({ length: 9 }, (_, index) =>
      caller.tasks.create({
        boardId,
        columnId: column("Todo"),
        title: `${index}`,
        priority: index % 3 === 0 ? "urgent" : "low",
        dueAt: index % 2 === 0 ? null : `2026-0${(index % 3) + 1}-01T00:00:00.000Z`,
      }),
    ),
  );
  await world.db.execute(sql`update task set created_at = '2026-01-01', updated_at = '2026-01-02'
    where board_id = ${boardId}::uuid and number < 5`);
  const seen: Record<string, (string | null)[]> = {};
  for (const order of TASK_ORDERS) {
    const found = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await caller.tasks.search({ orgId: org.id, order, limit: 2, cursor });
      found.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(found.map(({ id }) => id).toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
    seen[order] = found.map(({ createdAt, updatedAt, dueAt, priority }) => {
      return { created: createdAt, updated: updatedAt, due: dueAt, priority }[order];
    });
  }
  expect(seen["created"]).toEqual(seen["created"]?.toSorted().toReversed());
  expect(seen["updated"]).toEqual(seen["updated"]?.toSorted().toReversed());
  const dues = seen["due"]?.filter((due) => due !== null) ?? [];
  expect(dues).toHaveLength(4);
  expect(seen["due"]).toEqual([...dues.toSorted(), null, null, null, null, null]);
  expect(seen["priority"]).toEqual("urgent urgent urgent low low low low low low".split(" "));
  // A cursor of one order is none of another.
  const { nextCursor: cursor } = await caller.tasks.search({ orgId: org.id, order: "due", limit: 1 });
  expect(await refusal(caller.tasks.search({ orgId: org.id, order: "created", cursor }))).toBe("INPUT_INVALID");
});

test("what cannot be read as a filter is refused with its place, and is nothing but text to the database", async ({
  world,
}) => {
  const org = await world.org();
  await org.board({ tasks: ["It's 100% \\ done; --"] });
  const error = await titles(org.owner, org, { filter: "is:open colour:red" }).catch((caught: unknown) => caught);
  expect(detailsOf(error).filter).toMatchObject({ position: 8, length: 7 });
  for (const filter of ["it's", "100%", "\\", '"done; --"']) {
    expect(await titles(org.owner, org, { filter })).toHaveLength(1);
  }
  for (const filter of ["it''s", "' or 1=1 --", "1__%", "$1"]) {
    expect(await titles(org.owner, org, { filter })).toEqual([]);
  }
});
