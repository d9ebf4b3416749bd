import { taskConflicts } from "../../client/errors.ts";
import { expect } from "vitest";
import { createTrestle, errorKind, type LiveBoard, type PendingChange } from "../../client/index.ts";
import { createApp } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { readEvents } from "../../server/core/event-log.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import type { World } from "../setup/world.ts";
import { test } from "./client-test.ts";
import { until } from "../setup/clients.ts";

// Changes that show at once, on real sockets and a real server.

/** The mutation ids of a board's events, in order. */
async function madeOn(world: World, boardId: string): Promise<string[]> {
  return (await readEvents(world.db, boardId, 0, 10_000)).map(({ mutationId }) => mutationId);
}

function idsOf(changes: readonly PendingChange[]): string[] {
  return changes.map(({ mutationId }) => mutationId);
}

function titlesIn(board: LiveBoard, columnId: string): string[] {
  const tasks = board.state?.tasks.filter((task) => task.columnId === columnId) ?? [];
  return tasks.map(({ title }) => title);
}

test("every kind of change shows at once, and is the board of all others soon", async ({ world, connect }) => {
  const org = await world.org();
  const { id, column, task } = await org.board({ columns: ["Todo", "Done"], tasks: ["Draft", "Print"] });
  const mine = connect(org.owner).board(id);
  const theirs = connect(await org.as("member")).board(id);
  await Promise.all([mine.ready(), theirs.ready()]);
  const todo = column("Todo");

  const label = mine.createLabel({ name: "Urgent", color: "red" });
  const later = mine.createColumn({ name: "Later", after: todo });
  const created = mine.createTask({ columnId: later.id, title: "New", labelIds: [label.id] });
  expect(mine.state?.tasks.find((card) => card.id === created.id)).toMatchObject({ title: "New", key: "", version: 0 });
  const changes: PendingChange[] = [
    label,
    later,
    created,
    mine.updateTask({ taskId: created.id, title: "Renamed" }),
    mine.move({ taskId: task("Draft"), columnId: later.id, after: created.id }),
    mine.archiveTask({ taskId: task("Print") }),
    mine.restoreTask({ taskId: task("Print") }),
    mine.updateTasks({ taskIds: [created.id, task("Draft")], priority: "high", addLabelIds: [label.id] }),
    mine.archiveTasks({ taskIds: [created.id, task("Draft")] }),
    mine.restoreTasks({ taskIds: [task("Draft"), created.id] }),
    mine.moveTasks({ taskIds: [created.id, task("Draft")], columnId: later.id }),
    mine.updateColumn({ columnId: later.id, name: "Soon" }),
    mine.moveColumn({ columnId: later.id, after: null }),
    mine.archiveColumn({ columnId: todo }),
    mine.restoreColumn({ columnId: todo }),
    mine.updateLabel({ labelId: label.id, name: "Later" }),
    mine.deleteLabel({ labelId: label.id }),
  ];
  expect(mine.pending).toEqual(changes);
  expect(mine.state?.columns.map(({ name }) => name)).toEqual(["Soon", "Done", "Todo"]);
  expect([later.id, todo].map((columnId) => titlesIn(mine, columnId))).toEqual([["Renamed", "Draft"], ["Print"]]);
  const shown = mine.state;

  expect((await created.done)?.key).toBe("PRJ-3");
  expect(await Promise.all(changes.map(({ done }) => done))).toHaveLength(changes.length);
  expect(mine.pending).toEqual([]);
  expect(mine.state?.tasks.map((card) => card.id)).toEqual(shown?.tasks.map((card) => card.id));
  const truth = await org.owner.caller.boards.get({ boardId: id });
  expect(mine.state).toEqual(truth);
  expect(await theirs.waitForVersion(mine.version)).toEqual(truth);
});

