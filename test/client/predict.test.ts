import fc from "fast-check";
import { expect } from "vitest";
import { newId } from "../../client/ids.ts";
import { afterEvent, NOTHING_OUT_OF_SIGHT, type Sight } from "../../client/out-of-sight.ts";
import { predict } from "../../client/predict.ts";
import { rankWithin } from "../../client/rank.ts";
import { readEvents } from "../../server/core/event-log.ts";
import { freshRanks, rankBetween } from "../../server/core/rank.ts";
import type { ChangeInput } from "../../server/domains/work/apply.contract.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import { evolve } from "../../server/domains/work/evolve.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import type { BoardEvent } from "../../server/events.ts";
import { DETAILS, pick, settingOf } from "../setup/model.ts";
import { test, type TestOrg, type World } from "../setup/world.ts";

// What a client expects of a change, against what the server makes of it.

const PROCEDURES = {
  "tasks.create": 5,
  "tasks.update": 4,
  "tasks.move": 10,
  "tasks.archive": 3,
  "tasks.restore": 3,
  "tasks.bulkUpdate": 2,
  "tasks.bulkMove": 4,
  "tasks.bulkArchive": 2,
  "tasks.bulkRestore": 2,
  "tasks.delete": 1,
  "columns.create": 2,
  "columns.update": 3,
  "columns.move": 3,
  "columns.archive": 2,
  "columns.restore": 3,
  "labels.create": 2,
  "labels.update": 1,
  "labels.delete": 1,
} as const satisfies Record<ChangeInput["procedure"], number>;

interface Step {
  readonly procedure: ChangeInput["procedure"];
  /** They choose, out of what there is when its turn comes, what is changed. */
  readonly picks: readonly [number, number, number, number];
}

const number = fc.noBias(fc.nat(1_000));
const procedures = Object.keys(PROCEDURES).filter(isProcedure);
const step: fc.Arbitrary<Step> = fc.record({
  procedure: fc.oneof(
    ...procedures.map((procedure) => ({ arbitrary: fc.constant(procedure), weight: PROCEDURES[procedure] })),
  ),
  picks: fc.tuple(number, number, number, number),
});

/** Every kind of change once, so that it shows; only the move of the task needs another column. */
const ALL_KINDS = procedures.map((procedure): Step => ({
  procedure,
  // Of many tasks the first one is among them.
  picks: [
    procedure.startsWith("tasks.bulk") || procedure === "tasks.delete" ? 1 : 0,
    procedure === "tasks.move" ? 1 : 0,
    0,
    1,
  ],
}));

function isProcedure(text: string): text is ChangeInput["procedure"] {
  return Object.hasOwn(PROCEDURES, text);
}

/** The ids that there are or were, and who may be assigned. */
interface Known {
  readonly columns: string[];
  readonly tasks: string[];
  readonly labels: string[];
  readonly people: readonly string[];
  /** Of the project, and holding numbers. */
  readonly fieldId: string;
}

