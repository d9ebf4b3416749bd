/** What memory each of 5,000 idle watchers of a board takes in a server of its own, against Socket.IO, bare `ws` and stock tRPC. */
import { type Bench, bench } from "./setup/bench.ts";
import { type Crowd, ownCrowd } from "./setup/crowd.ts";
import { ownServer } from "./setup/own-server.ts";
import { printTable, reportRatio, spread } from "./setup/report.ts";
import type { Kind } from "./setup/server.contract.ts";
import type { Dialect } from "./setup/watchers.contract.ts";
import { type Connection, createBoard, createTeam, gatherStatistics, ownDatabase, ownServices } from "./setup/world.ts";

/** Opened before anything is measured: what the first ones take is the server's own. */
const FIRST = { short: 200, long: 500 };
/** An account may have a hundred connections. */
const PER_PERSON = 90;

await bench(async (bench) => {
  const [first, watchers] = bench.short ? [FIRST.short, 1_000] : [FIRST.long, 5_000];
  const connection = await ownDatabase(bench);
  const services = await ownServices(bench, connection, 2);
  const team = await createTeam(services, Math.ceil((watchers + first) / PER_PERSON));
  const board = await createBoard(team, ["To do", "Done"], 10);
  await gatherStatistics(bench, connection);
  const watch = { as: "trpc", tokens: team.people.map(({ token }) => token), boardIds: [board.id] } as const;

  const variant = (name: string, kind: Kind, dialect: Dialect) => ({
    name,
    kind,
    dialect,
    rss: new Array<number>(),
    heap: new Array<number>(),
  });
  const live = variant("boards.live", "trestle", { ...watch, path: "boards.live" });
  const io = variant("Socket.IO, a room", "socket.io", { as: "socket.io" });
  const stock = variant("a stock tRPC subscription", "stock", { ...watch, path: "live" });
  const bare = variant("a bare ws", "bare ws", { as: "bare" });
  const variants = [live, io, stock, bare];
  const crowd = await ownCrowd(bench, watchers + first);
  // Once: between two runs it differs by one part in a hundred.
  for (const { kind, dialect, rss, heap } of variants) {
    const taken = await measureOne(bench, { kind, crowd, first, watchers, connection, dialect });
    rss.push(taken.rssBytes / watchers / 1_024);
    heap.push(taken.heapBytes / watchers / 1_024);
  }

  console.log(`  ${watchers} more where ${first} watch already, garbage collected`);
  printTable(
    ["KiB for each watcher", "resident", "JavaScript heap"],
    variants.map(({ name, rss, heap }) => [name, spread(rss), spread(heap)]),
  );
  const goal = { atMost: 0.75 };
  const what = "resident memory of an idle watcher";
  reportRatio(bench, { what, against: io.name, ours: live.rss, theirs: io.rss, goal });
});

interface Run {
  readonly kind: Kind;
  readonly crowd: Crowd;
  readonly first: number;
  readonly watchers: number;
  readonly connection: Connection;
  readonly dialect: Dialect;
}

/** Starts a server of a kind, and lets so many watch. Answers what they take. */
async function measureOne(
  bench: Bench,
  { kind, crowd, first, watchers, connection, dialect }: Run,
): Promise<{ rssBytes: number; heapBytes: number }> {
  const server = await ownServer(bench, kind, connection);
  const sockets = { url: server.socketUrl, dialect };
  await crowd.open(kind, { ...sockets, count: first });
  const before = await server.memory();
  await crowd.open(kind, { ...sockets, count: watchers });
  const after = await server.memory();
  await crowd.leave(kind);
  await server.close();
  return { rssBytes: after.rssBytes - before.rssBytes, heapBytes: after.heapBytes - before.heapBytes };
}
