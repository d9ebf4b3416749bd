/** End to end: moves a second by 32 writers on 32 boards, seen by 960 watchers, against the stock stack. */
import { type Bench, bench } from "./setup/bench.ts";
import { Called, type Calls } from "./setup/callers.contract.ts";
import { type Crowd, ownCrowd } from "./setup/crowd.ts";
import { median } from "./setup/measure.ts";
import type { OtherProcess } from "./setup/other-process.ts";
import { ownCallers } from "./setup/own-callers.ts";
import { type BenchServer, ownServer } from "./setup/own-server.ts";
import { printTable, reportRatio, spread } from "./setup/report.ts";
import {
  at,
  type Connection,
  createBoard,
  createTeam,
  gatherStatistics,
  ownDatabase,
  ownServices,
  type Team,
  type TeamBoard,
} from "./setup/world.ts";

const WATCHERS = { short: 320, long: 960 };
const BOARDS = 32;
/** On a machine that is busy with other things the disk and the clients are most of it: it was 2 to 5 there. */
const FAR_OFF = 1.7;

/** One stack in its own process, and what was measured of it. */
interface Stack {
  readonly says: string;
  readonly server: BenchServer;
  readonly lines: Calls["lines"];
  readonly perSecond: number[];
  readonly cpuUs: number[];
  readonly p50Ms: number[];
}

await bench(async (bench) => {
  const rounds = bench.short ? 2 : 3;
  const ms = bench.short ? 500 : 1_500;
  const watchers = bench.short ? WATCHERS.short : WATCHERS.long;
  const connection = await ownDatabase(bench);
  const services = await ownServices(bench, connection, 2);
  const team = await createTeam(services, BOARDS);
  const [ours, theirs] = [await createBoards(team), await createBoards(team)];
  await gatherStatistics(bench, connection);
  const crowd = await ownCrowd(bench, 2 * watchers);
  const callers = await ownCallers(bench);
  const trestle = await openTrestle(bench, { connection, team, crowd, watchers, boards: ours });
  const stock = await openStock(bench, { connection, team, crowd, watchers, boards: theirs });

  for (let round = -1; round < rounds; round += 1) {
    for (const stack of [trestle, stock]) {
      await runOne({ stack, callers, crowd, ms: round < 0 ? ms / 2 : ms, isCounted: round >= 0 });
    }
  }

  console.log(
    `  ${rounds} rounds of ${ms / 1_000} s by HTTP; every watcher got every event of its board, and no other`,
  );
  printTable(
    ["", "moves a second (least..most)", "p50 ms", "CPU of the server in µs for each"],
    [trestle, stock].map(({ says, perSecond, p50Ms, cpuUs }) => [
      says,
      spread(perSecond, 0),
      median(p50Ms).toFixed(1),
      spread(cpuUs, 0),
    ]),
  );
  reportRatio(bench, {
    what: `moves a second, ${BOARDS} writers on ${BOARDS} boards, ${watchers} watchers`,
    against: stock.says,
    ours: trestle.perSecond,
    theirs: stock.perSecond,
    goal: { atLeast: 8, failsAt: FAR_OFF },
  });
});

interface Round {
  readonly stack: Stack;
  readonly callers: OtherProcess<Calls>;
  readonly crowd: Crowd;
  readonly ms: number;
  readonly isCounted: boolean;
}

/** A round is over when the last watcher has the last event. */
async function runOne({ stack, callers, crowd, ms, isCounted }: Round): Promise<void> {
  const { says, server, lines, perSecond, cpuUs, p50Ms } = stack;
  const startedAt = performance.now();
  let moves = 0;
  let took = Number.NaN;
  const taken = await server.measure(async () => {
    const called = await callers.ask({ lines, until: { ms } }, Called);
    await crowd.got(says, ...called.answered);
    took = performance.now() - startedAt;
    for (const answered of called.answered) moves += answered;
    if (isCounted) p50Ms.push(called.p50Ms);
  });
  if (!isCounted) return;
  perSecond.push((moves / took) * 1_000);
  cpuUs.push(taken.cpuUs / moves);
}

interface World {
  readonly connection: Connection;
  readonly team: Team;
  readonly crowd: Crowd;
  readonly watchers: number;
  readonly boards: readonly TeamBoard[];
}

async function createBoards(team: Team): Promise<TeamBoard[]> {
  const boards: TeamBoard[] = [];
  for (let count = 0; count < BOARDS; count += 1) boards.push(await createBoard(team, ["To do", "Done"], 8));
  return boards;
}

function openTrestle(bench: Bench, world: World): Promise<Stack> {
  const move = (board: TeamBoard, columnId: string) => {
    return { boardId: board.id, taskId: at(board.taskIds, 0), columnId, after: null };
  };
  return open(bench, world, { says: "Trestle", kind: "trestle", watch: "boards.live", path: "tasks.move", move });
}

function openStock(bench: Bench, world: World): Promise<Stack> {
  const move = ({ id: boardId, taskIds }: TeamBoard, columnId: string) => {
    return { orgId: world.team.orgId, boardId, taskId: at(taskIds, 0), columnId, rank: "~" };
  };
  return open(bench, world, { says: "the stock stack", kind: "stock", watch: "live", path: "move", move });
}

interface Manner {
  readonly says: string;
  readonly kind: "trestle" | "stock";
  readonly watch: "boards.live" | "live";
  readonly path: string;
  readonly move: (board: TeamBoard, columnId: string) => object;
}

/** Starts a stack and its watchers. Each writer's task goes to and fro between two columns. */
async function open(
  bench: Bench,
  { connection, team, crowd, watchers, boards }: World,
  { says, kind, watch, path, move }: Manner,
): Promise<Stack> {
  const server = await ownServer(bench, kind, connection);
  const tokens = team.people.map(({ token }) => token);
  const dialect = { as: "trpc", path: watch, tokens, boardIds: boards.map(({ id }) => id) } as const;
  await crowd.open(says, { url: server.socketUrl, count: watchers, dialect });
  const lines = boards.map((board, writer) => ({
    url: `${server.url}/${path}`,
    headers: { authorization: `Bearer ${at(tokens, writer)}` },
    bodies: board.columnIds.toReversed().map((columnId) => JSON.stringify({ json: move(board, columnId) })),
  }));
  return { says, server, lines, perSecond: [], cpuUs: [], p50Ms: [] };
}
