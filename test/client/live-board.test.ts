import { expect } from "vitest";
import { createTrestle, errorKind, foldLive, type LiveBoard } from "../../client/index.ts";
import { createApp } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { test } from "./client-test.ts";
import { recordingSocket } from "./recording-socket.ts";
import { until } from "../setup/clients.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";

// Boards on real sockets, through a wire that the tests cut.

/** The versions of the events that a board applied. */
function versionsOf(board: LiveBoard): number[] {
  const versions: number[] = [];
  board.onEvent(({ version }) => versions.push(version));
  return versions;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

test("two clients see each other's changes, and both have what boards.get says", async ({ world, connect }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Draft", "Print"] });
  const boardId = board.id;
  const [ada, ben] = [connect(org.owner), connect(await org.as("member"))];
  const boards = [ada.board(boardId), ben.board(boardId)];
  await Promise.all(boards.map((live) => live.ready()));

  const taskId = board.task("Draft");
  const changes = [
    () => ada.tasks.move.mutate({ boardId, taskId, columnId: board.column("Done") }),
    () => ben.tasks.update.mutate({ boardId, taskId, title: "Final", priority: "high" }),
    () => ada.columns.create.mutate({ boardId, name: "Later", after: null }),
    () => ben.labels.create.mutate({ boardId, name: "Urgent", color: "red" }),
    () => ada.tasks.archive.mutate({ boardId, taskId }),
    () => ben.tasks.restore.mutate({ boardId, taskId }),
    () => ada.columns.archive.mutate({ boardId, columnId: board.column("Todo") }),
    () => ben.columns.restore.mutate({ boardId, columnId: board.column("Todo") }),
  ];
  for (const change of changes) {
    const { version } = await change();
    const states = await Promise.all(boards.map((live) => live.waitForVersion(version)));
    const truth = await ada.boards.get.query({ boardId });
    expect(states).toEqual([truth, truth]);
  }
});

test("L7: a board that was cut off goes on with exactly what it missed", async ({ world, wire, connect }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const socket = recordingSocket();
  const live = connect(org.owner, { WebSocket: socket.WebSocket }).board(board.id);
  const { cursor } = await live.ready();
  const begin = live.version;
  const versions = versionsOf(live);
  const seen: string[] = [];
  live.subscribe(() => seen.push(live.status));

  wire.set("refused");
  wire.cut();
  await until(() => live.status === "offline");
  const { caller } = org.owner;
  for (const columnId of [board.column("Doing"), board.column("Done"), board.column("Todo")]) {
    await caller.tasks.move({ boardId: board.id, taskId: board.task("Draft"), columnId });
  }
  expect(live.cursor).toBe(cursor);
  wire.set("open");
  const state = await live.waitForVersion(begin + 3);

  expect(state).toEqual(await caller.boards.get({ boardId: board.id }));
  expect(versions).toEqual(range(begin + 1, begin + 3));
  expect(socket.reasons).toEqual(["first"]);
  expect(seen).toEqual(["offline", "catching-up", "live", "live", "live"]);
});

test("nothing is lost, doubled or out of order in a burst, however often the wire is cut", async ({
  world,
  wire,
  connect,
}) => {
  const org = await world.org();
  const board = await org.board();
  const { caller } = org.owner;
  const socket = recordingSocket();
  const trestle = connect(org.owner, { WebSocket: socket.WebSocket });
  const columnId = board.column("Todo");
  let done = 0;
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let index = 0; index < 30; index += 1) {
      await caller.tasks.create({ boardId: board.id, columnId, title: `Task ${writer}-${index}` });
      done += 1;
    }
  });
  await until(() => done > 10);
  const live = trestle.board(board.id);
  const versions = versionsOf(live);
  const { cursor } = await live.ready();
  const begin = Number.parseInt(cursor, 10);
  for (const share of [40, 70, 100]) {
    await until(() => done > share);
    wire.cut();
    await until(() => live.status === "offline");
  }
  await Promise.all(writers);
  const truth = await caller.boards.get({ boardId: board.id });
  const end = Number.parseInt(truth.cursor, 10);
  expect(await live.waitForVersion(end, { signal: AbortSignal.timeout(20_000) })).toEqual(truth);
  expect(versions).toEqual(range(begin + 1, end));
  expect(socket.reasons.every((reason) => reason === "first")).toBe(true);
});

