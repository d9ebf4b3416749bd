/** What an event costs the server for each of 1,000 watchers of a board, against a bare `ws` broadcast of the same bytes. */
import { once } from "node:events";
import { type WebSocket, WebSocketServer } from "ws";
import { createApp } from "../server/app.ts";
import { createLogger } from "../server/core/log.ts";
import { type Bench, bench } from "./setup/bench.ts";
import { ownCrowd } from "./setup/crowd.ts";
import { measure } from "./setup/measure.ts";
import { median, printRatio, printTable, spread } from "./setup/report.ts";
import {
  at,
  createBoard,
  createTeam,
  gatherStatistics,
  ownDatabase,
  type Team,
  type TeamBoard,
} from "./setup/world.ts";

const WATCHERS = 1_000;
const COLUMNS = ["To do", "Done"];
/** By board, how many moves were made. */
const turns = new Map<string, number>();

await bench(async (bench) => {
  const rounds = bench.short ? 3 : 7;
  const events = bench.short ? 5 : 40;
  const burst = bench.short ? 10 : 50;

  const crowd = await ownCrowd(bench, WATCHERS * 2);
  const connection = await ownDatabase(bench);
  const app = await bench.own(
    () => createApp({ connection, poolSize: 10, host: "127.0.0.1", port: 0, log: createLogger("error") }),
    (started) => started.close(),
  );
  const team = await createTeam(app.services, WATCHERS / 50);
  const watched = await createBoard(team, COLUMNS, 10);
  const quiet = await createBoard(team, COLUMNS, 10);
  await gatherStatistics(app.services.db);
  const bare = await openBare(bench);
  const url = `${app.url.replace("http", "ws")}/trpc?connectionParams=1`;
  const tokens = team.people.map(({ token }) => token);
  await crowd.open("live", url, WATCHERS, { tokens, boardId: watched.id });
  await crowd.open("bare", bare.url, WATCHERS);

  /** One event after the other, each when all have got the one before; or all of them by one transaction. */
  const kinds = [
    { says: "one event at a time", events, size: 1 },
    { says: `${burst} events at once`, events: burst, size: burst },
  ] as const;
  const results = kinds.map(() => ({
    live: new Array<number>(),
    bare: new Array<number>(),
    quiet: new Array<number>(),
  }));
  let frames: readonly string[] = [];
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, kind] of kinds.entries()) {
      const heard: string[] = [];
      const live = await measure(() =>
        inTurns(kind, async (size) => {
          await move(team, watched, size);
          heard.push(...(await crowd.got("live", size)));
        }),
      );
      frames = heard;
      const sent = await measure(() =>
        inTurns(kind, async (size, from) => {
          bare.broadcast(heard.slice(from, from + size));
          await crowd.got("bare", size);
        }),
      );
      const unwatched = await measure(() => inTurns(kind, (size) => move(team, quiet, size)));
      const result = at(results, index);
      const deliveries = kind.events * WATCHERS;
      if (round < 0) continue;
      result.live.push(live.cpuUs / deliveries);
      result.bare.push(sent.cpuUs / deliveries);
      result.quiet.push(unwatched.cpuUs / deliveries);
    }
  }

  const bytes = median(frames.map((frame) => Buffer.byteLength(frame)));
  console.log(`  ${WATCHERS} sockets in another process, frames of ${bytes} bytes, ${rounds} rounds`);
  printTable(
    ["CPU of the server's process in µs a delivery", ...kinds.map(({ says }) => says)],
    [
      ["bare ws broadcast", ...results.map((result) => spread(result.bare, 2))],
      ["boards.live, with the moves that it tells of", ...results.map((result) => spread(result.live, 2))],
      ["those moves where nobody watches", ...results.map((result) => spread(result.quiet, 2))],
    ],
  );
  for (const [index, { says }] of kinds.entries()) {
    const result = at(results, index);
    printRatio(`a delivery by boards.live takes, of a bare one, ${says}`, median(result.live) / median(result.bare));
  }
});

/** Runs through the events of a round, `size` at a time. */
async function inTurns(
  { events, size }: { events: number; size: number },
  turn: (size: number, from: number) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < events; from += size) await turn(size, from);
}

/** Moves so many times: each time another task, to the top of the other column. */
async function move({ owner }: Team, board: TeamBoard, times: number): Promise<void> {
  const { id: boardId, taskIds, columnIds } = board;
  const first = turns.get(boardId) ?? 0;
  turns.set(boardId, first + times);
  const moves = Array.from({ length: times }, (_, index) => {
    const turn = first + index;
    const task = turn % taskIds.length;
    const columnId = at(columnIds, (task + Math.floor(turn / taskIds.length) + 1) % columnIds.length);
    return { taskId: at(taskIds, task), columnId, after: null };
  });
  const [only] = moves;
  if (only && times === 1) await owner.caller.tasks.move({ boardId, ...only });
  else {
    const changes = moves.map((change) => ({ procedure: "tasks.move" as const, ...change }));
    const results = await owner.caller.boards.applyChanges({ boardId, changes });
    if (results.some(({ status }) => status === "refused")) throw new Error("a move of the bench was refused");
  }
}

/** The least that a WebSocket server in Node can be: takes sockets, and sends every one the same bytes. */
async function openBare(bench: Bench) {
  const server = await bench.own(listen, (opened) => {
    for (const socket of opened.clients) socket.terminate();
    opened.close();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a server that listens has an address");
  const sockets = new Set<WebSocket>();
  server.on("connection", (socket) => sockets.add(socket));
  return {
    url: `ws://127.0.0.1:${address.port}`,
    broadcast(texts: readonly string[]): void {
      for (const text of texts) {
        const bytes = Buffer.from(text);
        for (const socket of sockets) socket.send(bytes, { binary: false });
      }
    },
  };
}

async function listen(): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  await once(server, "listening");
  return server;
}
