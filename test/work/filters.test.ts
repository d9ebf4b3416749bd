import { sql } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect } from "vitest";
import type { Field, FieldValue } from "../../server/domains/work/fields.contract.ts";
import { asMeant, type Filter } from "../../server/domains/work/filters/filter.ts";
import { filterSql } from "../../server/domains/work/filters/filter-sql.ts";
import { loadFilteredTasks } from "../../server/domains/work/filters/filtered-tasks.ts";
import { folded, matches } from "../../server/domains/work/filters/match-filter.ts";
import { parseFilter } from "../../server/domains/work/filters/parse-filter.ts";
import { test, type TestOrg, type World } from "../setup/world.ts";

function parsed(text: string): Filter {
  const result = parseFilter(text);
  if ("wrong" in result) throw new Error(`${text}: ${result.wrong.says}`);
  return result.filter;
}

/** A clock that was put forward that night in Berlin, and goes on being the 28th in Honolulu. */
const NOW = new Date("2026-03-29T09:30:00.000Z");
const ZONES = ["UTC", "Europe/Berlin", "Pacific/Honolulu", "Pacific/Kiritimati"];

/** A board with tasks that differ in all that a filter asks for, and who asks. */
async function variedTasks(world: World) {
  const org = await world.org();
  const { caller, id: userId } = org.owner;
  const ann = await org.another("member");
  await world.db.execute(sql`update app_user set name = 'Änn O"Neil' where id = ${ann.id}::uuid`);
  const { id: boardId, projectId } = await org.board({ columns: [] });
  const columnIds: string[] = [];
  for (const [name, stateGroup] of [
    ["To do", "unstarted"],
    ["İn progress", "started"],
    ["Done", "completed"],
  ] as const) {
    columnIds.push((await caller.columns.create({ boardId, name, stateGroup })).id);
  }
  const labelIds: string[] = [];
  for (const name of ["Bug", "bug fix", "Größe"]) {
    labelIds.push((await caller.labels.create({ boardId, name, color: "red" })).id);
  }
  const fields = await fieldsOf(org, projectId, [userId, ann.id]);
  const titles = ["Fix the ÉCRAN", "écran (old)", "100% of \\ and _", "Ship it", "straße"];
  const days = ["2026-03-28", "2026-03-29", "2026-03-30", "2026-04-05", null];
  const create = async (index: number) => {
    const pick = <T>(from: readonly T[], by: number): T | undefined => from[(index * by + (index >> 2)) % from.length];
    const day = pick(days, 3) ?? null;
    const dueOn = index % 2 === 0 ? { dueOn: day, timeZone: pick(ZONES, 7) } : {};
    const task = await caller.tasks.create({
      boardId,
      columnId: columnIds[index % 3] ?? "",
      title: pick(titles, 1) ?? "",
      description: index % 4 === 0 ? "Says ÉCRAN" : "",
      priority: pick(["none", "low", "medium", "high", "urgent"] as const, 3),
      estimate: pick([null, 0, 0.5, 3, 8], 2),
      dueAt: index % 2 === 1 && day !== null ? `${day}T0${index % 10}:00:00.000Z` : null,
      ...dueOn,
      ...(index % 5 === 0 ? { startOn: "2026-03-01", timeZone: "UTC", dueAt: null } : {}),
      assigneeIds: pick([[], [userId], [ann.id], [ann.id, userId]], 1),
      labelIds: labelIds.filter((_, at) => (index >> at) % 2 === 1),
    });
    const at = { boardId, taskId: task.id };
    await caller.tasks.update({
      ...at,
      fields: Object.fromEntries(fields.map((of, n) => [of.id, of.value(index + n)])),
    });
    if (index % 4 === 1) await caller.tasks.move({ ...at, columnId: columnIds[(index + 1) % 3] ?? "" });
    if (index % 6 === 0) await caller.comments.create({ boardId, taskId: task.id, text: "Yes" });
    if (index % 7 === 0) await caller.tasks.archive({ boardId, taskId: task.id });
    return task.id;
  };
  const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => create(index)));
  for (const [n, [kind, name]] of (
    [
      ["milestone", "Beta"],
      ["sprint", "One of two"],
      ["sprint", "Two"],
    ] as const
  ).entries()) {
    const plan = await caller.plans.create({ orgId: org.id, projectId, kind, name });
    await caller.plans.setTasks({ boardId, taskIds: ids.slice(n * 4, n * 4 + 9), kind, planId: plan.id });
  }
  const open = ids.filter((_, index) => index % 7 !== 0);
  const [first = "", second = "", third = ""] = open;
  await caller.tasks.update({ boardId, taskId: second, parentId: first });
  await caller.tasks.update({ boardId, taskId: third, parentId: second });
  for (const [n, taskId] of open.slice(3, 12).entries()) {
    const otherTaskId = open[n + 12] ?? "";
    await caller.relations.create({ boardId, taskId, name: "blocks", otherTaskId });
  }
  await world.db.execute(sql`
    update task set created_at = ${NOW.toISOString()}::timestamptz - number * interval '7 hours',
      updated_at = ${NOW.toISOString()}::timestamptz - number * interval '5 hours',
      completed_at = case when completed_at is not null then ${NOW.toISOString()}::timestamptz - number * interval '9 hours' end,
      assignee_names = case when number % 4 = 3 then array['Imported Iris'] else '{}' end
    where board_id = ${boardId}::uuid`);
  return { org, boardId, ids, userId, columnIds };
}

