import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { FIELD_KINDS } from "../../db/enums.ts";
import type { FieldPatch } from "../../server/domains/work/fields.contract.ts";
import type { BoardAction } from "../../server/policy.ts";
import { prepareTypos } from "../../db/typos.ts";
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
  for (const order of TASK_ORDERS.filter((each) => each !== "relevance")) {
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

test("a field of projects orders what is found, by its kind, and what has none comes last", async ({ world }) => {
  const org = await world.org();
  const { caller } = org.owner;
  const { id: boardId, projectId, column } = await org.board();
  const options = ["Zero", "Low", "High"].map((name) => ({ name }));
  const field = (kind: (typeof FIELD_KINDS)[number], name: string) => {
    const choices = kind === "select" || kind === "multi-select" ? { options } : {};
    return caller.fields.create({ orgId: org.id, projectId, name, kind, ...choices });
  };
  const [points, day, who] = [
    await field("number", "Points"),
    await field("date", "Day"),
    await field("person", "Who"),
  ];
  const [severity, severities] = [await field("select", "Severity"), await field("multi-select", "Severities")];
  const [done, note] = [await field("checkbox", "Done"), await field("text", "A note")];
  const [zero, low, high] = severity.options.map(({ id }) => id);
  const [, lows, highs] = severities.options.map(({ id }) => id);
  if (!zero || !low || !high || !lows || !highs) throw new Error("three options were made");
  const [first, second] = [await org.another("member"), await org.another("member")];
  await world.db.execute(sql`update app_user set name = case id when ${first.id}::uuid then 'ada' else 'Zoe' end
    where id in (${first.id}::uuid, ${second.id}::uuid)`);
  const values: Record<string, FieldPatch> = {
    a: { [points.id]: -3.5, [day.id]: "2026-10-01", [severity.id]: zero, [severities.id]: [highs] },
    b: { [points.id]: 2, [day.id]: "2026-09-30", [severity.id]: low, [severities.id]: [highs, lows] },
    c: { [points.id]: 10, [day.id]: "2027-01-01", [severity.id]: high },
    d: { [who.id]: first.id, [done.id]: false, [note.id]: "abc" },
    e: { [who.id]: second.id, [done.id]: true, [note.id]: "Abd" },
  };
  for (const [title, fields] of Object.entries(values)) {
    await caller.tasks.create({ boardId, columnId: column("Todo"), title, fields });
  }
  const found = async (order: `cf.${string}` | `-cf.${string}`) => {
    const titles = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await caller.tasks.search({ orgId: org.id, order, limit: 2, cursor });
      titles.push(...page.items.map(({ title }) => title));
      cursor = page.nextCursor;
    }
    return titles.join("");
  };
  expect(await found("cf.Points")).toBe("abced");
  expect(await found("-cf.points")).toBe("cbaed");
  expect(await found("cf.Day")).toBe("baced");
  expect(await found("cf.Severity")).toBe("abced");
  expect(await found("-cf.Severity")).toBe("cbaed");
  expect(await found("cf.Severities")).toBe("baedc");
  expect(await found("cf.Who")).toBe("decba");
  expect(await found("-cf.Who")).toBe("edcba");
  expect(await found("cf.Done")).toBe("decba");
  expect(await found("cf.A note")).toBe("decba");
  expect(await found("cf.Nothing of that name")).toBe("edcba");
  await caller.fields.archive({ orgId: org.id, projectId, fieldId: points.id });
  expect(await found("cf.Points")).toBe("edcba");
  const view = await caller.views.create({ orgId: org.id, name: "By day", order: "cf.Day" });
  const { items } = await caller.views.rows({ orgId: org.id, viewId: view.id });
  expect(items.map(({ title }) => title).join("")).toBe("baced");
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
  for (const filter of ["\"it''s\"", "' or 1=1 --", '"1__%"', "$7"]) {
    expect(await titles(org.owner, org, { filter })).toEqual([]);
  }
});