test("what was done without a connection is done once and in order when it is back", async ({
  world,
  connect,
  wire,
}) => {
  const org = await world.org();
  const { id, column, task } = await org.board({ columns: ["Todo", "Done"], tasks: ["Draft"] });
  const board = connect(org.owner).board(id);
  await board.ready();
  await board.updateTask({ taskId: task("Draft"), title: "Draft 1" }).done;
  const begin = await madeOn(world, id);
  wire.set("refused");
  wire.cut();
  await until(() => board.status === "offline");
  expect(board.offlineSince).toBeInstanceOf(Date);
  const changes = Array.from({ length: 150 }, (_, index) =>
    board.createTask({ columnId: column("Todo"), title: `Offline ${index}` }),
  );
  const moved = board.move({ taskId: task("Draft"), columnId: column("Done") });
  expect(titlesIn(board, column("Todo"))).toHaveLength(150);
  // Somebody else goes on meanwhile.
  await org.owner.caller.tasks.update({ boardId: id, taskId: task("Draft"), title: "Draft 2" });
  wire.set("open");
  await moved.done;
  await Promise.all(changes.map(({ done }) => done));
  expect((await madeOn(world, id)).slice(begin.length + 1)).toEqual(idsOf([...changes, moved]));
  expect(board.pending).toEqual([]);
  expect(board.state).toEqual(await org.owner.caller.boards.get({ boardId: id }));
  expect(titlesIn(board, column("Done"))).toEqual(["Draft 2"]);
});

test("an edit of what somebody else has edited is taken back, and says both values; so does a call", async ({
  world,
  connect,
}) => {
  const org = await world.org();
  const { id: boardId, task } = await org.board({ tasks: ["Draft"] });
  const trestle = connect(org.owner);
  const board = trestle.board(boardId);
  await board.ready();
  const taskId = task("Draft");
  const ifVersion = board.version;
  const theirs = await org.owner.caller.tasks.update({ boardId, taskId, title: "Theirs" });
  await board.waitForVersion(theirs.version);
  const conflicts = { title: { yours: "Mine", theirs: "Theirs", version: theirs.version } };
  const late = board.updateTask({ taskId, title: "Mine", ifVersion });
  expect(board.state?.tasks.map(({ title }) => title)).toEqual(["Mine"]);
  expect(taskConflicts(await late.done.catch((error: unknown) => error))).toEqual(conflicts);
  expect(board.state?.tasks.map(({ title }) => title)).toEqual(["Theirs"]);
  const call = trestle.tasks.update.mutate({ boardId, taskId, title: "Mine", ifVersion });
  expect(taskConflicts(await call.catch((error: unknown) => error))).toEqual(conflicts);
  const merged = await board.updateTask({ taskId, estimate: 2, ifVersion }).done;
  expect(merged).toMatchObject({ title: "Theirs", estimate: 2 });
});

test("L5: answers that are lost do nothing twice, however often", async ({ world, connect }) => {
  const org = await world.org();
  const { id, column } = await org.board();
  const lost: string[] = [];
  const live = connect(org.owner, { fetch: losing(lost, 3) }).board(id);
  await live.ready();
  const begin = await madeOn(world, id);
  const changes: PendingChange[] = [];
  for (let round = 0; round < 5; round += 1) {
    changes.push(live.createTask({ columnId: column("Todo"), title: `Task ${round}` }));
    await live.waitForVersion(live.version + 1);
  }
  await Promise.all(changes.map(({ done }) => done));
  await until(() => live.pending.length === 0);
  expect(lost).toHaveLength(3);
  expect((await madeOn(world, id)).slice(begin.length)).toEqual(idsOf(changes));
});

/** Loses the first answers to changes, behind the server's back. */
function losing(lost: string[], count: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const url = input instanceof Request ? input.url : input.toString();
    if (!url.includes("applyChanges") || lost.length >= count) return response;
    lost.push(await response.text());
    throw new TypeError("fetch failed");
  };
}

