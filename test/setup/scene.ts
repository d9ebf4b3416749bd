import { sql } from "drizzle-orm";
import { createServices } from "../../server/app.ts";
import { Batches } from "../../server/core/batches.ts";
import { Tenants } from "../../server/core/tenants.ts";
import type { AppServices } from "../../server/core/context.ts";
import { newId } from "../../server/core/ids.ts";
import { createLogger } from "../../server/core/log.ts";
import { callByPath } from "./by-path.ts";
import { pick } from "./model.ts";
import { kindsOf } from "./refusal.ts";
import { TEST_ROOT_KEYS } from "./root-keys.ts";
import { callerContext, type Person, type TestBoard, type World } from "./world.ts";

// The same commands given at once, which makes them one batch, and one after the other.

/** A call by one of the people of a scene. */
export interface SceneCall {
  readonly by: number;
  readonly path: string;
  readonly input: object;
}

/** Two boards of a project, and people who may change both, one, or none. */
export interface Scene {
  readonly boards: readonly TestBoard[];
  readonly people: readonly Person[];
  readonly columns: readonly string[];
  readonly labels: readonly string[];
  /** Ids for comments. */
  readonly comments: readonly string[];
  /** Of the first task of each board, and one that is new. */
  readonly checklists: readonly string[];
  readonly items: readonly string[];
  /** Ids for new tasks. */
  readonly fresh: readonly string[];
}

export const TITLES = ["A", "B", "C", "D", "E", "F"];
export const NAMES = ["Todo", "Few", "Done"];

async function scene(world: World): Promise<Scene> {
  const org = await world.org();
  const options = { columns: NAMES, tasks: TITLES };
  const boards = [await org.board(options), await org.board(options)];
  const [first, second] = boards;
  if (!first || !second) throw new Error("there are two boards");
  const { caller } = org.owner;
  const labels: string[] = [];
  const checklists: string[] = [];
  const items: string[] = [];
  for (const board of boards) {
    const { id } = await caller.labels.create({ boardId: board.id, name: "Label", color: "red" });
    labels.push(id);
    for (const name of ["First", "Second"]) {
      const ofA = { boardId: board.id, taskId: board.task("A") };
      const checklist = await caller.checklists.create({ ...ofA, name });
      checklists.push(checklist.id);
      for (const text of ["One", "Two"]) {
        items.push((await caller.checkItems.create({ ...ofA, checklistId: checklist.id, text })).id);
      }
    }
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
    comments: [newId(), newId(), newId(), newId()],
    checklists: [...checklists, newId()],
    items: [...items, newId(), newId()],
    fresh: [newId(), newId(), newId()],
  };
  return { boards, people, ...ids };
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
      'tasks', (select json_agg(to_jsonb(t) - 'created_at' - 'updated_at' - 'trashed_at' || jsonb_build_object(
          'labels', (select json_agg(x.label_id order by x.label_id) from task_label x where x.task_id = t.id),
          'people', (select json_agg(x.user_id order by x.user_id) from task_assignee x where x.task_id = t.id))
          order by t.number)
        from task t where t.board_id = any(${ids})),
      'columns', (select json_agg(to_jsonb(c) order by array_position(${ids}, c.board_id), c.rank, c.name)
        from board_column c where c.board_id = any(${ids})),
      'labels', (select json_agg(to_jsonb(l) order by array_position(${ids}, l.board_id), l.version, l.name)
        from label l where l.board_id = any(${ids})),
      'comments', (select json_agg(to_jsonb(c) - 'created_at' - 'edited_at' || jsonb_build_object('reactions',
          (select json_agg(json_build_array(r.user_id, r.emoji, r.version) order by r.version)
            from comment_reaction r where r.comment_id = c.id)) order by array_position(${ids}, c.board_id), c.version, c.text)
        from comment c where c.board_id = any(${ids})),
      'checklists', (select json_agg(to_jsonb(c) order by array_position(${ids}, c.board_id), c.version, c.rank)
        from checklist c where c.board_id = any(${ids})),
      'items', (select json_agg(to_jsonb(i) order by array_position(${ids}, i.board_id), i.version, i.rank, i.text)
        from check_item i where i.board_id = any(${ids})),
      'members', (select json_agg(to_jsonb(m) order by array_position(${ids}, m.board_id), m.user_id)
        from board_member m where m.board_id = any(${ids})),
      'next', (select json_agg(p.next_number) from project p where p.id in (select project_id from board where id = any(${ids}))),
      'memories', (select json_agg(json_build_array(m.procedure, m.version, m.result, m.user_id)
          order by array_position(${ids}, m.stream_id), m.version, m.procedure, m.user_id, m.result::text)
        from mutation m where m.stream_id = any(${ids}))) as content`);
  return row?.content;
}

/** How many transactions have written the logs of the boards. */
async function transactionsOf({ db }: World, { boards }: Scene): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql`
    select count(distinct tx_id)::int as count from event
    where stream_id = any(${`{${boards.map(({ id }) => id).join(",")}}`}::uuid[])`);
  return row?.count ?? 0;
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
  calls: readonly SceneCall[],
  atOnce: boolean,
): Promise<unknown> {
  const people = await Promise.all(
    it.people.map(async (person) => {
      const found = await services.sessions.find(person.token);
      return { ...person, context: callerContext(services, found) };
    }),
  );
  const make = ({ by, path, input }: SceneCall) => callByPath(pick(people, by), path, input);
  const ends: PromiseSettledResult<unknown>[] = [];
  if (atOnce) ends.push(...(await Promise.allSettled(calls.map((call) => make(call)))));
  else for (const call of calls) ends.push(...(await Promise.allSettled([make(call)])));
  return kindsOf(ends).map((kind, index) => {
    const end = ends[index];
    return end?.status === "fulfilled" ? end.value : kind;
  });
}

/** Services that put all that waits into one batch, and are not those of the world. */
export function servicesOfOneBatch(world: World): { services: AppServices; close(): Promise<void> } {
  const { services, close } = createServices({
    connection: world.connection,
    poolSize: 2,
    rootKeys: TEST_ROOT_KEYS,
    log: createLogger("silent"),
    secure: false,
  });
  const { db, clock, audit, hub, jobs } = services;
  const batches = new Batches(
    { db, clock, audit, hub, jobs, tenants: new Tenants() },
    { lanes: 1, size: 1_000, patienceMs: 60_000 },
  );
  return { services: { ...services, batches }, close };
}

/**
 * What calls answer and leave: one after the other, and at once, each in a scene of its own, of which `callsOf` makes
 * the calls; `first` are made before them, one by one.
 */
export async function bothWays(
  world: World,
  services: AppServices,
  callsOf: (it: Scene) => { first?: readonly SceneCall[]; calls: readonly SceneCall[] },
): Promise<[oneByOne: unknown, atOnce: unknown]> {
  const leaves = async (atOnce: boolean) => {
    const it = await scene(world);
    const { first = [], calls } = callsOf(it);
    const grounds = await endsOf(services, it, first, false);
    const before = await contentOf(world, it);
    const transactions = await transactionsOf(world, it);
    const ends = await endsOf(services, it, calls, atOnce);
    // What a batch cannot write is tried one by one, and ends well then.
    const more = (await transactionsOf(world, it)) - transactions;
    if (atOnce && more > 1) throw new Error(`what is one batch was written by ${more} transactions`);
    return anonymous({ grounds, before, ends, after: await contentOf(world, it) });
  };
  return [await leaves(false), await leaves(true)];
}
