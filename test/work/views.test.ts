import { expect } from "vitest";
import { detailsOf } from "../../server/core/app-error.ts";
import type { FoundTask } from "../../server/domains/work/search.contract.ts";
import { until } from "../setup/clients.ts";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, test, type TestOrg } from "../setup/world.ts";

interface Rows {
  readonly viewId: string;
  readonly from?: string;
  readonly to?: string;
  readonly timeZone?: string;
}

async function titles({ caller }: Person, org: TestOrg, input: Rows): Promise<string[]> {
  const items: FoundTask[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await caller.views.rows({ orgId: org.id, limit: 2, ...input, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  const { count } = await caller.views.count({ orgId: org.id, ...input });
  expect(count).toBe(items.length);
  return items.map(({ title }) => title);
}

test("a view that is shared shows everybody what they see themselves, and `me` is whoever looks", async ({ world }) => {
  const org = await world.org();
  const { owner, id: orgId } = org;
  const [member, guest] = [await org.as("member"), await org.as("guest")];
  const open = await org.board();
  const hidden = await org.board({ visibility: "private" });
  const create = (board: typeof open, title: string, who: Person) =>
    owner.caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title, assigneeIds: [who.id] });
  await create(open, "Of the member", member);
  await create(open, "Of the owner", owner);
  await create(hidden, "Secret of the owner", owner);
  await owner.caller.boards.share({ boardId: open.id, userId: guest.id, role: "viewer" });

  const made = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.views.create({ orgId, name: "Mine", filter: "assignee:me", visibility: "shared", mutationId }),
  );
  const view = made.answer;
  expect(made.announced).toMatchObject([{ on: "org", type: "view.created", data: { view } }]);
  expect(await titles(owner, org, { viewId: view.id })).toEqual(["Secret of the owner", "Of the owner"]);
  expect(await titles(member, org, { viewId: view.id })).toEqual(["Of the member"]);
  // What is of the organisation is not for guests, what is of a project or board that they see is.
  expect(await refusal(titles(guest, org, { viewId: view.id }))).toBe("VIEW_NOT_FOUND");
  const shared = { orgId, visibility: "shared", order: "created" } as const;
  const ofProject = await owner.caller.views.create({ ...shared, name: "Project", projectId: open.projectId });
  const ofHidden = await owner.caller.views.create({ ...shared, name: "Hidden", boardId: hidden.id });
  expect(await titles(guest, org, { viewId: ofProject.id })).toEqual(["Of the owner", "Of the member"]);
  const seen = async ({ caller }: Person) => (await caller.views.list({ orgId })).items.map(({ name }) => name);
  expect([await seen(owner), await seen(member), await seen(guest)]).toEqual([
    ["Hidden", "Mine", "Project"],
    ["Mine", "Project"],
    ["Project"],
  ]);
  expect(await refusal(titles(member, org, { viewId: ofHidden.id }))).toBe("VIEW_NOT_FOUND");
  const stranger = await world.org();
  expect(await refusal(titles(stranger.owner, stranger, { viewId: view.id }))).toBe("VIEW_NOT_FOUND");
});

test("a private view is its owner's alone, and a shared one changed by who made it or who manages them", async ({
  world,
}) => {
  const org = await world.org();
  const { owner, id: orgId } = org;
  const [member, other, guest] = [await org.as("member"), await org.another("member"), await org.as("guest")];
  const made = await outcomeOf(world.db, member, (mutationId) =>
    member.caller.views.create({ orgId, name: "Drafts", filter: "draft", mutationId }),
  );
  const { id: viewId } = made.answer;
  expect(made.announced).toMatchObject([{ on: "inbox", to: member.id, type: "view.saved" }]);
  for (const { caller } of [owner, other]) {
    expect(await refusal(caller.views.update({ orgId, viewId, name: "Theirs" }))).toBe("VIEW_NOT_FOUND");
  }
  const type = async (by: Person, changes: object) => {
    const { announced } = await outcomeOf(world.db, by, (mutationId) =>
      by.caller.views.update({ orgId, viewId, ...changes, mutationId }),
    );
    return announced.map((event) => `${event.on} ${event.type}`);
  };
  expect(await type(member, { kind: "board", groupBy: "priority" })).toEqual(["inbox view.saved"]);
  expect(await type(member, { name: "Drafts" })).toEqual([]);
  expect(await type(member, { visibility: "shared" })).toEqual(["org view.created"]);
  expect(await refusedIdle(world.db, () => other.caller.views.delete({ orgId, viewId }))).toBe("VIEW_NOT_OWN");
  expect(await type(owner, { name: "All drafts" })).toEqual(["org view.updated"]);
  expect(await refusal(owner.caller.views.update({ orgId, viewId, visibility: "private" }))).toBe("VIEW_NOT_OWN");
  expect(await type(member, { visibility: "private" })).toEqual(["inbox view.saved", "org view.deleted"]);
  // What cannot be read is not saved, and guests save for themselves alone.
  const wrong = await member.caller.views.update({ orgId, viewId, filter: "due:(" }).catch((error: unknown) => error);
  expect(detailsOf(wrong).filter).toMatchObject({ position: 4 });
  const forAll = { orgId, name: "Of a guest", visibility: "shared" } as const;
  expect(await refusedIdle(world.db, () => guest.caller.views.create(forAll))).toBe("ACTION_FORBIDDEN");
  await guest.caller.views.create({ orgId, name: "Of a guest" });
  // Whoever leaves takes along what was theirs alone, and leaves what is shared.
  await member.caller.views.create({ orgId, name: "Left behind", visibility: "shared" });
  await member.caller.members.leave({ orgId });
  expect((await owner.caller.views.list({ orgId })).items.map(({ name }) => name)).toEqual(["Left behind"]);
});

