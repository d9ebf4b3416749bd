import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { createIn, oneTask } from "../setup/one-task.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { test } from "../setup/world.ts";

test("the texts of a description are told newest first, page by page, and each can be had back", async ({ world }) => {
  const org = await world.org();
  const { owner } = org;
  const { board, target, update } = await oneTask(org);
  const member = await org.as("member");
  const { id } = await createIn(org, board)({ description: "One" });
  const ofIt = { boardId: board.id, taskId: id };
  // Of another task, and of other things.
  await update({ description: "Another" });
  await owner.caller.tasks.update({ ...ofIt, title: "Renamed" });
  const second = await member.caller.tasks.update({ ...ofIt, description: "Two", priority: "high" });
  await owner.caller.tasks.update({ ...ofIt, description: "" });
  await owner.caller.tasks.move({ ...ofIt, columnId: board.column("Done") });
  const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.tasks.restoreDescription({ ...ofIt, version: second.version, mutationId }),
  );
  expect(answer).toMatchObject({ description: "Two", hasDescription: true, title: "Renamed" });
  expect(announced).toMatchObject([
    { type: "task.updated", data: { changes: { hasDescription: true }, description: "Two" } },
  ]);
  await idle(world.db, () => owner.caller.tasks.restoreDescription({ ...ofIt, version: second.version }));

  const first = await owner.caller.tasks.history({ ...ofIt, limit: 3 });
  const rest = await owner.caller.tasks.history({ ...ofIt, limit: 3, cursor: first.nextCursor });
  const texts = [...first.items, ...rest.items];
  expect(texts.map(({ description, userName }) => [description, userName])).toEqual([
    ["Two", owner.name],
    ["", owner.name],
    ["Two", member.name],
    ["One", owner.name],
  ]);
  expect([first.items.length, rest.nextCursor, texts[2]?.version]).toEqual([3, null, second.version]);
  expect((await owner.caller.tasks.history(target)).items.map(({ description }) => description)).toEqual(["Another"]);

  // A version of another task, one at which nothing was written about it, and one to come.
  const wrong = [(await owner.caller.tasks.history(target)).items[0]?.version ?? 0, second.version + 2, 1_000];
  for (const version of wrong) {
    const restore = () => owner.caller.tasks.restoreDescription({ ...ofIt, version });
    expect(await refusedIdle(world.db, restore)).toBe("DESCRIPTION_NOT_FOUND");
  }
  expect(await refusal(owner.caller.tasks.history({ ...ofIt, taskId: newId() }))).toBe("TASK_NOT_FOUND");
});

test("what was taken out of a description is not told to those who may only read it", async ({ world }) => {
  const org = await world.org();
  const { board, target, update } = await oneTask(org);
  await update({ description: "A secret" });
  await update({ description: "" });
  for (const role of ["viewer", "commenter"] as const) {
    const guest = await board.as(role);
    expect(await refusal(guest.caller.tasks.history(target))).toBe("ACTION_FORBIDDEN");
    expect(await refusal(guest.caller.tasks.restoreDescription({ ...target, version: 2 }))).toBe("ACTION_FORBIDDEN");
  }
  const member = await org.as("member");
  expect((await member.caller.tasks.history(target)).items).toHaveLength(2);
});

test("texts are found by an index, whatever else happened on the board", async ({ world }) => {
  const org = await world.org();
  const { board, target, update } = await oneTask(org);
  await update({ description: "Text" });
  await world.db.execute(sql`
    insert into event (stream_id, version, nonce, org_id, access_version, type, actor_id, mutation_id, data, at)
    select stream_id, version + 100 + n, n, org_id, access_version, type, actor_id, mutation_id,
      jsonb_set(data, '{taskId}', to_jsonb(gen_random_uuid()::text)), at
    from event, generate_series(1, 5000) n where stream_id = ${board.id}::uuid and data ? 'description'
      and type = 'task.updated'`);
  await world.db.execute(sql`analyze event`);
  // The statement of the function itself, with what it is called with.
  const [door] = await world.db.execute<{ query: string }>(sql`
    select substring(prosrc from 'return query (.*?);') as query from pg_proc where proname = 'description_versions'`);
  const called = {
    of_board: `'${board.id}'::uuid`,
    of_task: `'${target.taskId}'::uuid`,
    before: "9999",
    at_most: "51",
  };
  const query = Object.entries(called).reduce((text, [name, value]) => text.replace(name, value), door?.query ?? "");
  const plan = await world.db.execute(sql`explain ${sql.raw(query)}`);
  expect(JSON.stringify(plan)).toContain("event_description");
});
