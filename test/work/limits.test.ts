import { expect } from "vitest";
import { rulesWorker } from "../../server/domains/automation/run-rules.ts";
import { occurrencesWorker, queueOccurrences } from "../../server/domains/work/occurrences.service.ts";
import { kindsOf } from "../setup/refusal.ts";
import { type Caller, signedIn, test, type TestBoard, type World } from "../setup/world.ts";

const LIMIT = 5;
const { signal } = new AbortController();

/** What twenty people do at once, by every way into a column; each way is a call of one of them. */
async function waysInto(board: TestBoard, elsewhere: TestBoard, people: readonly Caller[]) {
  const boardId = board.id;
  const columnId = board.column("Few");
  const into = { boardId, columnId };
  const next = (() => {
    let at = 0;
    return () => {
      at += 1;
      const caller = people[at % people.length];
      if (!caller) throw new Error("there are people");
      return caller;
    };
  })();
  const inFew = (caller: Caller) => caller.tasks.create({ ...into, title: "Was there" });
  const inTodo = (caller: Caller) =>
    caller.tasks.create({ boardId, columnId: board.column("Todo"), title: "Comes there" });
  const ways: (() => Promise<unknown>)[] = [];
  for (let turn = 0; turn < 2; turn += 1) {
    const caller = next();
    const [left, archived, restored, trashed, undone] = await Promise.all([1, 2, 3, 4, 5].map(() => inFew(caller)));
    const [moved, first, second, copied] = await Promise.all([1, 2, 3, 4].map(() => inTodo(caller)));
    const at = (task: { id: string } | undefined) => ({ boardId, taskId: task?.id ?? "" });
    const both = [first, second].flatMap((task) => task?.id ?? []);
    const list = await caller.checklists.create({ ...at(copied), name: "Steps" });
    const item = await caller.checkItems.create({ ...at(copied), checklistId: list.id, text: "Becomes a task" });
    const { version } = await caller.tasks.move({ ...at(left), columnId: board.column("Todo") });
    await caller.tasks.archive(at(archived));
    await caller.tasks.bulkArchive({ boardId, taskIds: [restored?.id ?? ""] });
    await caller.tasks.delete({ boardId, taskIds: [trashed?.id ?? ""] });
    const away = await caller.tasks.archive(at(undone));
    const there = { boardId: elsewhere.id, taskId: elsewhere.task(turn === 0 ? "Here" : "There") };
    ways.push(
      () => caller.changes.undo({ boardId, version }),
      () => caller.changes.undo({ boardId, version: away.version }),
      () => next().tasks.restore(at(archived)),
      () => next().tasks.bulkRestore({ boardId, taskIds: [restored?.id ?? ""] }),
      () => next().trash.restore({ boardId, taskIds: [trashed?.id ?? ""] }),
      () => next().tasks.move({ ...at(moved), columnId }),
      () => next().tasks.bulkMove({ ...into, taskIds: both }),
      () => next().tasks.create({ ...into, title: "New" }),
      () => next().tasks.copy({ ...into, taskId: copied?.id ?? "" }),
      () => next().checkItems.convert({ ...at(copied), itemId: item.id, columnId }),
      () => next().tasks.moveToBoard({ ...there, toBoardId: boardId, columnId }),
      async () => {
        const change = { procedure: "tasks.create" as const, columnId, title: "One of several" };
        const [result] = await next().boards.applyChanges({ boardId, changes: [change] });
        expect(["WIP_LIMIT_REACHED", "done"]).toContain(result?.status === "refused" ? result.kind : result?.status);
      },
    );
  }
  return ways;
}

/** A rule that has to move and to create there, and what recurs there and is due: twice at once, by two processes. */
async function byItself(
  world: World,
  other: World["services"],
  board: TestBoard,
  { caller, orgId }: { caller: Caller; orgId: string },
) {
  const boardId = board.id;
  const columnId = board.column("Few");
  await caller.rules.create({
    orgId,
    projectId: board.projectId,
    boardId,
    name: "What is urgent goes there",
    trigger: { on: "task-updated", parts: ["priority"] },
    actions: [
      { do: "move", columnId },
      { do: "create", columnId, title: "Look at it" },
    ],
  });
  const taskId = board.task("Pattern");
  const recurring = { rule: "FREQ=DAILY", startsOn: "2026-01-01", timeZone: "UTC" };
  await caller.recurrences.create({ boardId, taskId, columnId, ...recurring });
  world.clock.advance(86_400_000);
  await caller.tasks.update({ boardId, taskId, priority: "urgent" });
  await world.services.logReader.catchUp();
  await queueOccurrences(world.services);
  const jobs = await world.db.execute<{ name: string; data: unknown }>(
    "delete from pgboss.job where name in ('rules.run', 'recurrences.make') returning name, data",
  );
  expect(jobs.map(({ name }) => name).toSorted()).toEqual(["recurrences.make", "rules.run"]);
  return jobs.flatMap(({ name, data }) =>
    [world.services, other].map((services) => async () => {
      await (name === "rules.run" ? rulesWorker : occurrencesWorker)(services).run(data, signal);
    }),
  );
}

test("L4: twenty people on two processes, a rule and what recurs come into a column by every way at once: its limit holds", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Few"], tasks: ["Pattern"] });
  const elsewhere = await org.board({ tasks: ["Here", "There"] });
  const other = world.otherServices();
  const members = await Promise.all(Array.from({ length: 20 }, () => org.another("member")));
  const people = await Promise.all(
    members.map(async ({ token, caller }, index) => (index % 2 === 0 ? caller : (await signedIn(other, token)).caller)),
  );
  const ways = await waysInto(board, elsewhere, people);
  const { caller } = org.owner;
  const jobs = await byItself(world, other, board, { caller, orgId: org.id });
  await caller.columns.update({ boardId: board.id, columnId: board.column("Few"), wipLimit: LIMIT });
  const ends = await Promise.allSettled([...jobs, ...ways].map((come) => come()));
  const { tasks } = await caller.boards.get({ boardId: board.id });
  expect(tasks.filter(({ columnId }) => columnId === board.column("Few"))).toHaveLength(LIMIT);
  const kinds = kindsOf(ends).filter((kind) => kind !== "done");
  expect([...new Set(kinds)]).toEqual(["WIP_LIMIT_REACHED"]);
});
