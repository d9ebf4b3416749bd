/** What an event costs the server for each of 1,000 watchers of a board, and how soon it is there, against its peers. */
import type { Database } from "../db/client.ts";
import { parseCursor, readEvents } from "../server/core/event-log.ts";
import { bench } from "./setup/bench.ts";
import { ownCrowd } from "./setup/crowd.ts";
import { type BenchServer, ownServer } from "./setup/own-server.ts";
import { printTable, type Ratio, reportRatio, spread } from "./setup/report.ts";
import type { Talk } from "./setup/server.contract.ts";
import type { Dialect, Latencies } from "./setup/watchers.contract.ts";
import {
  at,
  createBoard,
  createTeam,
  gatherStatistics,
  ownDatabase,
  ownServices,
  type Team,
  type TeamBoard,
} from "./setup/world.ts";

/** What is sent at once costs more than each: few sockets say little. A quick look has fewer all the same. */
const ROUNDS = 3;
const WATCHERS = { short: 300, long: 1_000 };
const BURST = 8;
const EVERY_MS = 40;
/** The first round is not counted: the compiler takes some ten thousand writes to be done with them. */
const WARM_UP = 3;
/** Of the turns, for those whose deliveries take several times as long: half of them are still most of the time. */
const OF_SLOW = 0.5;

const VARIANTS = [
  "boards.live",
  "ws.send of a prebuilt buffer",
  "Socket.IO, a room",
  "Feathers, a channel",
  "a stock tRPC subscription",
] as const;
type Name = (typeof VARIANTS)[number];

/** One server, and what was measured of it: CPU in µs for each delivery, by kind of round. */
interface Variant {
  readonly name: Name;
  readonly server: BenchServer;
  readonly cpuUs: readonly number[][];
  readonly latencies: Latencies[];
}

await bench(async (bench) => {
  const watchers = bench.short ? WATCHERS.short : WATCHERS.long;
  const connection = await ownDatabase(bench);
  const services = await ownServices(bench, connection, 2);
  const team = await createTeam(services, watchers / 50);
  const board = await createBoard(team, ["To do", "Done"], 10);
  await gatherStatistics(bench, connection);
  const tokens = team.people.map(({ token }) => token);
  const watch = { as: "trpc", tokens, boardIds: [board.id] } as const;
  const talk = await talkOf(services.db, team, board);
  const kinds = [
    { says: "one at a time", turns: bench.short ? 10 : 20, size: 1 },
    { says: `${BURST} at once`, turns: bench.short ? 3 : 6, size: BURST },
  ] as const;

  const crowd = await ownCrowd(bench, watchers * VARIANTS.length);
  const open = async (name: Name, kind: Parameters<typeof ownServer>[1], dialect: Dialect): Promise<Variant> => {
    const server = await ownServer(bench, kind, connection, true);
    await server.talk(talk);
    await crowd.open(name, { url: server.socketUrl, count: watchers, dialect, isTimed: true });
    return { name, server, cpuUs: kinds.map(() => []), latencies: [] };
  };
  const live = await open(VARIANTS[0], "trestle", { ...watch, path: "boards.live" });
  const bare = await open(VARIANTS[1], "bare ws", { as: "bare" });
  const io = await open(VARIANTS[2], "socket.io", { as: "socket.io" });
  const feathers = await open(VARIANTS[3], "feathers", { as: "socket.io" });
  const stock = await open(VARIANTS[4], "stock", { ...watch, path: "live" });
  const variants = [live, bare, io, feathers, stock];

  let bytes = 0;
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [index, { turns, size }] of kinds.entries()) {
      for (const { name, server, cpuUs } of variants) {
        const isSlow = name === stock.name || name === feathers.name;
        const usual = round < 0 ? turns * WARM_UP : turns;
        const times = isSlow ? Math.ceil(turns * OF_SLOW) : usual;
        let frames: readonly string[] = [];
        const { cpuUs: taken } = await server.measure(async () => {
          for (let turn = 0; turn < times; turn += 1) {
            await server.send(size);
            frames = await crowd.got(name, size);
          }
        });
        // The bare server sends what Trestle has just sent.
        if (name === live.name) await bare.server.useFrames(frames);
        if (name === live.name) bytes = Buffer.byteLength(at(frames, 0));
        if (round >= 0) at(cpuUs, index).push(taken / (times * size * watchers));
      }
    }
    for (const { name, server, latencies } of [live, bare]) {
      const sentAtMs = await server.pace(bench.short || round < 0 ? 15 : 30, EVERY_MS);
      const took = await crowd.took(name, sentAtMs);
      if (round >= 0) latencies.push(took);
    }
  }

  console.log(`  ${watchers} sockets at each server in another process, frames of ${bytes} bytes, ${ROUNDS} rounds`);
  printTable(
    ["CPU of the server's process in µs a delivery", ...kinds.map(({ says }) => says)],
    variants.map(({ name, cpuUs }) => [name, ...cpuUs.map((taken) => spread(taken, 2))]),
  );
  printTable(
    [`from the sending to the reading, ms, ${1_000 / EVERY_MS} events a second`, "p50", "p99"],
    [live, bare].map(({ name, latencies }) => [
      name,
      ...(["p50", "p99"] as const).map((share) => spread(of(latencies, share), 2)),
    ]),
  );

  const ofOne = ({ cpuUs }: Variant) => at(cpuUs, 0);
  const delivery = (theirs: Variant, goal?: Ratio["goal"]) =>
    reportRatio(bench, {
      what: `CPU for a delivery to one of ${watchers.toLocaleString("en")} sockets`,
      against: theirs.name,
      ours: ofOne(live),
      theirs: ofOne(theirs),
      ...(goal && { goal }),
    });
  delivery(bare, { atMost: 0.9 });
  // What the kernel takes for a write is the same for all, and several times as much on a busy machine.
  delivery(io, { atMost: 0.6, failsAt: 1.5 });
  delivery(feathers);
  delivery(stock, { atMost: 0.1, failsAt: 0.4 });
  const burst = { what: `CPU for a delivery in bursts of ${BURST} events`, against: `${bare.name}, one at a time` };
  reportRatio(bench, { ...burst, ours: at(live.cpuUs, 1), theirs: ofOne(bare), goal: { atMost: 0.15, failsAt: 0.4 } });
  for (const share of ["p50", "p99"] as const) {
    const what = `${share} from the sending of an event to its reading, 25 a second`;
    const [ours, theirs] = [of(live.latencies, share), of(bare.latencies, share)];
    // Times depend on who else is busy, not only on what is measured.
    reportRatio(bench, {
      what,
      against: bare.name,
      ours,
      theirs,
      goal: { atMost: 1.1, failsAt: share === "p50" ? 3 : 5 },
    });
  }
});

function of(latencies: readonly Latencies[], share: keyof Latencies): number[] {
  return latencies.map((took) => took[share]);
}

/** Where the events of a board are, to go on from there. */
async function talkOf(db: Database, { owner }: Team, { id: boardId, taskIds, columnIds }: TeamBoard): Promise<Talk> {
  const cursor = parseCursor((await owner.caller.boards.get({ boardId })).cursor);
  const [newest] = await readEvents(db, boardId, (cursor?.version ?? 0) - 1, 1);
  if (!newest) throw new Error("the board of the bench has events");
  const { version, nonce, accessVersion, actorId } = newest;
  return { boardId, version, nonce, accessVersion, actorId, taskIds, columnIds };
}
