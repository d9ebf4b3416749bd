/** What an event costs the server for each of 1,000 watchers of a board, and how soon it is there, against its peers. */
import { createApp } from "../server/app.ts";
import { type LogEvent, parseCursor, readEvents } from "../server/core/event-log.ts";
import { toEvent } from "../server/core/live/frames.ts";
import { createLogger } from "../server/core/log.ts";
import { newNonce } from "../server/core/ids.ts";
import { bench } from "./setup/bench.ts";
import { type Crowd, ownCrowd } from "./setup/crowd.ts";
import { measure } from "./setup/measure.ts";
import { openBare, openSocketIo, openStock } from "./setup/peers.ts";
import { median, printTable, reportRatio, spread } from "./setup/report.ts";
import type { Latencies } from "./setup/watchers.contract.ts";
import { now } from "./setup/watchers.contract.ts";
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
/** Those who see each move of the last row. */
const SCREENS = 500;
const COLUMNS = ["To do", "Done"];
const BURST = 8;
const HOUR_MS = 3_600_000;
/** Times depend on who else is busy, not only on what is measured. */
const LATENCY_MOST = 5;
/** The first round is not counted: the compiler takes some ten thousand writes to be done with them. */
const WARM_UP = 3;

await bench(async (bench) => {
  const rounds = bench.short ? 3 : 5;
  const crowd = await ownCrowd(bench, WATCHERS * 4 + SCREENS);
  const connection = await ownDatabase(bench);
  // Events of `told` are told to the hub and are not in the log: no poll may look for them.
  const quiet = { pollMs: HOUR_MS, wakeUps: false, log: createLogger("error") };
  const app = await bench.own(
    () => createApp({ connection, poolSize: 10, host: "127.0.0.1", port: 0, ...quiet }),
    (started) => started.close(),
  );
  const { db, hub } = app.services;
  const team = await createTeam(app.services, WATCHERS / 50);
  const told = await createBoard(team, COLUMNS, 10);
  const moved = await createBoard(team, COLUMNS, 10);
  await gatherStatistics(db);
  const url = `${app.url.replace("http", "ws")}/trpc?connectionParams=1`;
  const tokens = team.people.map(({ token }) => token);
  const live = { url, broadcast: (events: readonly LogEvent[]) => hub.committed(told.id, events) };
  const [bare, io, stock] = [await openBare(bench), await openSocketIo(bench), await openStock(bench)];
  await crowd.open("live", url, WATCHERS, { as: "live", tokens, boardId: told.id });
  await crowd.open("bare", bare.url, WATCHERS, { as: "bare" });
  await crowd.open("socket.io", io.url, WATCHERS, { as: "socket.io" });
  await crowd.open("stock", stock.url, WATCHERS, { as: "stock" });
  await crowd.open("screens", url, SCREENS, { as: "live", tokens, boardId: moved.id });

  // Each its own: the hub takes the next version only.
  const nexts = { live: await followOn(db, team, told), peers: await followOn(db, team, told) };
  const next = (name: string, size: number) => nexts[name === "live" ? "live" : "peers"](size);
  const toPeer = (event: LogEvent) => ({ id: `${event.version}.${event.nonce}`, data: toEvent<object>(event) });
  /** What each sends of the same events: Trestle as they are committed, the others as they would have them. */
  let frames: readonly Buffer[] = [];
  const variants = {
    live: (events: readonly LogEvent[]) => live.broadcast(events),
    bare: () => bare.broadcast(frames),
    "socket.io": (events: readonly LogEvent[]) => io.broadcast(events.map(toPeer)),
    stock: (events: readonly LogEvent[]) => stock.broadcast(events.map(toPeer)),
  };
  const names = ["live", "bare", "socket.io", "stock"] as const;

  const kinds = [
    { says: "one at a time", turns: bench.short ? 10 : 20, size: 1 },
    { says: `${BURST} at once`, turns: bench.short ? 3 : 6, size: BURST },
  ] as const;
  const results = kinds.map(() => ({
    live: new Array<number>(),
    bare: new Array<number>(),
    "socket.io": new Array<number>(),
    stock: new Array<number>(),
  }));
  const moves: number[] = [];
  let bytes = 0;
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, kind] of kinds.entries()) {
      for (const name of names) {
        const turns = round < 0 && name !== "stock" ? kind.turns * WARM_UP : kind.turns;
        const events = Array.from({ length: turns }, () => next(name, kind.size));
        const { cpuUs } = await measure(async () => {
          for (const turn of events) {
            variants[name](turn);
            const heard = await crowd.got(name, kind.size);
            if (name === "live") frames = heard.map((text) => Buffer.from(text));
          }
        });
        bytes = at(frames, 0).length;
        if (round >= 0) at(results, index)[name].push(cpuUs / (kind.turns * kind.size * WATCHERS));
      }
    }
    const turns = bench.short ? 5 : 20;
    const { cpuUs } = await measure(() => moveInTurn(team, moved, turns, () => crowd.got("screens", 1)));
    if (round >= 0) moves.push(cpuUs / (turns * SCREENS));
  }
  frames = frames.slice(0, 1);
  const latencies = { live: new Array<Latencies>(), bare: new Array<Latencies>() };
  for (let round = -1; round < rounds; round += 1) {
    for (const name of ["live", "bare"] as const) {
      const took = await latenciesOf(crowd, name, bench.short ? 15 : 40, () => variants[name](next(name, 1)));
      if (round >= 0) latencies[name].push(took);
    }
  }

  console.log(`  ${WATCHERS} sockets each in another process, frames of ${bytes} bytes, ${rounds} rounds`);
  printTable(
    ["CPU of the server's process in µs a delivery", ...kinds.map(({ says }) => says)],
    [
      ["boards.live", ...results.map((result) => spread(result.live, 2))],
      ["ws.send of a prebuilt buffer", ...results.map((result) => spread(result.bare, 2))],
      ["Socket.IO, a room", ...results.map((result) => spread(result["socket.io"], 2))],
      ["a stock tRPC subscription", ...results.map((result) => spread(result.stock, 2))],
      [`boards.live on ${SCREENS} screens, the move included`, spread(moves, 2), ""],
    ],
  );
  printTable(
    ["from the sending to the reading, ms, 25 events a second", "p50", "p99"],
    (["live", "bare"] as const).map((name) => [
      name === "live" ? "boards.live" : "ws.send of a prebuilt buffer",
      spread(
        latencies[name].map(({ p50 }) => p50),
        2,
      ),
      spread(
        latencies[name].map(({ p99 }) => p99),
        2,
      ),
    ]),
  );
  const [one, burst] = [at(results, 0), at(results, 1)];
  reportRatio(bench, "a delivery takes, of ws.send of a prebuilt buffer", median(one.live) / median(one.bare), {
    atMost: 0.9,
  });
  reportRatio(bench, `in bursts of ${BURST}`, median(burst.live) / median(one.bare), { atMost: 0.15 });
  reportRatio(bench, "a delivery takes, of Socket.IO's", median(one.live) / median(one["socket.io"]), { atMost: 0.6 });
  // What the kernel takes for a write is the same for all, and several times as much on a busy machine.
  reportRatio(bench, "a delivery takes, of a stock tRPC subscription's", median(one.live) / median(one.stock), {
    atMost: 0.1,
    failsAt: 0.5,
  });
  for (const share of ["p50", "p99"] as const) {
    const of = (name: "live" | "bare") => median(latencies[name].map((took) => took[share]));
    reportRatio(bench, `${share} of the time until it is read, of bare ws`, of("live") / of("bare"), {
      atMost: 1.1,
      failsAt: LATENCY_MOST,
    });
  }
});