test("a board of many parts is the board, also when the wire is cut between two of them", async ({
  world,
  wire,
  connect,
}) => {
  const org = await world.org();
  const board = await org.board();
  const { caller } = org.owner;
  const title = "A long title. ".repeat(30).trim();
  const tasks = Array.from({ length: 100 }, () => ({
    procedure: "tasks.create" as const,
    columnId: board.column("Todo"),
    title,
  }));
  for (let round = 0; round < 5; round += 1) await caller.boards.applyChanges({ boardId: board.id, changes: tasks });

  const socket = recordingSocket();
  let isCut = false;
  class CutSocket extends socket.WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      this.addEventListener("message", ({ data }) => {
        if (isCut || !String(data).includes('"part":2')) return;
        isCut = true;
        wire.cut();
      });
    }
  }
  const live = connect(org.owner, { WebSocket: CutSocket }).board(board.id);
  const state = await live.ready();
  expect(isCut).toBe(true);
  expect(state.tasks).toHaveLength(500);
  expect(state).toEqual(await caller.boards.get({ boardId: board.id }));
});

test("L8: a board goes on after the server forgot its cursor", async ({ world, connect }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const truth = await org.owner.caller.boards.get({ boardId: board.id });
  const kept = { ...truth, tasks: [], cursor: "999999.1" };
  const live = connect(org.owner).board(board.id, { from: kept });
  await until(() => live.status === "live");
  expect(live.state).toEqual(truth);
});

test("who loses the board is told, and hears nothing more", async ({ world, connect }) => {
  const org = await world.org();
  const board = await org.board({ visibility: "private", tasks: ["Draft"] });
  const viewer = await board.as("viewer");
  const live = connect(viewer).board(board.id);
  await live.ready();
  const { caller } = org.owner;
  await caller.boards.unshare({ boardId: board.id, userId: viewer.id });
  await until(() => live.status === "revoked");
  expect(errorKind(live.error)).toBe("ACCESS_REVOKED");
  const { version } = live;
  await caller.tasks.archive({ boardId: board.id, taskId: board.task("Draft") });
  const late = live.waitForVersion(version + 1);
  await expect(late).rejects.toBe(live.error);
  expect(live.version).toBe(version);
});

test("a board that one may not see is refused", async ({ world, connect }) => {
  const org = await world.org();
  const { id } = await org.board();
  const live = connect(await world.person()).board(id);
  await expect(live.ready()).rejects.toMatchObject({ data: { kind: "BOARD_NOT_FOUND" } });
  expect(live.status).toBe("revoked");
});

test("a board goes on when the server was restarted", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const config = {
    connection: world.connection,
    poolSize: 4,
    rootKeys: TEST_ROOT_KEYS,
    host: "127.0.0.1",
    log: createLogger("silent"),
  };
  const before = await createApp({ ...config, port: 0 });
  const trestle = createTrestle({ url: before.url, token: org.owner.token });
  const live = trestle.board(board.id);
  await live.ready();
  const versions = versionsOf(live);
  const begin = live.version;
  await before.close();
  await until(() => live.status === "offline");
  await org.owner.caller.tasks.archive({ boardId: board.id, taskId: board.task("Draft") });
  const after = await createApp({ ...config, port: Number(new URL(before.url).port) });
  expect((await live.waitForVersion(begin + 1)).tasks).toEqual([]);
  expect(versions).toEqual([begin + 1]);
  await trestle.close();
  await after.close();
});

test("L20: the stock subscription and foldLive make the same board", async ({ world, connect }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const trestle = connect(org.owner);
  const fold = foldLive();
  const folded: ReturnType<typeof fold>[] = [];
  const watch = trestle.boards.live.subscribe(
    { boardId: board.id },
    { onData: (message) => folded.push(fold(message)) },
  );
  await until(() => folded.length === 1);
  const { version } = await trestle.tasks.archive.mutate({ boardId: board.id, taskId: board.task("Draft") });
  await until(() => folded.at(-1)?.version === version);
  expect(folded.at(-1)?.state).toEqual(await trestle.boards.get.query({ boardId: board.id }));
  watch.unsubscribe();
});
