import { sql } from "drizzle-orm";
import fc from "fast-check";
import { expect } from "vitest";
import { createServices } from "../../server/app.ts";
import { Batches } from "../../server/core/batches.ts";
import type { AppServices } from "../../server/core/context.ts";
import { newId } from "../../server/core/ids.ts";
import { createLogger } from "../../server/core/log.ts";
import { callByPath } from "../setup/by-path.ts";
import { pick } from "../setup/model.ts";
import { kindsOf } from "../setup/refusal.ts";
import { callerContext, type Person, test, type TestBoard, type World } from "../setup/world.ts";

// Whatever people do at once leaves what the same commands leave that are given one after the other: the same answers,
// refusals, rows, events and memories.

/** One command: `picks` choose what it is done to. */
interface Step {
  readonly path: string;
  readonly picks: readonly number[];
}

const TASKS = ["tasks.create", "tasks.update", "tasks.move", "tasks.archive", "tasks.restore"];
const COLUMNS = ["columns.create", "columns.update", "columns.move", "columns.archive", "columns.restore"];
const LABELS = ["labels.create", "labels.update", "labels.delete"];
const INNER = [...TASKS, ...TASKS, ...COLUMNS, ...LABELS];

const stepOf = (paths: readonly string[]): fc.Arbitrary<Step> =>
  fc.record({
    path: fc.constantFrom(...paths),
    picks: fc.array(fc.noBias(fc.nat(1_000)), { minLength: 9, maxLength: 9 }),
  });
const steps = fc.array(
  fc.oneof(
    { arbitrary: stepOf([...TASKS, "tasks.move", "tasks.move"]), weight: 12 },
    { arbitrary: stepOf([...COLUMNS, ...LABELS]), weight: 6 },
    { arbitrary: stepOf(["boards.applyChanges"]), weight: 1 },
  ),
  { minLength: 8, maxLength: 40 },
);

/** Two boards of a project, and people who may change both, one, or none. */
interface Scene {
  readonly boards: readonly TestBoard[];
  readonly people: readonly Person[];
  readonly columns: readonly string[];
  readonly labels: readonly string[];
  /** Ids for new tasks. */
  readonly fresh: readonly string[];
}

const TITLES = ["A", "B", "C", "D", "E", "F"];
const NAMES = ["Todo", "Few", "Done"];

async function scene(world: World): Promise<Scene> {
  const org = await world.org();
  const options = { columns: NAMES, tasks: TITLES };
  const boards = [await org.board(options), await org.board(options)];
  const [first, second] = boards;
  if (!first || !second) throw new Error("there are two boards");
  const { caller } = org.owner;
  const labels: string[] = [];
  for (const board of boards) {
    const { id } = await caller.labels.create({ boardId: board.id, name: "Label", color: "red" });
    labels.push(id);
    await caller.columns.update({ boardId: board.id, columnId: board.column("Few"), wipLimit: 2 });
    await caller.tasks.archive({ boardId: board.id, taskId: board.task("F") });
    // Between these two there is room for few more before the column is renumbered.
    const ranks = { A: "a0", B: `a0${"0".repeat(42)}V`, C: "a1" };
    for (const [title, rank] of Object.entries(ranks)) {
      await world.db.execute(sql`update task set rank = ${`~${rank}`} where id = ${board.task(title)}::uuid`);
    }
    await world.db.execute(
      sql`update task set rank = substr(rank, 2) where board_id = ${board.id}::uuid and rank like '~%'`,
    );
    // So it is between the first two columns.
    await world.db.execute(sql`
      update board_column set rank = ${`a0${"0".repeat(44)}V`} where id = ${board.column("Few")}::uuid`);
  }
  const people = [org.owner, await org.as("member"), await first.as("editor"), await second.as("viewer")];
  const ids = {
    columns: [newId(), newId()],
    labels: [...labels, newId(), newId()],
    fresh: [newId(), newId(), newId()],
  };
  return { boards, people, ...ids };
}

