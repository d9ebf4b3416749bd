import { sql } from "drizzle-orm";
import fc from "fast-check";
import { expect } from "vitest";
import type { Database } from "../../db/client.ts";
import { readEvents } from "../../server/core/event-log.ts";
import { newId } from "../../server/core/ids.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import { RANK_LIMIT } from "../../server/core/rank.ts";
import { callByPath } from "../setup/by-path.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import { evolve } from "../../server/domains/work/evolve.ts";
import { BOARD_EVENTS, type BoardEvent, eventSchema } from "../../server/events.ts";
import { range } from "../setup/clients.ts";
import { DETAILS, expectFolds, pick, refusalOf, settingOf, versionOf, withoutTrace } from "../setup/model.ts";
import { type Person, test, type TestOrg, type World } from "../setup/world.ts";

// Random changes by several people, some of whom may not make them, one after the other and at once. Whatever they
// did: the events folded over any earlier snapshot are the board (L9), and the board is what the rows say.

/** One change: `picks` choose, out of what there is when its turn comes, what it is made to. */
interface Step {
  readonly path: string;
  readonly who: number;
  readonly picks: readonly number[];
}

const PATHS = {
  "tasks.create": 6,
  "tasks.update": 6,
  "tasks.move": 10,
  "tasks.archive": 3,
  "tasks.restore": 5,
  "tasks.bulkUpdate": 2,
  "tasks.bulkMove": 3,
  "tasks.bulkArchive": 1,
  "tasks.bulkRestore": 2,
  "tasks.delete": 2,
  "trash.restore": 3,
  "changes.undo": 4,
  "columns.create": 2,
  "columns.update": 2,
  "columns.move": 2,
  "columns.archive": 1,
  "columns.restore": 3,
  "labels.create": 2,
  "labels.update": 2,
  "labels.delete": 1,
  "transitions.create": 2,
  "transitions.update": 2,
  "transitions.delete": 1,
  "comments.create": 5,
  "comments.update": 1,
  "comments.delete": 3,
  "comments.react": 1,
  "comments.unreact": 1,
  "boards.update": 3,
  "boards.archive": 1,
  "boards.restore": 6,
  "boards.share": 2,
  "boards.unshare": 2,
  "boards.applyChanges": 3,
};
const INNER = Object.keys(PATHS).filter((path) => !/^(?:boards|comments|transitions|trash|changes)\./u.test(path));

const step: fc.Arbitrary<Step> = fc.record({
  path: fc.oneof(...Object.entries(PATHS).map(([path, weight]) => ({ arbitrary: fc.constant(path), weight }))),
  who: fc.noBias(fc.nat(15)),
  picks: fc.array(fc.noBias(fc.nat(1_000)), { minLength: 12, maxLength: 12 }),
});
/** Changes of one group are made at once. */
const history = fc.array(
  fc.oneof({ arbitrary: fc.tuple(step), weight: 3 }, fc.array(step, { minLength: 2, maxLength: 5 })),
  {
    minLength: 12,
    maxLength: 24,
  },
);

/** What somebody who makes changes at random knows of. Ids of other boards, and of nothing, are among it. */
interface Known {
  readonly boardId: string;
  readonly columns: string[];
  readonly tasks: string[];
  readonly labels: string[];
  readonly transitions: string[];
  /** With the tasks that they are on. */
  readonly comments: { readonly commentId: string; readonly taskId: string }[];
  readonly people: readonly Person[];
}