test("words are found in titles, descriptions and comments, in any language, misspelt, and not once they are erased", async ({
  world,
}) => {
  const org = await world.org();
  const { caller } = org.owner;
  const { id: boardId, column } = await org.board();
  const create = (title: string, description = "") =>
    caller.tasks.create({ boardId, columnId: column("Todo"), title, description });
  const login = await create("Login page", "People who forget their password <b>log in</b> by mail");
  const reservations = await create("Réservations", "Le cheval est arrivé");
  const houses = await create("Häuser streichen");
  const chinese = await create("修复登录页面");
  const password = await create("Password rules");
  const find = async (filter: string) => {
    const { items } = await caller.tasks.search({ orgId: org.id, filter });
    return items.map(({ id }) => id);
  };
  // Whole, by the beginning, in another form, without accents, and all words of one task wherever they are.
  expect(await find("login")).toEqual([login.id]);
  expect(await find("logi")).toEqual([login.id]);
  expect(await find("logins pages forgetting")).toEqual([login.id]);
  expect(await find("RESERVATION chevaux")).toEqual([reservations.id]);
  expect(await find("haus")).toEqual([houses.id]);
  expect(await find("hausern streicht")).toEqual([houses.id]);
  expect(await find("修复")).toEqual([chinese.id]);
  // What says it in its title comes first.
  expect(await find("password")).toEqual([password.id, login.id]);
  expect(await find("password -login")).toEqual([password.id]);
  expect(await find("pasword")).toEqual([password.id]);
  expect(await find("lgoin")).toEqual([login.id]);
  expect(await find("zzzzzz")).toEqual([]);
  expect(await find(reservations.key)).toEqual([reservations.id]);
  expect(await find(`${houses.number}`)).toEqual([houses.id]);
  expect(await find('"forget their"')).toEqual([login.id]);
  expect(await find('"their forget"')).toEqual([]);

  const at = { boardId, taskId: password.id };
  const comment = await caller.comments.create({ ...at, text: "See the <script>tangerine</script> & more" });
  await caller.comments.create({ ...at, parentId: comment.id, text: "Indeed" });
  const { items } = await caller.tasks.search({ orgId: org.id, filter: "tangerines rules" });
  const marked = items[0]?.excerpts.map(({ of, pieces }) => [
    of,
    pieces.map((p) => (p.isMatch ? `[${p.text}]` : p.text)).join(""),
  ]);
  expect(marked).toEqual([
    ["title", "Password [rules]"],
    ["comment", "See the <script>[tangerine]</script> & more"],
  ]);
  await caller.comments.update({ ...at, commentId: comment.id, text: "Mandarin" });
  expect(await find("tangerine")).toEqual([]);
  expect(await find("mandarin indeed")).toEqual([password.id]);
  await caller.comments.delete({ ...at, commentId: comment.id });
  expect(await find("mandarin")).toEqual([]);
  await caller.tasks.update({ ...at, title: "Secrets", description: "Of gardens" });
  expect([await find("password"), await find("secret garden")]).toEqual([[login.id], [password.id]]);
  const left = await world.db.execute(sql`select from search_text where words @@ 'mandarin'::tsquery`);
  expect(left).toHaveLength(0);

  // Pages by relevance have every task once.
  const many = await Promise.all(["kiwi", "kiwi kiwi", "kiwis", "A kiwi", "kiwi"].map((title) => create(title)));
  const pages = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await caller.tasks.search({ orgId: org.id, filter: "kiwi", limit: 2, cursor });
    pages.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(pages.toSorted()).toEqual(many.map(({ id }) => id).toSorted());
  expect(pages.at(-1)).toBe(many[2]?.id);
});

test("words find nothing of boards and organisations that are not the caller's, not even where it is misspelt", async ({
  world,
}) => {
  const [org, elsewhere] = [await world.org(), await world.org()];
  const hidden = await org.board({ tasks: ["Clandestine rendezvous"], visibility: "private" });
  await elsewhere.board({ tasks: ["Clandestine elsewhere"] });
  const member = await org.as("member");
  for (const filter of ["clandestine", "clandestin", "clandestien", "PRJ-1"]) {
    expect(await titles(member, org, { filter })).toEqual([]);
    expect(await titles(org.owner, org, { filter })).toEqual(["Clandestine rendezvous"]);
  }
  await org.owner.caller.boards.share({ boardId: hidden.id, userId: member.id, role: "viewer" });
  expect(await titles(member, org, { filter: "clandestine" })).toEqual(["Clandestine rendezvous"]);
});

test("a database that may not have what misspelt words are found by finds all others", async ({ world }) => {
  const org = await world.org();
  await org.board({ tasks: ["Registration form"] });
  const found = async () => [
    await titles(org.owner, org, { filter: "registratoin" }),
    await titles(org.owner, org, { filter: "regestration" }),
  ];
  expect(await found()).toEqual([["Registration form"], ["Registration form"]]);
  await world.db.execute(sql`drop extension pg_trgm cascade`);
  // Letters that were swapped need no extension.
  expect(await found()).toEqual([["Registration form"], []]);
  expect(await titles(org.owner, org, { filter: "register forms" })).toEqual(["Registration form"]);
  expect(await prepareTypos(world.services.db)).toBe(false);
  expect(await prepareTypos(world.db)).toBe(true);
  expect(await found()).toEqual([["Registration form"], ["Registration form"]]);
});