test("a calendar shows what begins or is due on its days, and a timeline also what is under way", async ({ world }) => {
  const org = await world.org();
  const { caller } = org.owner;
  const board = await org.board();
  const create = (title: string, startOn: string | null, dueOn: string | null) =>
    caller.tasks.create({
      boardId: board.id,
      columnId: board.column("Todo"),
      title,
      startOn,
      dueOn,
      timeZone: "Europe/Berlin",
    });
  await create("Around", "2026-02-01", "2026-05-01");
  await create("Into it", "2026-02-20", "2026-03-01");
  await create("Out of it", "2026-03-31", "2026-04-20");
  await create("Due in it", null, "2026-03-15");
  await create("Begun before", "2026-02-01", null);
  await create("Before", "2026-02-01", "2026-02-28");
  await create("Behind", "2026-04-01", "2026-04-02");
  await create("Without a date", null, null);
  const days = { from: "2026-03-01", to: "2026-03-31", timeZone: "America/New_York" };
  const show = async (kind: "calendar" | "timeline" | "list", filter = "") => {
    const { id } = await caller.views.create({ orgId: org.id, name: kind, kind, filter, order: "created" });
    return id;
  };
  const calendar = await show("calendar");
  expect((await titles(org.owner, org, { viewId: calendar, ...days })).toSorted()).toEqual([
    "Due in it",
    "Into it",
    "Out of it",
  ]);
  const timeline = await show("timeline", "-title");
  expect((await titles(org.owner, org, { viewId: timeline, ...days })).toSorted()).toEqual([
    "Around",
    "Due in it",
    "Into it",
    "Out of it",
  ]);
  const rows = (viewId: string, range: { from?: string; to?: string }) =>
    caller.views.rows({ orgId: org.id, viewId, ...range });
  for (const range of [
    {},
    { from: "2026-03-01" },
    { from: "2026-03-02", to: "2026-03-01" },
    { ...days, to: "2028-01-01" },
  ]) {
    expect(await refusal(rows(calendar, { ...range }))).toBe("INPUT_INVALID");
  }
  expect(await refusal(rows(await show("list"), { from: days.from, to: days.to }))).toBe("INPUT_INVALID");
});

test("a live count is told again when it changes, also by a board that comes or goes, and ends with the access", async ({
  world,
}) => {
  const org = await world.org();
  const [{ caller }, guest] = [org.owner, await org.as("guest")];
  const board = await org.board({ tasks: ["One"] });
  await caller.boards.share({ boardId: board.id, userId: guest.id, role: "viewer" });
  const at = { orgId: org.id, projectId: board.projectId, filter: "-One" };
  const counts: number[] = [];
  const follow = async (input: { orgId: string; projectId?: string; filter?: string }) => {
    for await (const { count } of await guest.caller.tasks.liveCount(input)) counts.push(count);
  };
  expect(await refusal(follow({ orgId: org.id }))).toBe("INPUT_INVALID");
  const ended = refusal(follow(at));
  await until(() => counts.length === 1);
  const into = { boardId: board.id, columnId: board.column("Todo") };
  // What happens together is counted together.
  await Promise.all(["Two", "Three", "Four"].map((title) => caller.tasks.create({ ...into, title })));
  await until(() => counts.at(-1) === 3);
  const hidden = await org.board({ visibility: "private", tasks: ["Five"] });
  await caller.boards.share({ boardId: hidden.id, userId: guest.id, role: "viewer" });
  await until(() => counts.at(-1) === 4);
  await caller.tasks.create({ boardId: hidden.id, columnId: hidden.column("Todo"), title: "Six" });
  await until(() => counts.at(-1) === 5);
  await caller.boards.unshare({ boardId: hidden.id, userId: guest.id });
  await until(() => counts.at(-1) === 3);
  expect(counts.length).toBeLessThan(9);
  await caller.boards.unshare({ boardId: board.id, userId: guest.id });
  expect(await ended).toBe("ACCESS_REVOKED");
  expect(await caller.tasks.count({ ...at, filter: "" })).toEqual({ count: 6 });
});