/** A field of each kind, and what a task has of it. */
async function fieldsOf({ id: orgId, owner }: TestOrg, projectId: string, people: readonly string[]) {
  const make = async (name: string, kind: Field["kind"], values: (field: Field) => readonly (FieldValue | null)[]) => {
    const options = kind.endsWith("select") ? [{ name: "High" }, { name: "high five" }, { name: "Größe" }] : [];
    const field = await owner.caller.fields.create({ orgId, projectId, name, kind, options });
    const all = values(field);
    return { id: field.id, value: (index: number) => all[index % all.length] ?? null };
  };
  const idsOf = ({ options }: Field) => options.map(({ id }) => id);
  return [
    await make("Story Points", "number", () => [null, -2.5, 0, 3, 12]),
    await make("Severity", "select", (field) => [null, ...idsOf(field)]),
    await make("Tags", "multi-select", (field) => [null, idsOf(field), idsOf(field).slice(1)]),
    await make("Room", "text", () => [null, "Küche", "100%_", "3", "Me"]),
    await make("Site", "url", () => [null, "https://example.test/A", "https://trestle.test/"]),
    await make("Seen", "date", () => [null, "2026-03-29", "2026-03-28", "2025-12-31"]),
    await make("Billed", "checkbox", () => [null, true, false]),
    await make("Lead", "person", () => [null, ...people]),
  ];
}

const comparison = fc.constantFrom("", "<", "<=", ">", ">=", "=");
const date = fc.oneof(
  fc.constantFrom("today", "yesterday", "tomorrow", "this-week", "last-week", "next-month", "this-month", "2026-03-29"),
  fc
    .tuple(fc.constantFrom("", "-", "+"), fc.nat(40), fc.constantFrom("d", "w", "m", "y"))
    .map((parts) => parts.join("")),
);
const term = fc.oneof(
  fc
    .tuple(fc.constantFrom("due", "start", "created", "updated", "completed", "cf.seen"), comparison, date)
    .map(([f, by, d]) => `${f}:${by}${d}`),
  fc
    .tuple(fc.constantFrom("due", "created"), fc.constantFrom("<", ">"), fc.integer({ min: -90, max: 90 }))
    .map(([field, by, hours]) => `${field}:${by}${hours}h`),
  fc.tuple(date, date).map(([from, to]) => `due:${from}..${to}`),
  fc
    .tuple(
      fc.constantFrom("estimate", "number", "comments", "items"),
      comparison,
      fc.constantFrom("0", "0.5", "3", "12"),
    )
    .map(([field, by, value]) => `${field}:${by}${value}`),
  fc.tuple(comparison, fc.constantFrom("-2.5", "0", "3", "7")).map(([by, value]) => `cf."story points":${by}${value}`),
  fc
    .tuple(
      fc.constantFrom("severity", "TAGS", "Room", "site", "lead", "billed", "Seen", "nothing"),
      fc.constantFrom(
        "high",
        "HIGH*",
        "größe",
        "me",
        '"änn o\\"neil"',
        "k*",
        "%",
        "yes",
        "no",
        "any",
        "none",
        "3",
        '"3"',
      ),
    )
    .map(([field, value]) => `cf.${field}:${value}`),
  fc.constantFrom(
    "is:blocked",
    "is:subtask",
    "has:subtasks",
    "milestone:beta",
    "sprint:one*",
    "sprint:none",
    "has:milestone",
    "parent:any",
    "parent:PRJ-1",
    "parent:prj-2",
    "has:completed",
  ),
  fc.tuple(comparison, fc.constantFrom("none", "low", "high", "urgent")).map(([by, name]) => `priority:${by}${name}`),
  fc.constantFrom(
    "assignee:me",
    "assignee:none",
    "assignee:any",
    'assignee:"änn o\\"neil"',
    "assignee:imp*",
    "creator:me",
  ),
  fc.constantFrom("label:bug", "label:BUG*", "label:none", 'label:"bug fix",größe', "label:nothing", "creator:än*"),
  fc.constantFrom('column:"to do"', "column:İN*", "board:board", "project:prj", "project:proj*", "project:x"),
  fc.constantFrom("state:completed", "state:started,unstarted", "is:archived", "is:open", "is:overdue", "is:done"),
  fc
    .constantFrom(
      "assignee",
      "label",
      "description",
      "due",
      "start",
      "estimate",
      "comment",
      "cover",
      "priority",
      "checklist",
    )
    .map((what) => `has:${what}`),
  fc.constantFrom("écran", "Écran", '"the É"', "100%", "\\", "_", "prj-1", "STRASSE", "ß", "due:none", "due:overdue"),
);
const signed = (inner: fc.Arbitrary<string>) =>
  fc.tuple(fc.constantFrom("", "", "-"), inner).map((parts) => parts.join(""));
