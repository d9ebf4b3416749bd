import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import type { Field, FieldValue } from "../../server/domains/work/fields.contract.ts";
import { FIELDS_PER_PROJECT } from "../../server/domains/work/fields.service.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { test, type TestOrg, type World } from "../setup/world.ts";

async function sceneOf(world: World) {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["A", "B"] });
  const { caller } = org.owner;
  const of = { orgId: org.id, projectId: board.projectId };
  const at = (title: string) => ({ boardId: board.id, taskId: board.task(title) });
  const create = (name: string, kind: Field["kind"], options: string[] = []) =>
    caller.fields.create({ ...of, name, kind, options: options.map((option) => ({ name: option })) });
  return { org, board, caller, of, at, create };
}

const shownOn = async ({ owner }: TestOrg, boardId: string) => (await owner.caller.boards.get({ boardId })).fields;

test("a project has fields, which all its boards hear of and show", async ({ world }) => {
  const { org, board, caller, of } = await sceneOf(world);
  const other = await org.board();
  const made = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.fields.create({
      ...of,
      name: " Severity ",
      kind: "select",
      options: [{ name: "High", color: "red" }],
      mutationId,
    }),
  );
  const field = made.answer;
  const [high] = field.options;
  expect(field).toMatchObject({ name: "Severity", kind: "select", options: [{ name: "High", color: "red" }] });
  const told = { on: "board", type: "field.created", data: { field } };
  expect(made.announced).toMatchObject([told, told]);
  expect(await shownOn(org, board.id)).toEqual([field]);
  expect(await shownOn(org, other.id)).toEqual([field]);
  const fieldId = field.id;
  // Options are said as a whole: one that is left out stays for those who have it.
  const updated = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.fields.update({ ...of, fieldId, name: "Impact", options: [{ name: "Low" }], mutationId }),
  );
  expect(updated.answer).toMatchObject({
    name: "Impact",
    options: [
      { name: "Low", color: "gray", isArchived: false },
      { ...high, isArchived: true },
    ],
  });
  expect(updated.announced.map(({ type }) => type)).toEqual(["field.updated", "field.updated"]);
  await idle(world.db, () => caller.fields.update({ ...of, fieldId, name: "Impact" }));
  const second = await caller.fields.create({ ...of, name: "Customer", kind: "text" });
  const names = async () => (await shownOn(org, board.id)).map(({ name }) => name);
  expect(await names()).toEqual(["Impact", "Customer"]);
  await caller.fields.move({ ...of, fieldId: second.id, after: null });
  expect(await names()).toEqual(["Customer", "Impact"]);
  await idle(world.db, () => caller.fields.move({ ...of, fieldId: second.id, after: null }));
  expect(await refusal(caller.fields.move({ ...of, fieldId, after: newId() }))).toBe("FIELD_NOT_FOUND");
  await caller.fields.archive({ ...of, fieldId: second.id });
  expect(await names()).toEqual(["Impact"]);
  expect((await caller.fields.get(of)).fields.map(({ state }) => state)).toEqual(["archived", "open"]);
  await caller.fields.restore({ ...of, fieldId: second.id });
  expect(await names()).toEqual(["Customer", "Impact"]);
  const guest = await org.as("guest");
  expect(await refusal(guest.caller.fields.get(of))).toBe("PROJECT_NOT_FOUND");
});

test("a field that cannot be is refused", async ({ world }) => {
  const { caller, of, create } = await sceneOf(world);
  const text = await create("Text", "text");
  const select = await create("Select", "select", ["One"]);
  const refuse = (call: () => Promise<unknown>) => refusedIdle(world.db, call);
  const one = { name: "One" };
  expect(await refuse(() => create("TEXT", "number"))).toBe("FIELD_NAME_TAKEN");
  expect(await refuse(() => create("Options", "number", ["One"]))).toBe("FIELD_HAS_NO_OPTIONS");
  expect(await refuse(() => create("Twice", "select", ["One", "one"]))).toBe("INPUT_INVALID");
  const update = (field: Field, more: object) =>
    refuse(() => caller.fields.update({ ...of, fieldId: field.id, ...more }));
  expect(await update(select, { name: "text" })).toBe("FIELD_NAME_TAKEN");
  expect(await update(text, { options: [one] })).toBe("FIELD_HAS_NO_OPTIONS");
  expect(await update(select, { options: [{ ...one, id: newId() }] })).toBe("FIELD_OPTION_NOT_FOUND");
  expect(await update({ ...text, id: newId() }, {})).toBe("FIELD_NOT_FOUND");
  expect(await refuse(() => caller.fields.get({ ...of, projectId: newId() }))).toBe("PROJECT_NOT_FOUND");
  await world.db.execute(`insert into task_field (id, org_id, project_id, name, kind, options, rank, state)
    select gen_random_uuid(), org_id, project_id, 'Field ' || n, 'text', '[]', 'b' || n, 'archived'
    from task_field, generate_series(3, ${FIELDS_PER_PROJECT}) n where id = '${text.id}'`);
  expect(await refuse(() => create("One more", "text"))).toBe("FIELDS_TOO_MANY");
});

