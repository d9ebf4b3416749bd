import fc from "fast-check";
import { expect } from "vitest";
import { evolve } from "../../server/domains/work/evolve.ts";
import type { BoardEvent } from "../../server/events.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import { callByPath } from "../setup/by-path.ts";
import { eventsOf, expectRows, expectSound } from "../setup/board-truth.ts";
import { expectFolds, pick, refusalOf, versionOf, withoutTrace } from "../setup/model.ts";
import { TEAM_DAYS } from "../setup/settings.ts";
import { doJobs } from "../setup/team-jobs.ts";
import { history, inputOf, type Known, learn, type Step, withNewIds } from "../setup/team-steps.ts";
import {
  expectActsOnce,
  expectNoCircles,
  expectOccurrences,
  expectRetold,
  expectTemplate,
} from "../setup/team-truth.ts";
import { type Person, test, type TestOrg, type World } from "../setup/world.ts";

// Random changes by several people, some of whom may not make them, one after the other and at once, on two boards of two
// projects, with what recurs and with rules between them. Whatever they did: the events folded over any earlier snapshot
// are the board (L9), the board is what the rows say, and the activity of a task tells how it came to be what it is.

async function people(world: World, org: TestOrg): Promise<Person[]> {
  const [member, editor, viewer, guest] = [
    await org.as("member"),
    await org.another("guest"),
    await org.another("guest"),
    await org.as("guest"),
  ];
  return [org.owner, member, editor, viewer, guest, await world.person()];
}

/** Two boards that know of each other, of a project each. */
async function beginTeam(org: TestOrg, everybody: readonly Person[]): Promise<readonly [Known, Known]> {
  const team: [Known, Known] = [await begin(org, everybody, () => team[1]), await begin(org, everybody, () => team[0])];
  return team;
}

let projects = 0;

/** A board with something of everything, some of it archived, shared with two guests. */
async function begin(org: TestOrg, everybody: readonly Person[], there: () => Known): Promise<Known> {
  const { caller } = org.owner;
  projects += 1;
  const { id: projectId } = await caller.projects.create({ orgId: org.id, name: "Project", key: `KEY${projects}` });
  const names = ["Todo", "Doing", "Done"];
  const { id: boardId } = await caller.boards.create({ orgId: org.id, projectId, name: "Board", columns: names });
  const snapshot = await caller.boards.get({ boardId });
  const column = (name: string) => snapshot.columns.find((one) => one.name === name)?.id ?? "";
  const { boards, checkItems, checklists, columns, comments, labels, relations, tasks, transitions } = caller;
  const taskIds: string[] = [];
  for (const title of ["A", "B", "C", "D", "E", "F"]) {
    taskIds.push((await tasks.create({ boardId, columnId: column("Todo"), title })).id);
  }
  const [a = "", b = "", c = "", d = ""] = taskIds;
  const [, , editor, viewer] = everybody;
  await boards.share({ boardId, userId: editor?.id ?? "", role: "editor" });
  await boards.share({ boardId, userId: viewer?.id ?? "", role: "viewer" });
  const { id: labelId } = await labels.create({ boardId, name: "Label", color: "gray" });
  const into = { boardId, toColumnId: column("Doing") };
  const ways = [
    await transitions.create({ ...into, name: "With a label", requiredFields: ["labels"] }),
    await transitions.create({ ...into, name: "By a manager", minimumRole: "manager" }),
  ];
  await tasks.move({ boardId, taskId: c, columnId: column("Done") });
  await columns.archive({ boardId, columnId: column("Done") });
  await tasks.archive({ boardId, taskId: b });
  const checklist = await checklists.create({ boardId, taskId: a, name: "Checklist" });
  const item = await checkItems.create({ boardId, taskId: a, checklistId: checklist.id, text: "Item" });
  const comment = await comments.create({ boardId, taskId: d, text: "Text" });
  const relation = await relations.create({ boardId, taskId: a, name: "blocks", otherTaskId: d });
  return {
    boardId,
    there,
    columns: names.map(column),
    tasks: taskIds,
    trashed: [],
    labels: [labelId],
    transitions: ways.map(({ id }) => id),
    versions: [item.version],
    comments: [{ id: comment.id, taskId: d }],
    checklists: [{ id: checklist.id, taskId: a }],
    items: [{ id: item.id, taskId: a }],
    relations: [{ id: relation.id, taskId: a }],
    recurrences: [],
    people: everybody,
  };
}