function commandOf(it: Scene, { path, picks }: Step, mutationIds: readonly string[]) {
  const [board, input] = inputOf(it, path, picks);
  const [p0 = 0, p1 = 0] = picks.slice(7);
  // Now and then an id that another command has too.
  const mutationId = p1 % 7 === 0 ? pick(mutationIds.slice(0, 3), p0) : pick(mutationIds, p0);
  return { by: pick([0, 0, 0, 1, 1, 2, 3], p0), path, input: { boardId: board.id, ...input, mutationId } };
}

function inputOf(it: Scene, path: string, picks: readonly number[]): [TestBoard, object] {
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0] = picks;
  const board = pick(it.boards, p0);
  const tasks = [...TITLES.map((title) => board.task(title)), ...it.fresh];
  const columnIds = [...NAMES.map((name) => board.column(name)), ...it.columns];
  const columnId = pick(columnIds, p1);
  const taskId = pick(tasks, p2);
  const after = pick<{ after?: string | null }>([{}, { after: null }, { after: pick(tasks, p3) }], p4);
  const labelIds = it.labels.filter((_, index) => (p5 >> index) % 4 === 1);
  const assigneeIds = it.people.filter((_, index) => (p6 >> index) % 4 === 1).map(({ id }) => id);
  switch (path) {
    case "tasks.create": {
      const id = pick<{ id?: string }>([{ id: pick(it.fresh, p2) }, { id: pick(it.fresh, p3) }, {}], p6);
      return [board, { ...id, columnId, title: `Task ${p5 % 9}`, labelIds, assigneeIds, ...after }];
    }
    case "tasks.update": {
      const title = `Title ${p3 % 5}`;
      const patch = pick<object>(
        [{ title }, { labelIds }, { assigneeIds, description: title }, { ifVersion: p3 % 20, title }, {}],
        p4,
      );
      return [board, { taskId, ...patch }];
    }
    case "tasks.move":
      return [board, { taskId, columnId, ...after }];
    case "columns.create": {
      const id = pick<{ id?: string }>([{ id: pick(it.columns, p2) }, {}], p6);
      const behind = pick<{ after?: string | null }>([{}, { after: null }, { after: pick(columnIds, p3) }], p4);
      return [board, { ...id, name: `Column ${p5 % 3}`, wipLimit: pick([null, 1], p5), ...behind }];
    }
    case "columns.update":
      return [
        board,
        { columnId, ...pick<object>([{ wipLimit: pick([null, 1, 3], p3) }, { name: `Name ${p3 % 2}` }], p4) },
      ];
    case "columns.move":
      return [board, { columnId, ...pick<object>([{}, { after: null }, { after: pick(columnIds, p3) }], p4) }];
    case "columns.archive":
    case "columns.restore":
      return [board, { columnId }];
    case "labels.create":
      return [board, { id: pick(it.labels, p2), name: `Label ${p3 % 3}`, color: "blue" }];
    case "labels.update":
      return [
        board,
        { labelId: pick(it.labels, p2), ...pick<object>([{ name: `Label ${p3 % 3}` }, { color: "red" }], p4) },
      ];
    case "labels.delete":
      return [board, { labelId: pick(it.labels, p2) }];
    case "boards.applyChanges": {
      const changes = picks.slice(0, 2 + (p6 % 4)).map((by, index) => {
        const procedure = pick(INNER, by);
        const inner = picks.map((other) => (other * 7 + by * 13 + index * 31) % 1_000);
        return { procedure, ...inputOf(it, procedure, [p0, ...inner.slice(1)])[1], mutationId: newId() };
      });
      return [board, { changes }];
    }
    default:
      return [board, { taskId }];
  }
}