test("what a task has of a field is of its kind", async ({ world }) => {
  const { org, caller, at, create } = await sceneOf(world);
  const member = await org.as("member");
  const guest = await org.as("guest");
  const kinds = ["text", "number", "date", "select", "multi-select", "person", "checkbox", "url"] as const;
  const fields = new Map<string, Field>();
  for (const kind of kinds) {
    fields.set(kind, await create(`The ${kind}`, kind, kind.endsWith("select") ? ["X", "Y"] : []));
  }
  const [x = "", y = ""] = fields.get("select")?.options.map(({ id }) => id) ?? [];
  const [p = "", q = ""] = fields.get("multi-select")?.options.map(({ id }) => id) ?? [];
  const values: Record<(typeof kinds)[number], { good: [FieldValue, FieldValue | undefined][]; bad: FieldValue[] }> = {
    text: {
      good: [
        [" Words 🎉 ", "Words 🎉"],
        ["  ", undefined],
      ],
      bad: [5, true, "x".repeat(501), "a\0b", "\ud83c"],
    },
    number: {
      good: [
        [-2.5, -2.5],
        [-0, 0],
        [0.1234567, 0.123457],
      ],
      bad: ["5", true, 1e13],
    },
    date: { good: [["2028-02-29", "2028-02-29"]], bad: ["2027-02-29", "today", "2027-2-1", 5] },
    select: {
      good: [
        [x, x],
        [y, y],
      ],
      bad: [p, "X", 5, [x]],
    },
    "multi-select": {
      good: [
        [[q, p, q], [p, q].toSorted()],
        [[], undefined],
      ],
      bad: [[x], p, 5],
    },
    person: { good: [[member.id, member.id]], bad: ["somebody", 5] },
    checkbox: {
      good: [
        [true, true],
        [false, false],
      ],
      bad: ["true", 1],
    },
    url: {
      good: [["https://example.test/a?b#c", "https://example.test/a?b#c"]],
      bad: ["javascript:alert(1)", "example.test", 5],
    },
  };
  for (const [kind, { good, bad }] of Object.entries(values)) {
    const id = fields.get(kind)?.id ?? "";
    const set = (value: FieldValue | null) => caller.tasks.update({ ...at("A"), fields: { [id]: value } });
    for (const value of bad) {
      expect([kind, value, await refusal(set(value))]).toEqual([kind, value, "FIELD_VALUE_INVALID"]);
    }
    for (const [given, kept] of good) expect([kind, (await set(given)).fields[id]]).toEqual([kind, kept]);
    await set(null);
    await idle(world.db, () => set(null));
  }
  expect((await caller.tasks.get(at("A"))).fields).toEqual({});
  const person = fields.get("person")?.id ?? "";
  const name = (userId: string) => caller.tasks.update({ ...at("A"), fields: { [person]: userId } });
  expect(await refusal(name(guest.id))).toBe("ASSIGNEE_NOT_FOUND");
  await name(member.id);
  const { members } = await caller.boards.get({ boardId: at("A").boardId });
  expect(members.map(({ userId }) => userId)).toContain(member.id);
  expect(await refusal(caller.tasks.update({ ...at("A"), fields: { [newId()]: "x" } }))).toBe("FIELD_NOT_FOUND");
  const elsewhere = await sceneOf(world);
  const theirs = await elsewhere.create("Theirs", "text");
  expect(await refusal(caller.tasks.update({ ...at("A"), fields: { [theirs.id]: "x" } }))).toBe("FIELD_NOT_FOUND");
});

