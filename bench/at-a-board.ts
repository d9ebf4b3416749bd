/** What people at a board wait for: opening it, moving a card, coming back; beside what two self-hosted products need. */
import { setTimeout } from "node:timers/promises";
import { type Bench, bench } from "./setup/bench.ts";
import { Called, type Calls } from "./setup/callers.contract.ts";
import { type Crowd, ownCrowd } from "./setup/crowd.ts";
import type { OtherProcess } from "./setup/other-process.ts";
import { ownCallers } from "./setup/own-callers.ts";
import { type BenchServer, ownServer } from "./setup/own-server.ts";
import { PRODUCTS } from "./setup/products.ts";
import { reportFigure } from "./setup/report.ts";
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

const CLIENTS = 32;
const MISSED = 200;
const CUTS = 3;
/** As browsers say it. */
const ENCODINGS = "gzip, deflate, br, zstd";
const COLUMNS = ["To do", "Done"];

/** A server in its own process, and those who use it. */
interface Scene {
  readonly server: BenchServer;
  readonly callers: OtherProcess<Calls>;
  readonly crowd: Crowd;
  readonly team: Team;
  readonly rounds: number;
}

await bench(async (bench) => {
  const people = bench.short ? 60 : 500;
  const cards = bench.short ? 1_000 : 4_000;
  const connection = await ownDatabase(bench);
  const services = await ownServices(bench, connection, 10);
  const team = await createTeam(services, people);
  const big = await createBoard(team, COLUMNS, cards);
  const usual = await createBoard(team, COLUMNS, 500);
  const small = await createBoard(team, COLUMNS, 50);
  await gatherStatistics(bench, connection);
  const scene: Scene = {
    server: await ownServer(bench, "trestle", connection),
    callers: await ownCallers(bench),
    crowd: await ownCrowd(bench, people),
    team,
    rounds: bench.short ? 2 : 3,
  };
  await openBoard(scene, big);
  await move(scene, usual, bench.short ? 300 : 1_500);
  await moveOnScreens(scene, usual, people);
  await openTogether(scene, small, people);
  await comeBack(scene, usual, bench);
});

/** Opens a board that has just changed, and one that has not. */
async function openBoard({ server, callers, team, rounds }: Scene, board: TeamBoard): Promise<void> {
  const input = encodeURIComponent(JSON.stringify({ json: { boardId: board.id } }));
  const line = { ...lineOf(team, 0), url: `${server.url}/boards.get?input=${input}`, bodies: [] };
  const open = (calls: number) => callers.ask({ lines: [line], until: { calls } }, Called);
  const taskId = at(board.taskIds, 0);
  const [coldMs, hotMs, kilobytes] = [new Array<number>(), new Array<number>(), new Array<number>()];
  for (let round = -1; round < rounds; round += 1) {
    await team.owner.caller.tasks.update({ boardId: board.id, taskId, title: `Round ${round}` });
    const cold = await server.measure(async () => {
      const { bytes } = await open(1);
      if (round >= 0) kilobytes.push(bytes / 1_000);
    });
    const calls = 20;
    const hot = await server.measure(() => open(calls));
    if (round < 0) continue;
    coldMs.push(cold.cpuUs / 1_000);
    hotMs.push(hot.cpuUs / 1_000 / calls);
  }
  const cards = board.taskIds.length.toLocaleString("en");
  const figure = { unit: "ms CPU", elsewhere: PRODUCTS.openCpu };
  reportFigure({ what: `open ${cards} cards, cold`, rounds: coldMs, goal: { atMost: 15 }, ...figure });
  reportFigure({ what: `open ${cards} cards, hot`, rounds: hotMs, goal: { atMost: 1 }, ...figure });
  const bytes = { unit: "KB", elsewhere: PRODUCTS.openBytes };
  reportFigure({ what: `open ${cards} cards, as it comes over the wire`, rounds: kilobytes, ...bytes });
}

/** Moves cards of one board: one client after the other, and many who never rest. */
async function move({ server, callers, team, rounds }: Scene, board: TeamBoard, ms: number): Promise<void> {
  const lines = Array.from({ length: CLIENTS }, (_, client) => moverOf(server, { team, board }, client));
  const [loneMs, busyMs, perSecond] = [new Array<number>(), new Array<number>(), new Array<number>()];
  for (let round = -1; round < rounds; round += 1) {
    const calls = 100;
    const lone = await server.measure(() => callers.ask({ lines: lines.slice(0, 1), until: { calls } }, Called));
    let moves = 0;
    const busy = await server.measure(async () => {
      const called = await callers.ask({ lines, until: { ms } }, Called);
      for (const answered of called.answered) moves += answered;
      if (round >= 0) perSecond.push((moves / called.ms) * 1_000);
    });
    if (round < 0) continue;
    loneMs.push(lone.cpuUs / 1_000 / calls);
    busyMs.push(busy.cpuUs / 1_000 / moves);
  }
  const cpu = { unit: "ms CPU", goal: { atMost: 0.4 }, elsewhere: PRODUCTS.moveCpu };
  reportFigure({ what: "move a card, board of 500, one client", rounds: loneMs, ...cpu });
  reportFigure({ what: `move a card, board of 500, ${CLIENTS} clients`, rounds: busyMs, ...cpu });
  const rate = { unit: "a second", goal: { atLeast: 3_000 }, elsewhere: PRODUCTS.movesPerSecond };
  reportFigure({ what: `moves on a board of 500, ${CLIENTS} clients`, rounds: perSecond, ...rate });
}