function changeOf({ procedure, picks }: Step, known: Known): ChangeInput {
  const [p0, p1, p2, p3] = picks;
  const some = (ids: readonly string[], by: number) => ids[by % ids.length] ?? newId();
  // An anchor was seen at some time: one that never was is shown as the last place, and refused.
  const after = (ids: readonly string[]) =>
    ids.length > 0 && [{}, { after: null }, { after: some(ids, p3) }, { after: some(ids, p2) }][p2 % 4];
  const labelIds = known.labels.filter((_, index) => (p3 >> index) % 2 === 1);
  const assigneeIds = known.people.filter((_, index) => (p2 >> index) % 2 === 1);
  const target = { taskId: some(known.tasks, p0), columnId: some(known.columns, p1), labelId: some(known.labels, p0) };
  const { taskId, columnId, labelId } = target;
  const id = newId();
  switch (procedure) {
    case "tasks.create": {
      const details = [{}, { labelIds, priority: "high" as const }, { assigneeIds, description: "Text" }][p3 % 3];
      return {
        procedure,
        id,
        columnId,
        title: `  Task ${p3}`,
        ...(p1 % 3 === 0 && known.tasks.length > 0 ? { parentId: some(known.tasks, p2) } : {}),
        ...(p2 % 3 ? { dueAt: "2026-03-01T10:00:00+02:00" } : pick(DETAILS, p3)),
        ...details,
        ...after(known.tasks),
      };
    }
    case "tasks.update": {
      const patches = [
        { title: `Title ${p3 % 3} ` },
        { description: p2 % 2 === 0 ? "" : "Text", dueAt: null },
        { labelIds, priority: "low" as const },
        { assigneeIds: [...assigneeIds, ...assigneeIds] },
        { title: "Only if", ifVersion: p2 % 10 },
        pick(DETAILS, p3),
        { fields: { [known.fieldId]: [null, p3 / 2, "no number"][p2 % 3] ?? null }, title: `Title ${p3 % 2}` },
        { parentId: p3 % 3 === 0 ? null : some(known.tasks, p2) },
        {},
      ];
      return { procedure, taskId, ...patches[p1 % patches.length] };
    }
    case "tasks.move":
      return { procedure, taskId, columnId, ...after(known.tasks) };
    case "tasks.archive":
    case "tasks.restore":
      return { procedure, taskId };
    case "tasks.bulkUpdate":
    case "tasks.bulkMove":
    case "tasks.bulkArchive":
    case "tasks.bulkRestore":
    case "tasks.delete":
      return bulkOf(procedure, picks, { known, columnId, labelIds, assigneeIds, place: after(known.tasks) });
    case "columns.create":
      return {
        procedure,
        id,
        name: ` Column ${p3} `,
        ...(p3 % 3 === 0 ? { wipLimit: 2 } : settingOf(p3)),
        ...after(known.columns),
      };
    case "columns.update":
      return {
        procedure,
        columnId,
        ...[{ name: `Name ${p3 % 2}` }, { wipLimit: 1 + (p3 % 3) }, { wipLimit: null }, settingOf(p3)][p2 % 4],
      };
    case "columns.move":
      return { procedure, columnId, ...after(known.columns) };
    case "columns.archive":
    case "columns.restore":
      return { procedure, columnId };
    case "labels.create":
      return { procedure, id, name: `Label ${p3} `, color: "red" };
    case "labels.update":
      return { procedure, labelId, ...[{ name: `Label ${p3 % 2}` }, { color: "blue" as const }][p3 % 2] };
    case "labels.delete":
      return { procedure, labelId };
  }
}

function bulkOf(
  procedure: Extract<ChangeInput["procedure"], `tasks.bulk${string}` | "tasks.delete">,
  [p0, , p2, p3]: Step["picks"],
  with_: {
    known: Known;
    columnId: string;
    labelIds: string[];
    assigneeIds: string[];
    place: false | { after?: string | null } | undefined;
  },
): ChangeInput {
  const { known, columnId, labelIds, assigneeIds, place } = with_;
  const some = known.tasks.filter((_, index) => (p0 + index) % 3 !== 0);
  const taskIds = some.length > 0 ? some.toSorted((a, b) => (p3 % 2 ? 1 : -1) * (a < b ? -1 : 1)) : [newId()];
  if (procedure === "tasks.bulkMove") return { procedure, taskIds, columnId, ...place };
  if (procedure !== "tasks.bulkUpdate") return { procedure, taskIds };
  const patches = [
    { addLabelIds: labelIds, priority: "low" as const },
    { removeLabelIds: labelIds, addAssigneeIds: assigneeIds },
  ];
  return { procedure, taskIds, ...patches[p2 % 2], ...(p2 % 3 ? {} : pick(DATES, p3)) };
}

const DATES = DETAILS.filter((detail) => "dueOn" in detail || "dueAt" in detail || "startAt" in detail);

function learn(known: Known, change: ChangeInput): void {
  if (!("id" in change) || change.id === undefined) return;
  if (change.procedure === "tasks.create") known.tasks.push(change.id);
  if (change.procedure === "columns.create") known.columns.push(change.id);
  if (change.procedure === "labels.create") known.labels.push(change.id);
}

/** What a prediction says, without what only the server gives. */
function shown({ columns, tasks, labels }: Snapshot) {
  return {
    columns: columns.map(({ version: _v, ...column }) => column),
    tasks: tasks.map(({ version: _v, number: _n, key: _k, createdAt: _c, updatedAt: _u, ...task }) => task),
    labels: labels.map(({ version: _v, ...label }) => label),
  };
}

/** What is seen of a board after an event. */
function after({ state, hidden }: Sight, event: BoardEvent): Sight {
  const next = evolve(state, event);
  if (typeof next === "string") throw new Error(`${event.type} cannot be folded`);
  return { state: next, hidden: afterEvent(hidden, state, event) };
}

/** What is expected to be seen after a change: no less than now. */
function expected(sight: Sight, change: ChangeInput): { sight: Sight; isShown: boolean } {
  const predicted = predict(sight.state, change, { hidden: sight.hidden, at: new Date().toISOString() });
  return { sight: predicted ?? sight, isShown: predicted !== undefined };
}