/** All that is in the database of the boards of a scene, in orders that do not depend on ids. */
async function contentOf({ db }: World, { boards }: Scene): Promise<unknown> {
  const ids = sql`${`{${boards.map(({ id }) => id).join(",")}}`}::uuid[]`;
  const [row] = await db.execute<{ content: unknown }>(sql`
    select json_build_object(
      'events', (select json_agg(json_build_array(s.version, e.version, e.access_version = o.access_version, e.type, e.actor_id,
          e.mutation_id, e.data) order by array_position(${ids}, s.id), e.version)
        from stream s join event e on e.stream_id = s.id join org o on o.id = s.org_id where s.id = any(${ids})),
      'heads', (select json_agg(json_build_array(s.version, s.nonce = e.nonce) order by array_position(${ids}, s.id))
        from stream s join event e on e.stream_id = s.id and e.version = s.version where s.id = any(${ids})),
      'tasks', (select json_agg(to_jsonb(t) - 'created_at' - 'updated_at' || jsonb_build_object(
          'labels', (select json_agg(x.label_id order by x.label_id) from task_label x where x.task_id = t.id),
          'people', (select json_agg(x.user_id order by x.user_id) from task_assignee x where x.task_id = t.id))
          order by t.number)
        from task t where t.board_id = any(${ids})),
      'columns', (select json_agg(to_jsonb(c) order by array_position(${ids}, c.board_id), c.rank, c.name)
        from board_column c where c.board_id = any(${ids})),
      'labels', (select json_agg(to_jsonb(l) order by array_position(${ids}, l.board_id), l.version, l.name)
        from label l where l.board_id = any(${ids})),
      'members', (select json_agg(to_jsonb(m) order by array_position(${ids}, m.board_id), m.user_id)
        from board_member m where m.board_id = any(${ids})),
      'next', (select json_agg(p.next_number) from project p where p.id in (select project_id from board where id = any(${ids}))),
      'memories', (select json_agg(json_build_array(m.procedure, m.version, m.result, m.user_id)
          order by array_position(${ids}, m.stream_id), m.version, m.procedure, m.user_id, m.result::text)
        from mutation m where m.stream_id = any(${ids}))) as content`);
  return row?.content;
}

/** With a number in place of each id, in the order in which they are first met, and without names and times. */
function anonymous(value: unknown): unknown {
  const met = new Map<string, string>();
  const text = JSON.stringify(value)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/gu, (id) => {
      met.set(id, met.get(id) ?? `#${met.size}`);
      return met.get(id) ?? "";
    })
    .replaceAll(/Person \d+/gu, "Person")
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/gu, '"at"');
  return JSON.parse(text);
}

async function endsOf(
  services: AppServices,
  it: Scene,
  commands: readonly ReturnType<typeof commandOf>[],
  atOnce: boolean,
): Promise<unknown> {
  const people = await Promise.all(
    it.people.map(async (person) => {
      const found = await services.sessions.find(person.token);
      return { ...person, context: callerContext(services, found) };
    }),
  );
  const calls = commands.map(
    ({ by, path, input }) =>
      () =>
        callByPath(pick(people, by), path, input),
  );
  const ends: PromiseSettledResult<unknown>[] = [];
  if (atOnce) ends.push(...(await Promise.allSettled(calls.map((call) => call()))));
  else for (const call of calls) ends.push(...(await Promise.allSettled([call()])));
  return kindsOf(ends).map((kind, index) => {
    const end = ends[index];
    return end?.status === "fulfilled" ? end.value : kind;
  });
}

test("what is done at once leaves what the same leaves when it is done one after the other", async ({ world }) => {
  const { services: quiet, close } = createServices({
    connection: world.connection,
    poolSize: 2,
    log: createLogger("silent"),
    secure: false,
  });
  const { db, clock, hub } = quiet;
  // All that waits in one batch.
  const together = {
    ...quiet,
    batches: new Batches({ db, clock, hub }, { lanes: 1, size: 1_000, patienceMs: 60_000 }),
  };
  await fc.assert(
    fc.asyncProperty(steps, async (drawn) => {
      const results: unknown[] = [];
      for (const atOnce of [false, true]) {
        const it = await scene(world);
        const mutationIds = drawn.map(() => newId());
        const commands = drawn.map((step, index) => commandOf(it, step, [...mutationIds.slice(index), ...mutationIds]));
        const before = await contentOf(world, it);
        const ends = await endsOf(together, it, commands, atOnce);
        const after = await contentOf(world, it);
        results.push(anonymous({ before, ends, after }));
      }
      expect(results[1]).toEqual(results[0]);
    }),
    { numRuns: 20, endOnFailure: true },
  );
  await close();
}, 120_000);