function inputOf(path: string, picks: readonly number[], known: Known): Record<string, unknown> {
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0] = picks;
  // Now and then one that there is not.
  const some = (ids: readonly string[], by: number) => (by % 17 === 0 || ids.length === 0 ? newId() : pick(ids, by));
  const column = some(known.columns, p0);
  const task = some(known.tasks, p1);
  const label = some(known.labels, p2);
  const anchor = (from: readonly string[]) =>
    pick<{ after?: string | null }>([{}, { after: null }, { after: some(from, p3) }, { after: some(from, p4) }], p5);
  const labelIds = known.labels.filter((_, index) => (p4 >> index) % 2 === 1).slice(0, 4);
  const assignable = known.people.slice(0, p5 % 7 === 0 ? 6 : 4);
  const assigneeIds = assignable.filter((_, index) => (p5 >> index) % 3 === 1).map(({ id }) => id);
  switch (path) {
    case "tasks.create":
      return {
        columnId: column,
        title: `Task ${p3}`,
        ...anchor(known.tasks),
        ...pick(
          [
            {},
            { labelIds },
            { assigneeIds },
            { labelIds, assigneeIds, description: "Text", dueAt: "2026-03-01T10:00:00+02:00" },
            pick(DETAILS, p3),
          ],
          p4,
        ),
      };
    case "tasks.update":
      return {
        taskId: task,
        ...pick<object>(
          [
            { title: `Title ${p3 % 5}` },
            { description: p3 % 2 ? "" : `Text ${p3 % 3}` },
            { priority: pick(["none", "low", "urgent"], p3), dueAt: p4 % 2 ? null : "2027-01-01T00:00:00.000Z" },
            { labelIds },
            { assigneeIds },
            { labelIds, assigneeIds, title: "All at once" },
            pick(DETAILS, p3),
            { ifVersion: p3 % 20, title: "Only if nobody was faster" },
            {},
          ],
          p5,
        ),
      };
    case "tasks.move":
      return { taskId: task, columnId: column, ...anchor(known.tasks) };
    case "tasks.archive":
    case "tasks.restore":
      return { taskId: task };
    case "tasks.bulkUpdate":
    case "tasks.bulkMove":
    case "tasks.bulkArchive":
    case "tasks.bulkRestore":
    case "tasks.delete":
    case "trash.restore": {
      const many = known.tasks.filter((_, index) => (p4 >> (index % 8)) % 2 === 1);
      const taskIds = many.length > 0 && p3 % 9 > 0 ? many : [task];
      if (path === "tasks.bulkMove") return { taskIds, columnId: column, ...anchor(known.tasks) };
      return {
        taskIds,
        ...(path === "tasks.bulkUpdate" ? { addLabelIds: labelIds, addAssigneeIds: assigneeIds } : {}),
      };
    }
    case "changes.undo":
      return { version: 1 + (p3 % 30) };
    case "columns.create":
      return {
        name: `Column ${p3 % 7}`,
        ...pick([{}, { wipLimit: 1 + (p3 % 3) }, settingOf(p3)], p4),
        ...anchor(known.columns),
      };
    case "columns.update":
      return {
        columnId: column,
        ...pick<object>(
          [{ name: `Name ${p3 % 3}` }, { wipLimit: 1 + (p3 % 4) }, { wipLimit: null }, settingOf(p3)],
          p4,
        ),
      };
    case "columns.move":
      return { columnId: column, ...anchor(known.columns) };
    case "columns.archive":
    case "columns.restore":
      return { columnId: column };
    case "labels.create":
      return { name: `Label ${p3 % 3}`, color: pick(["red", "blue"], p4) };
    case "labels.update":
      return { labelId: label, ...pick<object>([{ name: `Label ${p3 % 3}` }, { color: "green" }], p4) };
    case "labels.delete":
      return { labelId: label };
    case "transitions.create":
    case "transitions.update": {
      const fromColumnIds = p3 % 3 === 0 ? null : known.columns.filter((_, index) => (p3 >> index) % 2 === 1);
      return {
        ...(path === "transitions.update" ? { transitionId: some(known.transitions, p2) } : { name: `Way ${p3 % 3}` }),
        toColumnId: column,
        fromColumnIds: fromColumnIds?.length === 0 ? null : fromColumnIds,
        ...pick<object>([{}, { minimumRole: "manager" }, { requiredFields: ["labels", "due"] }], p4),
      };
    }
    case "transitions.delete":
      return { transitionId: some(known.transitions, p2) };
    case "comments.create": {
      const answered = p4 % 3 === 0 ? known.comments[p3 % Math.max(1, known.comments.length)] : undefined;
      return {
        taskId: answered?.taskId ?? task,
        parentId: answered?.commentId ?? null,
        text: `Text ${p3 % 5} <@${pick(known.people, p5).id}>`,
      };
    }
    case "comments.update":
    case "comments.delete":
    case "comments.react":
    case "comments.unreact": {
      const target = known.comments[p2 % Math.max(1, known.comments.length)] ?? { taskId: task, commentId: newId() };
      if (path === "comments.update") return { ...target, text: `Text ${p3 % 5}` };
      return path === "comments.delete" ? target : { ...target, emoji: pick(["👍", "🎉"], p3) };
    }
    case "boards.update":
      return pick<Record<string, unknown>>(
        [{ name: `Board ${p3 % 3}` }, { visibility: pick(["private", "org"], p4) }],
        p5,
      );
    case "boards.share":
      return { userId: pick(known.people, p0).id, role: pick(["viewer", "editor", "manager"], p1) };
    case "boards.unshare":
      return { userId: pick(known.people, p0).id };
    case "boards.applyChanges":
      return {
        changes: picks.slice(0, 1 + (p0 % 5)).map((by, index) => {
          const procedure = pick(INNER, by + index);
          return {
            procedure,
            ...withNewIds(procedure, inputOf(procedure, [...picks.slice(index), ...picks.slice(0, index)], known)),
          };
        }),
      };
    default:
      return {};
  }
}