/** Brackets with terms in them: no filter has more terms than one may have. */
const bracket = fc
  .tuple(signed(term), fc.constantFrom(" ", " OR "), signed(term))
  .map(([one, by, other]) => `(${one}${by}${other})`);
const filterText = fc
  .array(fc.array(fc.oneof(signed(term), signed(bracket)), { minLength: 1, maxLength: 2 }), {
    minLength: 1,
    maxLength: 2,
  })
  .map((alternatives) => alternatives.map((all) => all.join(" ")).join(" OR "));

test("what a filter finds in the database is what it matches in memory, in every time zone", async ({ world }) => {
  const { org, boardId, ids, userId } = await variedTasks(world);
  const db = world.services.db.within({ orgId: org.id });
  const tasks = await loadFilteredTasks(db, org.id, ids);
  expect(tasks).toHaveLength(30);
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(filterText, { minLength: 8, maxLength: 8 }),
      fc.constantFrom(...ZONES),
      async (texts, timeZone) => {
        const asker = { orgId: org.id, userId, timeZone, now: NOW };
        const filters = texts.map((text) => asMeant(parsed(text)));
        // One statement for all of them.
        const columns = filters.map(
          (filter) => sql`coalesce(json_agg(t.id order by t.id) filter (where ${filterSql(filter, asker)}), '[]')`,
        );
        const [row] = await db.execute<{ found: string[][] }>(sql`
        select json_build_array(${sql.join(columns, sql`, `)}) as found from task t
        join board_column c on c.id = t.column_id join board b on b.id = t.board_id join project p on p.id = t.project_id
        where t.org_id = ${org.id}::uuid and t.board_id = ${boardId}::uuid`);
        for (const [index, filter] of filters.entries()) {
          const matched = tasks.filter((task) => matches(filter, task, asker)).map(({ task }) => task.id);
          expect([texts[index], row?.found[index]]).toEqual([texts[index], matched]);
          found += matched.length;
        }
      },
    ),
    { numRuns: 10, endOnFailure: true },
  );
  expect(found).toBeGreaterThan(0);

  const fixed = (text: string, timeZone: string) => {
    const asker = { userId, timeZone, now: NOW };
    return tasks
      .filter((task) => matches(asMeant(parsed(text)), task, asker))
      .map(({ task }) => task.dueOn ?? task.dueAt);
  };
  // A whole day is that day for everybody, an instant is on the day that it has for whoever asks.
  for (const timeZone of ZONES) {
    for (const due of fixed("due:today", timeZone)) {
      const shown = new Intl.DateTimeFormat("en-CA", { timeZone }).format(
        due?.length === 10 ? NOW : new Date(due ?? ""),
      );
      const today = new Intl.DateTimeFormat("en-CA", { timeZone }).format(NOW);
      expect(due?.length === 10 ? due : shown).toBe(today);
    }
    expect(fixed("due:2026-03-29", timeZone)).toContain("2026-03-29");
  }
});