/** A rule that welcomes every new task, and two that would change one to and fro for ever. */
async function addRules({ caller }: Person, org: TestOrg, { boardId }: Known): Promise<string> {
  const { board } = await caller.boards.get({ boardId });
  const at = { orgId: org.id, projectId: board.projectId, boardId };
  for (const priority of ["high", "low"] as const) {
    const actions = [{ do: "update" as const, priority }];
    await caller.rules.create({ ...at, name: `All is ${priority}`, trigger: { on: "task-updated" }, actions });
  }
  const actions = [{ do: "comment" as const, text: "Welcome." }];
  return (await caller.rules.create({ ...at, name: "Welcome", trigger: { on: "task-created" }, actions })).id;
}

/** Makes the changes of a group, at once when there are several; answers what became of them. */
async function make(world: World, team: readonly [Known, Known], group: readonly Step[]): Promise<string[]> {
  const calls = group.map(({ path, who, picks }) => {
    const [, , , , , , where = 0] = picks;
    const known = where % 4 === 0 ? team[1] : team[0];
    const input = withNewIds(path, inputOf(path, picks, known));
    const author = pick(known.people, AUTHORS[who]);
    return async () => {
      let answer: unknown;
      const called = callByPath(author, path, { boardId: known.boardId, ...input }).then((made) => (answer = made));
      const kind = await refusalOf(called);
      if (kind === undefined) learn(known, path, input, answer);
      return kind;
    };
  });
  const [only] = calls;
  if (only && calls.length === 1) return [await withoutTrace(world.db, only)];
  return (await Promise.all(calls.map((call) => call()))).map((kind) => kind ?? "done");
}

/** Most changes are made by people who may make them. */
const AUTHORS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 3, 4, 5];

/** What was deleted for good is in the log no more, and so not in what is folded from it. */
function wordless<State extends Snapshot | string>(state: State, purged: ReadonlySet<string>): State;
function wordless(state: Snapshot | string, purged: ReadonlySet<string>): Snapshot | string {
  if (typeof state === "string") return state;
  return {
    ...state,
    tasks: state.tasks.map((task) => (purged.has(task.id) ? { ...task, title: "", fields: {} } : task)),
  };
}

test("L9: whoever changes whatever in whatever order, the events fold to the board, and the board is its rows", async ({
  world,
}) => {
  const org = await world.org();
  const everybody = await people(world, org);
  const { boards } = org.owner.caller;
  const types = new Set<string>();
  const refusals = new Set<string>();
  await fc.assert(
    fc.asyncProperty(history, async (groups) => {
      const team = await beginTeam(org, everybody);
      const ruleId = await addRules(await org.as("member"), org, team[0]);
      const look = () => Promise.all(team.map(({ boardId }) => boards.get({ boardId })));
      const snapshots = [await look()];
      for (const [turn, group] of groups.entries()) {
        const [kinds, seen] = await Promise.all([make(world, team, group), group.length > 1 ? look() : undefined]);
        for (const kind of kinds) refusals.add(kind);
        if (seen) snapshots.push(seen);
        if (turn % 5 === 0) {
          await doJobs(world);
          snapshots.push(await look());
        }
      }
      await doJobs(world);
      snapshots.push(await look());
      const logs = await Promise.all(team.map(({ boardId }) => eventsOf(world.db, boardId)));
      const purged = new Set(logs.flat().flatMap((event) => (event.type === "tasks.purged" ? event.data.taskIds : [])));
      for (const [index, events] of logs.entries()) {
        const seen = snapshots.flatMap((both) => both[index] ?? []);
        const last = seen.at(-1);
        if (!last) throw new Error("a board was looked at");
        expect(versionOf(last)).toBe(events.length);
        expectFolds(
          seen.map((one) => wordless(one, purged)),
          events,
          (state: Snapshot, event: BoardEvent) => wordless(evolve(state, event), purged),
        );
        await expectRows(world.db, last);
        await expectSound(world.db, last.board.id);
        await expectTemplate(org.owner, last);
        await expectRetold(world.db, org.owner, last.board.id, events);
        for (const { type } of events) types.add(type);
      }
      await expectNoCircles(world.db, org.id);
      await expectOccurrences(world.db, org.id);
      await expectActsOnce(world.db, ruleId);
    }),
    { numRuns: TEAM_DAYS, endOnFailure: true },
  );
  // The histories were worth it: changes of most kinds came to pass, and most reasons not to.
  expect(types.size).toBeGreaterThan(20);
  expect(refusals.size).toBeGreaterThan(8);
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
    { numRuns: 3, endOnFailure: true },
  );
  expect(renumbered).toBeGreaterThan(0);
});