/** The ids of what a change would bring into being: they are known from then on if it was not refused. */
function withNewIds(path: string, input: Record<string, unknown>): Record<string, unknown> {
  const isNamed = path.endsWith(".create") && path !== "transitions.create";
  return isNamed ? { ...input, id: newId() } : input;
}

function learn(known: Known, path: string, { id, taskId, changes }: Record<string, unknown>): void {
  if (path === "comments.create" && typeof id === "string" && typeof taskId === "string") {
    known.comments.push({ commentId: id, taskId });
  }
  const ids = { "tasks.create": known.tasks, "columns.create": known.columns, "labels.create": known.labels }[path];
  if (typeof id === "string") ids?.push(id);
  for (const change of Array.isArray(changes) ? changes : []) {
    if (isChange(change)) learn(known, change.procedure, change);
  }
}

function isChange(value: unknown): value is { procedure: string } & Record<string, unknown> {
  return typeof value === "object" && value !== null && "procedure" in value && typeof value.procedure === "string";
}

/** The events of a board from the first on: numbered without a gap, each of the shape that its type has. */
async function eventsOf(db: Database, boardId: string): Promise<BoardEvent[]> {
  const events = (await readEvents(db, boardId, 0, 10_000)).map((event) => toEvent<BoardEvent>(event));
  expect(events.map(({ version }) => version)).toEqual(range(1, events.length));
  for (const event of events) expect(eventSchema(BOARD_EVENTS, event.type).parse(event)).toEqual(event);
  return events;
}

