import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { type Person, test } from "../setup/world.ts";

/** The rows of a table as RFC 4180 has them. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  for (const [, before = "", quoted, plain = ""] of text.matchAll(
    /(^|,|\r\n)(?:"((?:[^"]|"")*)"|([^,\r\n]*))(?=,|\r\n|$)/gu,
  )) {
    if (before !== ",") rows.push([]);
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
  }
  return rows.filter((row) => row.length > 1);
}

test("the tasks of a board go as a table that no spreadsheet runs, by whoever may read them, filtered, page by page", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Task 0", "Task 1"] });
  const boardId = board.id;
  const { caller } = org.owner;
  const inProject = { orgId: org.id, projectId: board.projectId };
  const size = await caller.fields.create({ ...inProject, name: "=Size", kind: "number" });
  const who = await caller.fields.create({ ...inProject, name: "Who", kind: "person" });
  const kind = await caller.fields.create({
    ...inProject,
    name: "Kind",
    kind: "multi-select",
    options: [{ name: "A" }, { name: "B" }],
  });
  const label = await caller.labels.create({ boardId, name: "@bug", color: "red" });
  const nasty = '=HYPERLINK("http://evil.test","a")\n"quoted", \rline';
  await caller.tasks.update({
    boardId,
    taskId: board.task("Task 1"),
    description: nasty,
    labelIds: [label.id],
    assigneeIds: [org.owner.id],
    dueOn: "2026-03-01",
    timeZone: "Europe/Berlin",
    parentId: board.task("Task 0"),
    fields: { [size.id]: -2.5, [who.id]: org.owner.id, [kind.id]: kind.options.map(({ id }) => id) },
  });
  await world.db.execute(sql`
    insert into task select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'number', n, 'rank', n::text))).*
    from task t, generate_series(3, 1003) n where t.id = ${board.task("Task 0")}::uuid`);
  const { url } = await world.app();
  const read = (person: Person, query = "") =>
    fetch(`${url}/boards/${boardId}/tasks.csv${query}`, { headers: { authorization: `Bearer ${person.token}` } });
  const answer = await read(org.owner);
  expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(answer.headers.get("content-disposition")).toBe("attachment; filename=tasks.csv");
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  const [head = [], ...rows] = parse(bytes.toString().slice(1));
  expect(rows.map(([key]) => key)).toEqual(Array.from({ length: 1_003 }, (_, index) => `PRJ-${index + 1}`));
  expect(Object.fromEntries(head.map((name, index) => [name, rows[1]?.[index]]))).toMatchObject({
    Key: "PRJ-2",
    Title: "Task 1",
    Description: `'${nasty}`,
    Column: "Todo",
    Assignees: org.owner.name,
    Labels: "'@bug",
    Due: "2026-03-01",
    "Time zone": "Europe/Berlin",
    Parent: "PRJ-1",
    Archived: "no",
    "'=Size": "-2.5",
    Who: org.owner.name,
    Kind: "A; B",
  });
  const some = parse(await (await read(org.owner, `?filter=${encodeURIComponent("label:@bug")}`)).text());
  expect(some.map(([key]) => key)).toEqual(["Key", "PRJ-2"]);
  // Nobody else's, and nothing that is no filter or no board.
  const stranger = await world.person();
  const kindOf = async (response: Response) => /"kind":"(\w+)"/u.exec(await response.text())?.[1];
  expect(await kindOf(await read(stranger))).toBe("BOARD_NOT_FOUND");
  expect(await kindOf(await read(org.owner, "?filter=due:"))).toBe("FILTER_INVALID");
  expect(await kindOf(await read(org.owner, "?timeZone=Mars"))).toBe("INPUT_INVALID");
  expect(await kindOf(await fetch(`${url}/boards/${boardId}/tasks.csv`))).toBe("SIGN_IN_REQUIRED");
  expect(
    await kindOf(
      await fetch(`${url}/boards/nothing/tasks.csv`, { headers: { authorization: `Bearer ${org.owner.token}` } }),
    ),
  ).toBe("BOARD_NOT_FOUND");
});