/** Makes events that follow those of a board, each the one before. */
async function followOn(
  db: Parameters<typeof readEvents>[0],
  { owner }: Team,
  { id: boardId, taskIds, columnIds }: TeamBoard,
): Promise<(size: number) => LogEvent[]> {
  const cursor = parseCursor((await owner.caller.boards.get({ boardId })).cursor);
  const [newest] = await readEvents(db, boardId, (cursor?.version ?? 0) - 1, 1);
  if (!newest) throw new Error("the board of the bench has events");
  let last = newest;
  return (size) =>
    Array.from({ length: size }, () => {
      const version = last.version + 1;
      const data = { taskId: at(taskIds, version % taskIds.length), columnId: at(columnIds, version % 2), rank: "a1V" };
      last = { ...newest, version, nonce: newNonce(), type: "task.moved", data, previousNonce: last.nonce };
      return last;
    });
}

/** Moves task after task to the other column, each when all have heard of the one before. */
async function moveInTurn(
  { owner }: Team,
  board: TeamBoard,
  turns: number,
  heard: () => Promise<unknown>,
): Promise<void> {
  const { id: boardId, taskIds, columnIds } = board;
  for (let turn = 0; turn < turns; turn += 1) {
    const taskId = at(taskIds, turn % taskIds.length);
    const { columnId } = await owner.caller.tasks.get({ boardId, taskId });
    const other = at(columnIds, columnId === columnIds[0] ? 1 : 0);
    await owner.caller.tasks.move({ boardId, taskId, columnId: other, after: null });
    await heard();
  }
}

/** Sends so many events at an even pace, and asks how long they took. */
async function latenciesOf(crowd: Crowd, group: string, events: number, send: () => void): Promise<Latencies> {
  const sentAtMs: number[] = [];
  for (let event = 0; event < events; event += 1) {
    sentAtMs.push(now());
    send();
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  return crowd.took(group, sentAtMs);
}