test("a change that is under way when the server goes down is done once when it is back", async ({ world }) => {
  const org = await world.org();
  const { id, column } = await org.board();
  const config = {
    connection: world.connection,
    poolSize: 4,
    rootKeys: TEST_ROOT_KEYS,
    host: "127.0.0.1",
    log: createLogger("silent"),
  };
  const before = await createApp({ ...config, port: 0 });
  const trestle = createTrestle({ url: before.url, token: org.owner.token });
  const board = trestle.board(id);
  await board.ready();
  const first = board.createTask({ columnId: column("Todo"), title: "First" });
  await before.close();
  const second = board.createTask({ columnId: column("Todo"), title: "Second" });
  const after = await createApp({ ...config, port: Number(new URL(before.url).port) });
  await Promise.all([first.done, second.done]);
  expect((await madeOn(world, id)).slice(-2)).toEqual(idsOf([first, second]));
  expect(titlesIn(board, column("Todo"))).toEqual(["First", "Second"]);
  await trestle.close();
  await after.close();
});

test("a viewer's change is taken back, and one beyond a limit does not even show", async ({ world, connect }) => {
  const org = await world.org();
  const { id, column, task, as } = await org.board({ columns: ["Todo", "Done"], tasks: ["A", "B"] });
  const board = connect(await as("viewer")).board(id);
  await board.ready();
  const change = board.move({ taskId: task("A"), columnId: column("Done") });
  expect(titlesIn(board, column("Done"))).toEqual(["A"]);
  await expect(change.done).rejects.toSatisfy((error) => errorKind(error) === "ACTION_FORBIDDEN");
  expect(titlesIn(board, column("Done"))).toEqual([]);

  const mine = connect(org.owner).board(id);
  await mine.ready();
  void mine.updateColumn({ columnId: column("Done"), wipLimit: 1 });
  void mine.move({ taskId: task("A"), columnId: column("Done") });
  const beyond = mine.move({ taskId: task("B"), columnId: column("Done") });
  expect(titlesIn(mine, column("Done"))).toEqual(["A"]);
  await expect(beyond.done).rejects.toSatisfy((error) => errorKind(error) === "WIP_LIMIT_REACHED");
});

test("one's change is never made by somebody else who signs in on the same browser", async ({ world, connect }) => {
  const org = await world.org();
  const other = await org.as("member");
  const { id, column } = await org.board();
  let isOther = false;
  // A browser's cookie belongs to all its pages: another one has signed in somebody else.
  const board = connect(org.owner, {
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      if (isOther) headers.set("authorization", `Bearer ${other.token}`);
      return fetch(input, { ...init, headers });
    },
  }).board(id);
  await board.ready();
  await board.createTask({ columnId: column("Todo"), title: "Mine" }).done;
  isOther = true;
  const change = board.createTask({ columnId: column("Todo"), title: "Still mine" });
  await expect(change.done).rejects.toSatisfy((error) => errorKind(error) === "ACCOUNT_CHANGED");
  expect(titlesIn(board, column("Todo"))).toEqual(["Mine"]);
  expect((await org.owner.caller.boards.get({ boardId: id })).tasks).toHaveLength(1);
});

test("who signs out takes back what still waits", async ({ world, connect, wire }) => {
  const org = await world.org();
  const { id, column } = await org.board();
  const { url } = await world.app();
  const trestle = connect(org.owner, {
    // Changes do not get through, all other calls do.
    fetch: (input, init) => {
      const address = input instanceof Request ? input.url : input.toString();
      if (address.includes("applyChanges")) return Promise.reject(new TypeError("fetch failed"));
      return fetch(address.replace(wire.url, url), init);
    },
  });
  const board = trestle.board(id);
  await board.ready();
  const change = board.createTask({ columnId: column("Todo"), title: "Too late" });
  await trestle.auth.signOut.mutate();
  await expect(change.done).rejects.toSatisfy((error) => errorKind(error) === "SIGN_IN_REQUIRED");
  expect(board).toMatchObject({ pending: [], status: "revoked" });
});