/** The board as its tables have it, asked for in another way than `boards.get` does. */
async function expectRows(
  db: Database,
  { board, columns, tasks, labels, transitions, members }: Snapshot,
): Promise<void> {
  const at = sql`board_id = ${board.id}::uuid`;
  const columnRows = await db.execute(sql`
    select id, board_id as "boardId", name, rank, state_group as "stateGroup", wip_limit as "wipLimit",
      wip_mode as "wipMode", state, version::int from board_column where ${at} and state = 'open' order by rank`);
  expect(columns).toEqual([...columnRows]);
  const taskRows = await db.execute(sql`
    select id, number, column_id as "columnId", rank, title, version::int, description <> '' as "hasDescription",
      array(select user_id::text from task_assignee where task_id = task.id order by 1) as "assigneeIds",
      array(select label_id::text from task_label where task_id = task.id order by 1) as "labelIds",
      (select count(*)::int from comment c where c.task_id = task.id and c.state = 'open') as "commentCount"
    from task where ${at} and state = 'open'
      and column_id in (select id from board_column where ${at} and state = 'open') order by column_id, rank`);
  const shown = tasks.map(({ id, number, columnId, rank, title, version, hasDescription, commentCount, ...sets }) => ({
    id,
    number,
    columnId,
    rank,
    title,
    version,
    hasDescription,
    assigneeIds: `{${sets.assigneeIds.join()}}`,
    labelIds: `{${sets.labelIds.join()}}`,
    commentCount,
  }));
  expect(shown).toEqual([...taskRows]);
  const labelRows = await db.execute(sql`select id, name, color, version::int from label where ${at} order by id`);
  expect(labels.map(({ id, name, color, version }) => ({ id, name, color, version }))).toEqual([...labelRows]);
  const memberRows = await db.execute(
    sql`select user_id as "userId", role from board_member where ${at} order by user_id`,
  );
  expect(members.map(({ userId, role }) => ({ userId, role }))).toEqual([...memberRows]);
  const transitionRows = await db.execute(sql`
    select id, board_id as "boardId", name, to_json(from_column_ids) as "fromColumnIds", to_column_id as "toColumnId",
      minimum_role as "minimumRole", to_json(required_fields) as "requiredFields", version::int
    from transition where ${at} order by id`);
  expect(transitions).toEqual([...transitionRows]);
  // Nothing was changed after the newest event.
  const versions = [board, ...columns, ...tasks, ...labels].map(({ version }) => version);
  const [stream] = await db.execute<{ version: string }>(sql`select version from stream where id = ${board.id}::uuid`);
  expect(Math.max(...versions)).toBeLessThanOrEqual(Number(stream?.version));
}

/** Ranks are short, none is there twice, and every number of the project is somebody's. */
async function expectSound(db: Database, boardId: string): Promise<void> {
  const [row] = await db.execute<{ longest: number; doubles: number; missing: number; over: number }>(sql`
    select
      (select coalesce(max(length(rank)), 0) from task where board_id = ${boardId}::uuid) as longest,
      (select count(*)::int from (select 1 from task where board_id = ${boardId}::uuid and state = 'open'
        group by column_id, rank having count(*) > 1) twice) as doubles,
      (select p.next_number - 1 - count(t.id)::int from project p left join task t on t.project_id = p.id
        where p.id = (select project_id from board where id = ${boardId}::uuid) group by p.id) as missing,
      (select count(*)::int from event where stream_id = ${boardId}::uuid and mutation_id is null) as over`);
  expect(row).toMatchObject({ doubles: 0, missing: 0, over: 0 });
  expect(row?.longest).toBeLessThanOrEqual(RANK_LIMIT);
}

async function people(world: World, org: TestOrg): Promise<Person[]> {
  const [member, editor, viewer, guest] = [
    await org.as("member"),
    await org.another("guest"),
    await org.another("guest"),
    await org.as("guest"),
  ];
  return [org.owner, member, editor, viewer, guest, await world.person()];
}

/** A board with something of everything, some of it archived, shared with two guests. */
async function begin(org: TestOrg, everybody: readonly Person[]): Promise<Known> {
  const { id: boardId, column, task } = await org.board({ columns: ["Todo", "Doing", "Done"], tasks: ["A", "B", "C"] });
  const { boards, columns, labels, tasks, transitions } = org.owner.caller;
  const [, , editor, viewer] = everybody;
  await boards.share({ boardId, userId: editor?.id ?? "", role: "editor" });
  await boards.share({ boardId, userId: viewer?.id ?? "", role: "viewer" });
  const { id: labelId } = await labels.create({ boardId, name: "Label", color: "gray" });
  const into = { boardId, toColumnId: column("Doing") };
  const ways = [
    await transitions.create({ ...into, name: "With a label", requiredFields: ["labels"] }),
    await transitions.create({ ...into, name: "By a manager", minimumRole: "manager" }),
  ];
  await tasks.move({ boardId, taskId: task("C"), columnId: column("Done") });
  await columns.archive({ boardId, columnId: column("Done") });
  await tasks.archive({ boardId, taskId: task("B") });
  return {
    boardId,
    columns: ["Todo", "Doing", "Done"].map((name) => column(name)),
    tasks: ["A", "B", "C"].map((title) => task(title)),
    labels: [labelId],
    transitions: ways.map(({ id }) => id),
    comments: [],
    people: everybody,
  };
}