/** A new board, a history of changes to it, chosen one after the other by what is expected, and all events of them. */
async function live(world: World, org: TestOrg, people: readonly string[], history: readonly Step[]) {
  const of = { orgId: org.id, projectId: (await org.project()).id };
  const { fields } = await org.owner.caller.fields.get(of);
  const points = { ...of, name: "Points", kind: "number" as const };
  const { id: fieldId } = fields[0] ?? (await org.owner.caller.fields.create(points));
  const board = await org.board({ columns: ["Todo", "Doing", "Done"] });
  const into = { boardId: board.id, toColumnId: board.column("Done") };
  await org.owner.caller.transitions.create({ ...into, name: "From Doing", fromColumnIds: [board.column("Doing")] });
  await org.owner.caller.transitions.create({ ...into, name: "With a label", requiredFields: ["labels"] });
  const state = await org.owner.caller.boards.get({ boardId: board.id });
  const begin: Sight = { state, hidden: NOTHING_OUT_OF_SIGHT };
  const known: Known = { columns: state.columns.map(({ id }) => id), tasks: [], labels: [], people, fieldId };
  let sight = begin;
  const changes = history.map((one) => {
    const change = { ...changeOf(one, known), mutationId: newId() };
    const next = expected(sight, change);
    ({ sight } = next);
    if (next.isShown) learn(known, change);
    return change;
  });
  const results = await org.owner.caller.boards.applyChanges({ boardId: board.id, changes });
  const logged = await readEvents(world.db, board.id, Number.parseInt(state.cursor, 10), 1_000);
  return { begin, changes, results, events: logged.map((event) => toEvent<BoardEvent>(event)), end: sight };
}

test("a change shows as what the server makes of it, and one that it refuses does not show", async ({ world }) => {
  const org = await world.org();
  const people = [org.owner.id, (await org.as("member")).id];
  const seen = new Set<string>();
  const steps = fc.array(step, { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const { begin, changes, results, events, end } = await live(world, org, people, history);
      let sight = begin;
      for (const [index, change] of changes.entries()) {
        const guess = expected(sight, change);
        sight = events.filter(({ mutationId }) => mutationId === change.mutationId).reduce(after, sight);
        const result = results[index];
        const kind = result?.status === "refused" ? result.kind : "done";
        const told = { change, kind };
        // Whether somebody has changed the same since a version is known to the server alone.
        const foreseen = kind === "TASK_CHANGED" ? sight : guess.sight;
        expect({ ...told, board: shown(foreseen.state) }).toEqual({ ...told, board: shown(sight.state) });
        // People whom the board does not know yet come with the event.
        expect(sight.state.members).toEqual(expect.arrayContaining(guess.sight.state.members));
        seen.add(`${change.procedure} ${kind !== "done" ? "refused" : guess.isShown ? "shown" : "nothing"}`);
      }
      // Laid over each other they are the board too; but for a version that was not yet known.
      const isGuess = changes.every((change) => !("ifVersion" in change));
      expect(isGuess ? shown(end.state) : "by version").toEqual(isGuess ? shown(sight.state) : "by version");
    }),
    // What fails is made smaller until then.
    { examples: [[ALL_KINDS]], numRuns: 30, interruptAfterTimeLimit: 22_000 },
  );
  // It was about something: every kind of change was made and seen.
  expect([...seen]).toEqual(expect.arrayContaining(procedures.map((procedure) => `${procedure} shown`)));
});

test("ranks are expected as the server makes them", () => {
  const places = fc.array(fc.oneof(fc.constantFrom(0, 1), fc.nat(10_000)), { minLength: 1, maxLength: 200 });
  // Whole numbers grow by a digit behind az and bzz, and before Z0 and Y00.
  const beginnings = fc.constantFrom<string[]>([], freshRanks(3), ["az"], ["bzz", "c000"], ["Z0"], ["Xzzz", "Y00"]);
  fc.assert(
    fc.property(places, beginnings, (picks, beginning) => {
      const ranks = [...beginning];
      for (const pick of picks) {
        const at = pick % (ranks.length + 1);
        const gap = { before: ranks[at - 1] ?? null, after: ranks[at] ?? null };
        const rank = rankWithin(gap);
        expect({ gap, rank }).toEqual({ gap, rank: rankBetween(gap.before, gap.after) });
        ranks.splice(at, 0, rank);
      }
    }),
  );
});