describe("a text that is no filter", () => {
  const faults: [text: string, position: number, length: number, says: RegExp][] = [
    ["label:bug colour:red", 10, 7, /no field "colour"/u],
    ["due:soon", 4, 4, /wants a date/u],
    ["due:2026-02-30", 4, 10, /wants a date/u],
    ["due:=3h", 4, 3, /Hours/u],
    ["due:1d..2d..3d", 4, 10, /wants a date/u],
    ["estimate:<x", 9, 2, /wants a number/u],
    ["state:almost", 6, 6, /one of backlog/u],
    ["priority:>=huge", 9, 6, /one of none/u],
    ["label:", 6, 0, /wants a value/u],
    ["parent:12", 7, 2, /key of a task/u],
    ['a cf."story points":""', 20, 2, /wants a value/u],
    ["cf.points:", 10, 0, /wants a value/u],
    ["label:a,", 8, 0, /wants a value/u],
    ["label: bug", 6, 0, /wants a value/u],
    ["a (b", 2, 1, /not closed/u],
    ["a) b", 1, 1, /no bracket/u],
    ["a ()", 2, 1, /nothing in/u],
    ['say "this', 4, 1, /quote is not closed/u],
    ["OR a", 0, 2, /between two/u],
    ["a OR", 2, 2, /between two/u],
    ["(a OR) b", 3, 2, /between two/u],
    ["-(", 1, 1, /nothing in|not closed/u],
    ["a -OR b", 2, 1, /minus/u],
    [`${"(".repeat(12)}a${")".repeat(12)}`, 10, 1, /at most 10 deep/u],
    ["a ".repeat(51), 100, 1, /at most 50/u],
    [`label:${"x,".repeat(60)}x`, 106, 1, /at most 50/u],
    ["x".repeat(1_001), 1_000, 0, /at most 1000 characters/u],
  ];

  test("is told what is wrong and where", () => {
    for (const [text, position, length, says] of faults) {
      const result = parseFilter(text);
      const { says: told, ...where } = "wrong" in result ? result.wrong : { says: "" };
      expect([text, where]).toEqual([text, { position, length }]);
      expect(told).toMatch(says);
    }
    // A minus alone is a dash.
    expect(parsed("a - b")).toMatchObject({ is: "all", of: [{}, { is: "text", text: "-" }, {}] });
  });

  test("never breaks the parser, whatever it is, and faults lie within it", () => {
    const pieces = fc.constantFrom(
      "(",
      ")",
      "-",
      '"',
      "\\",
      ",",
      ":",
      "OR",
      " ",
      "due:",
      "<",
      "..",
      "7d",
      "a",
      "🎉",
      "label:",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 30 }).map((all) => all.join("")),
        ),
        (text) => {
          const result = parseFilter(text);
          if (!("wrong" in result)) return;
          const { position, length } = result.wrong;
          expect(position).toBeGreaterThanOrEqual(0);
          expect(position + length).toBeLessThanOrEqual(text.length);
        },
      ),
      { numRuns: 300, endOnFailure: true },
    );
  });
});

test("letters are folded as the database folds them", async ({ world }) => {
  // All that JavaScript makes a small letter of, but for what came into Unicode after the database was made.
  const letters = Array.from({ length: 0x2_fff }, (_, code) => String.fromCodePoint(code + 1)).filter(
    (letter) => /\p{L}/u.test(letter) && letter !== letter.toLowerCase(),
  );
  const [row] = await world.db.execute<{ lower: string }>(sql`select lower(${letters.join("")}) as lower`);
  expect(row?.lower).toBe(folded(letters.join("")));
});

test("since when a task is completed is kept by whatever brings it there, and away", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done", "Shipped"], tasks: ["A", "B", "C"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const at = (title: string) => ({ boardId, taskId: board.task(title) });
  const completed = async (filter = "(is:open OR is:archived) has:completed") => {
    const { items } = await caller.tasks.search({ orgId: org.id, boardId, filter });
    return Object.fromEntries(items.map(({ title, completedAt }) => [title, completedAt]));
  };
  await caller.columns.update({ boardId, columnId: board.column("Done"), stateGroup: "completed" });
  await caller.tasks.move({ ...at("A"), columnId: board.column("Done") });
  const { A: first } = await completed("completed:<3h");
  expect(first).toBe((await caller.tasks.get(at("A"))).updatedAt);
  // On within the group, out of sight and back: it is as completed as before.
  await caller.columns.update({ boardId, columnId: board.column("Shipped"), stateGroup: "completed" });
  world.clock.advance(60_000);
  await caller.tasks.bulkMove({
    boardId,
    taskIds: [board.task("A"), board.task("B")],
    columnId: board.column("Shipped"),
  });
  await caller.tasks.archive(at("A"));
  expect(await completed()).toEqual({ A: first, B: (await caller.tasks.get(at("B"))).updatedAt });
  await caller.tasks.restore(at("A"));
  await caller.tasks.create({ boardId, columnId: board.column("Done"), title: "Made there" });
  await caller.tasks.move({ ...at("B"), columnId: board.column("Todo") });
  const { A, "Made there": made, ...others } = await completed();
  expect([A, made === null, others]).toEqual([first, false, {}]);
  // What a column is, the tasks in it are, too.
  await caller.columns.update({ boardId, columnId: board.column("Shipped"), stateGroup: "cancelled" });
  expect(Object.keys(await completed())).toEqual(["Made there"]);
  await caller.columns.update({ boardId, columnId: board.column("Todo"), stateGroup: "completed" });
  expect(Object.keys(await completed()).toSorted()).toEqual(["B", "C", "Made there"]);
  expect(await completed("completed:today completed:>-1h -completed:<now")).toEqual({});
});