/** Moves a card that so many others see, each when all have seen the one before. */
async function moveOnScreens(scene: Scene, board: TeamBoard, screens: number): Promise<void> {
  const { server, callers, crowd, team, rounds } = scene;
  await crowd.open("screens", { url: server.socketUrl, count: screens, dialect: dialectOf(team, board) });
  const lines = [moverOf(server, { team, board }, CLIENTS)];
  const cpuUs: number[] = [];
  const turns = 20;
  for (let round = -1; round < rounds; round += 1) {
    const taken = await server.measure(async () => {
      for (let turn = 0; turn < turns; turn += 1) {
        await callers.ask({ lines, until: { calls: 1 } }, Called);
        await crowd.got("screens", 1);
      }
    });
    if (round >= 0) cpuUs.push(taken.cpuUs / turns / screens);
  }
  await crowd.leave("screens");
  const what = `a move on ${screens} other screens, for each of them, the move included`;
  reportFigure({ what, unit: "µs CPU", rounds: cpuUs, goal: { atMost: 6 }, elsewhere: PRODUCTS.screenCpu });
}

/** So many people dial at the same moment; from then until the last of them has the board. */
async function openTogether(scene: Scene, board: TeamBoard, people: number): Promise<void> {
  const { server, crowd, team, rounds } = scene;
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const all = { url: server.socketUrl, count: people, atOnce: people, dialect: dialectOf(team, board) };
    seconds.push((await crowd.open("people", all)) / 1_000);
    await crowd.leave("people");
  }
  const what = `${people} people open a board of 50 cards at once`;
  reportFigure({ what, unit: "s", rounds: seconds, goal: { atMost: 1 }, elsewhere: PRODUCTS.openTogether });
}

/** Some are cut off for a while, in which others move cards, and come back one by one: what they missed is replayed. */
async function comeBack(scene: Scene, board: TeamBoard, { short }: Bench): Promise<void> {
  const { server, callers, crowd, team } = scene;
  const cutMs = short ? 500 : 5_000;
  const lines = [moverOf(server, { team, board }, CLIENTS + 1)];
  const [ms, kilobytes] = [new Array<number>(), new Array<number>()];
  await crowd.open("cut", { url: server.socketUrl, count: CUTS, dialect: dialectOf(team, board) });
  const { cursor: lastEventId } = await team.owner.caller.boards.get({ boardId: board.id });
  await crowd.leave("cut");
  const back = setTimeout(cutMs);
  await callers.ask({ lines, until: { calls: MISSED } }, Called);
  await back;
  const { token } = team.owner;
  for (let round = 0; round < CUTS; round += 1) {
    const missed = { token, boardId: board.id, lastEventId, events: MISSED };
    const resumed = await crowd.resume({ url: server.socketUrl, ...missed });
    ms.push(resumed.ms);
    kilobytes.push(resumed.bytes / 1_000);
  }
  const what = `cut for ${cutMs / 1_000} s, ${MISSED} changes missed and replayed`;
  const elsewhere = PRODUCTS.missedBytes;
  reportFigure({ what: `${what}, bytes`, unit: "KB", rounds: kilobytes, goal: { atMost: 60 }, elsewhere });
  reportFigure({ what: `${what}, from the dialling on`, unit: "ms", rounds: ms, goal: { atMost: 50 }, elsewhere });
}

function dialectOf({ people }: Team, board: TeamBoard) {
  return { as: "trpc", path: "boards.live", tokens: people.map(({ token }) => token), boardIds: [board.id] } as const;
}

function lineOf({ people }: Team, client: number) {
  const { token } = at(people, client % people.length);
  return { headers: { authorization: `Bearer ${token}`, "accept-encoding": ENCODINGS } };
}

/** A client whose own card goes to and fro, always to the top of the other column. */
function moverOf(server: BenchServer, { team, board }: { team: Team; board: TeamBoard }, client: number) {
  // The first task stands in the first column, the second in the second …
  const taskId = at(board.taskIds, client * COLUMNS.length);
  const bodies = board.columnIds
    .toReversed()
    .map((columnId) => JSON.stringify({ json: { boardId: board.id, taskId, columnId, after: null } }));
  return { ...lineOf(team, client), url: `${server.url}/tasks.move`, bodies };
}