test("L9: whoever changes whatever in whatever order, the events fold to the board, and the board is its rows", async ({
  world,
}) => {
  const org = await world.org();
  const everybody = await people(world, org);
  // Most changes are made by people who may make them.
  const authors = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 4, 5];
  const types = new Set<string>();
  const refusals = new Set<string>();
  await fc.assert(
    fc.asyncProperty(history, async (groups) => {
      const known = await begin(org, everybody);
      const { boardId } = known;
      const { boards } = org.owner.caller;
      const snapshots = [await boards.get({ boardId })];
      for (const [turn, group] of groups.entries()) {
        const calls = group.map(({ path, who, picks }) => {
          const input = withNewIds(path, inputOf(path, picks, known));
          const author = everybody[authors[who] ?? 0] ?? org.owner;
          return async () => {
            const kind = await refusalOf(callByPath(author, path, { boardId, ...input }));
            if (kind === undefined) learn(known, path, input);
            return kind;
          };
        });
        const [only] = calls;
        if (only && calls.length === 1) {
          refusals.add(await withoutTrace(world.db, only));
        } else {
          const looks = boards.get({ boardId });
          for (const kind of await Promise.all(calls.map((call) => call()))) refusals.add(kind ?? "done");
          snapshots.push(await looks);
        }
        if (turn % 5 === 0) snapshots.push(await boards.get({ boardId }));
      }
      const last = await boards.get({ boardId });
      const events = await eventsOf(world.db, boardId);
      expect(versionOf(last)).toBe(events.length);
      expectFolds([...snapshots, last], events, evolve);
      await expectRows(world.db, last);
      await expectSound(world.db, boardId);
      for (const { type } of events) types.add(type);
    }),
    { numRuns: 15 },
  );
  // The histories were worth it: changes of most kinds came to pass, and most reasons not to.
  expect(types.size).toBeGreaterThan(12);
  expect(refusals.size).toBeGreaterThan(5);
});

test("L9: a column that is renumbered folds to what it is, seen from before, from within and from after", async ({
  world,
}) => {
  const org = await world.org();
  const { caller } = org.owner;
  const place = fc.record({
    behind: fc.constantFrom(0, 0, 0, 1, 3),
    turns: fc.integer({ min: 60, max: 100 }),
  });
  let renumbered = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(place, { minLength: 8, maxLength: 10 }), async (places) => {
      const { id: boardId, task, column } = await org.board({ columns: ["Todo"], tasks: ["A", "B", "C", "D"] });
      const anchors = ["A", "B", "C", "D"].map((title) => task(title));
      await caller.tasks.archive({ boardId, taskId: task("D") });
      const snapshots = [await caller.boards.get({ boardId })];
      for (const { behind, turns } of places) {
        const changes = Array.from({ length: turns }, (_, index) => ({
          procedure: "tasks.create" as const,
          columnId: column("Todo"),
          title: `${index}`,
          after: pick(anchors, behind),
        }));
        await caller.boards.applyChanges({ boardId, changes });
        snapshots.push(await caller.boards.get({ boardId }));
      }
      const events = await eventsOf(world.db, boardId);
      expectFolds(snapshots, events, evolve);
      await expectSound(world.db, boardId);
      renumbered += events.filter(({ type }) => type === "column.reranked").length;
    }),
    { numRuns: 3 },
  );
  expect(renumbered).toBeGreaterThan(0);
});