test("values merge as other fields do, are announced, and stay while their field is out of sight", async ({
  world,
}) => {
  const { org, caller, of, at, create } = await sceneOf(world);
  const [points, customer] = [await create("Points", "number"), await create("Customer", "text")];
  const { version: seen } = await caller.tasks.get(at("A"));
  const set = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.tasks.update({ ...at("A"), fields: { [points.id]: 3 }, mutationId }),
  );
  const fields = { [points.id]: 3 };
  expect(set.announced).toMatchObject([{ type: "task.updated", data: { changes: {}, fields } }]);
  const merged = await caller.tasks.update({ ...at("A"), fields: { [customer.id]: "ACME" }, ifVersion: seen });
  expect(merged.fields).toEqual({ ...fields, [customer.id]: "ACME" });
  const late = () => caller.tasks.update({ ...at("A"), title: "Late", fields: { [points.id]: 5 }, ifVersion: seen });
  await expect(late()).rejects.toMatchObject({
    conflicts: { [`fields.${points.id}`]: { yours: 5, theirs: 3, version: set.answer.version } },
  });
  await caller.fields.archive({ ...of, fieldId: points.id });
  expect(await refusal(caller.tasks.update({ ...at("A"), fields: { [points.id]: 8 } }))).toBe("FIELD_NOT_FOUND");
  expect((await caller.tasks.update({ ...at("A"), title: "Other" })).fields).toEqual(merged.fields);
});

test("SQL sorts and filters by values", async ({ world }) => {
  const { caller, at, create } = await sceneOf(world);
  const [points, due] = [await create("Points", "number"), await create("Due", "date")];
  const areas = await create("Areas", "multi-select", ["X", "Y"]);
  const [x = "", y = ""] = areas.options.map(({ id }) => id);
  await caller.tasks.update({ ...at("A"), fields: { [points.id]: 10, [due.id]: "2027-01-31", [areas.id]: [x, y] } });
  await caller.tasks.update({ ...at("B"), fields: { [points.id]: 9.5, [due.id]: "2027-01-30", [areas.id]: [y] } });
  const titles = async (where: string, by: string) =>
    (
      await world.db.execute<{ title: string }>(
        `select title from task t where t.board_id = '${at("A").boardId}' and ${where} order by ${by}`,
      )
    ).map(({ title }) => title);
  const number = `field_number(t.fields, '${points.id}')`;
  const day = `field_day(t.fields, '${due.id}')`;
  expect(await titles(`${number} > 9`, number)).toEqual(["B", "A"]);
  expect(await titles(`${number} >= 10`, number)).toEqual(["A"]);
  expect(await titles(`${day} < date '2027-01-31'`, day)).toEqual(["B"]);
  expect(await titles(`'${x}' = any(field_words(t.fields, '${areas.id}'))`, number)).toEqual(["A"]);
  expect(await titles(`field_number(t.fields, '${due.id}') is null`, "title")).toEqual(["A", "B"]);
});

test("no task gets an option after it was taken away, whoever is first", async ({ world }) => {
  const { board, caller, of, create } = await sceneOf(world);
  const field = await create("Severity", "select", ["Goes", "Stays"]);
  const [goes, stays] = field.options;
  if (!goes || !stays) throw new Error("it has two options");
  const tasks = await Promise.all(
    Array.from({ length: 8 }, () =>
      caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title: "Task" }),
    ),
  );
  const set = tasks.map(({ id: taskId }) =>
    caller.tasks.update({ boardId: board.id, taskId, fields: { [field.id]: goes.id } }),
  );
  const options = [{ id: stays.id, name: stays.name }];
  await Promise.allSettled([
    ...set.slice(0, 4),
    caller.fields.update({ ...of, fieldId: field.id, options }),
    ...set.slice(4),
    ...tasks.map(({ id: taskId }) =>
      caller.tasks.update({ boardId: board.id, taskId, title: "Other", fields: { [field.id]: goes.id } }),
    ),
  ]);
  const [row] = await world.db.execute<{ count: number }>(`
    select count(*)::int as count from event e join event f on f.stream_id = e.stream_id and f.type = 'field.updated'
    where e.stream_id = '${board.id}' and e.type = 'task.updated' and e.version > f.version
      and e.data->'fields'->>'${field.id}' = '${goes.id}'`);
  expect(row?.count).toBe(0);
  expect(
    await refusal(caller.tasks.update({ boardId: board.id, taskId: board.task("A"), fields: { [field.id]: goes.id } })),
  ).toBe("FIELD_VALUE_INVALID");
});
