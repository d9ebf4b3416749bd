/** Opening a board: the JSON that goes out, against the bare statement that makes it, and many who open it at once. */
import { isDeepStrictEqual } from "node:util";
import { drizzle } from "drizzle-orm/postgres-js";
import * as schema from "../db/schema/index.ts";
import { SnapshotText } from "../server/core/live/snapshot-text.ts";
import { openBoard } from "../server/domains/work/opening.ts";
import { type Bench, bench } from "./setup/bench.ts";
import { Called, type Calls } from "./setup/callers.contract.ts";
import { ownCallers } from "./setup/own-callers.ts";
import { type Crowd, ownCrowd } from "./setup/crowd.ts";
import type { OtherProcess } from "./setup/other-process.ts";
import { type BenchServer, ownServer } from "./setup/own-server.ts";
import { printTable, reportFigure, reportRatio, spread } from "./setup/report.ts";
import {
  at,
  type Connection,
  createBoard,
  createTeam,
  gatherStatistics,
  ownClient,
  ownDatabase,
  ownServices,
  type Team,
} from "./setup/world.ts";

const SIZES = { short: [1_000, 4_000], long: [1_000, 4_000, 10_000] };
const AT_ONCE = 100;
/** What a first watch is written in: parts of 128 KiB, one after the other. */
const HELD = { atMost: 50 };

/** A board of one size, and the ways to open it. */
interface Opening {
  readonly tasks: number;
  readonly bytes: number;
  /** The statement alone, which answers the JSON as text. */
  readonly bare: () => Promise<unknown>;
  /** So many calls by HTTP, by as many at once. Answers how long they took where they were made. */
  readonly get: (times: number, accept?: string) => Promise<number>;
  /** A first watch by WebSocket, until the whole board is there. Answers likewise. */
  readonly watch: () => Promise<number>;
  /** Another version, so that no snapshot of it is at hand. */
  readonly change: () => Promise<unknown>;
}

/** What a board took: milliseconds until it was there, and of the server's CPU; and how long its loop stood still. */
interface Times {
  readonly opening: Opening;
  readonly bareMs: number[];
  readonly get: Way;
  readonly watch: Way;
}
interface Way {
  readonly ms: number[];
  readonly cpuMs: number[];
  readonly heldMs: number[];
}

await bench(async (bench) => {
  const rounds = bench.short ? 3 : 4;
  const sizes = bench.short ? SIZES.short : SIZES.long;
  // Autovacuum would analyze the tables at some moment of its own.
  const connection = await ownDatabase(bench, { autovacuum: "off" });
  const services = await ownServices(bench, connection, 2);
  const team = await createTeam(services, 20);
  const world: World = {
    connection,
    team,
    server: await ownServer(bench, "trestle", connection),
    callers: await ownCallers(bench),
    crowd: await ownCrowd(bench, 1),
  };
  const openings: Opening[] = [];
  for (const tasks of sizes) openings.push(await fill(bench, world, tasks));

  const small = at(openings, 0);
  // A board is opened right after its import, and for the first minute Postgres has no idea of how many tasks there are.
  await compare("just filled", { server: world.server, openings: [small], rounds });
  await gatherStatistics(bench, connection);
  const results = await compare("analyzed", { server: world.server, openings, rounds });
  const ofSmall = at(results, 0);
  reportRatio(bench, {
    what: `boards.get of ${small.tasks} tasks by HTTP`,
    against: "the bare SQL that makes the same JSON",
    ours: ofSmall.get.ms,
    theirs: ofSmall.bareMs,
    // In the quick look another bench runs beside it, and more processes than the statement's wait for the cores.
    goal: { atMost: 1.3, failsAt: 5 },
  });
  for (const { opening, get, watch } of results.slice(1)) {
    const growth = (what: string, ours: readonly number[], theirs: readonly number[]) =>
      reportRatio(bench, {
        what: `${what} of ${opening.tasks} tasks, for each of them`,
        against: `one of ${small.tasks}`,
        ours: ours.map((ms) => ms / opening.tasks),
        theirs: theirs.map((ms) => ms / small.tasks),
        goal: { atMost: 1.2 },
      });
    growth("boards.get", get.ms, ofSmall.get.ms);
    growth("the first message of boards.live", watch.ms, ofSmall.watch.ms);
  }
  const largest = results.at(-1) ?? ofSmall;
  for (const [what, { heldMs }] of [
    ["boards.get", largest.get],
    ["boards.live", largest.watch],
  ] as const) {
    const says = `the event loop stands still while ${what} opens ${largest.opening.tasks} tasks`;
    reportFigure({ what: says, unit: "ms", rounds: heldMs, goal: HELD });
  }
  const hot = await getAtOnce(world.server, small, rounds);
  reportRatio(bench, {
    what: `boards.get of a hot board a second, ${AT_ONCE} callers at once, compressed`,
    against: "the first of them",
    ours: hot,
    theirs: ofSmall.get.ms.map((ms) => 1_000 / ms),
    goal: { atLeast: 20 },
  });
});

/** Measures the ways to open each board, in turns. Every one of them finds a version of which there is no snapshot. */
async function compare(
  state: string,
  { server, openings, rounds }: { server: BenchServer; openings: readonly Opening[]; rounds: number },
): Promise<Times[]> {
  const results = openings.map(
    (opening) => ({ opening, bareMs: [], get: noTimes(), watch: noTimes() }) satisfies Times,
  );
  const unused = results.map(
    ({ opening }) => ({ opening, bareMs: [], get: noTimes(), watch: noTimes() }) satisfies Times,
  );
  for (let round = -1; round < rounds; round += 1) {
    for (const { opening, bareMs, get, watch } of round < 0 ? unused : results) {
      await timeBare(opening, bareMs);
      await timeOne(server, get, opening, () => opening.get(1));
      await timeOne(server, watch, opening, opening.watch);
    }
  }
  printTable(
    [`ms to open a board, ${state} (least..most)`, ...openings.map(({ tasks, bytes }) => `${tasks} tasks, ${bytes} B`)],
    [
      ["the bare statement", ...results.map(({ bareMs }) => spread(bareMs, 2))],
      ["boards.get by HTTP", ...results.map(({ get }) => spread(get.ms, 2))],
      ["of which CPU of the server", ...results.map(({ get }) => spread(get.cpuMs, 2))],
      ["its event loop stands still for", ...results.map(({ get }) => spread(get.heldMs, 2))],
      ["boards.live by WebSocket", ...results.map(({ watch }) => spread(watch.ms, 2))],
      ["of which CPU of the server", ...results.map(({ watch }) => spread(watch.cpuMs, 2))],
      ["its event loop stands still for", ...results.map(({ watch }) => spread(watch.heldMs, 2))],
    ],
  );
  return results;
}

function noTimes(): Way {
  return { ms: [], cpuMs: [], heldMs: [] };
}

async function timeBare({ bare }: Opening, ms: number[]): Promise<void> {
  const startedAt = performance.now();
  await bare();
  ms.push(performance.now() - startedAt);
}

/** Once for the time, and once more for the event loop: to watch it takes a timer every millisecond. */
async function timeOne(server: BenchServer, way: Way, { change }: Opening, open: () => Promise<number>): Promise<void> {
  await change();
  const { cpuUs } = await server.measure(async () => way.ms.push(await open()));
  way.cpuMs.push(cpuUs / 1_000);
  await change();
  way.heldMs.push(await server.heldMs(open));
}

/** Many who open the same board at once. Answers how many a second, compressed. */
async function getAtOnce(server: BenchServer, opening: Opening, rounds: number): Promise<number[]> {
  const times = 5 * AT_ONCE;
  const variant = (says: string, accept: string) => {
    return { says, accept, perSecond: new Array<number>(), cpuMs: new Array<number>() };
  };
  const [plain, packed] = [variant("as it is", "identity"), variant("compressed", "zstd")];
  for (let round = -1; round < rounds; round += 1) {
    for (const { accept, perSecond, cpuMs } of [plain, packed]) {
      let ms = Number.NaN;
      const { cpuUs } = await server.measure(async () => {
        ms = await opening.get(times, accept);
      });
      if (round < 0) continue;
      perSecond.push((times / ms) * 1_000);
      cpuMs.push(cpuUs / 1_000 / times);
    }
  }
  const variants = [plain, packed];
  printTable(
    [`${AT_ONCE} at once open a board of ${opening.tasks} tasks`, ...variants.map(({ says }) => says)],
    [
      ["a second", ...variants.map(({ perSecond }) => spread(perSecond, 0))],
      ["ms CPU of the server for each", ...variants.map(({ cpuMs }) => spread(cpuMs, 2))],
    ],
  );
  return packed.perSecond;
}

interface World {
  readonly connection: Connection;
  readonly team: Team;
  readonly server: BenchServer;
  readonly callers: OtherProcess<Calls>;
  readonly crowd: Crowd;
}

/** Makes a board, and the ways to open it, which answer the same. */
async function fill(
  bench: Bench,
  { connection, team, server, callers, crowd }: World,
  tasks: number,
): Promise<Opening> {
  const { owner } = team;
  const { id: boardId, taskIds } = await createBoard(team, ["To do", "Doing", "Review", "Done"], tasks);
  const taskId = at(taskIds, 0);
  let changes = 0;
  const client = await ownClient(bench, connection, 1);
  const { text, params } = await statementOf(bench, connection, { userId: owner.id, boardId });
  const bare = async () => client.unsafe(text, params, { prepare: true });
  const url = `${server.url}/boards.get?input=${encodeURIComponent(JSON.stringify({ json: { boardId } }))}`;
  const authorization = `Bearer ${owner.token}`;

  const board = await owner.caller.boards.get({ boardId });
  const [row] = await bare();
  const lists = Object.entries(board).flatMap(([name, value]) => (Array.isArray(value) ? [name] : []));
  const { bytes } = new SnapshotText(String(row?.["state"]), lists).whole(board.cursor);
  const same = isDeepStrictEqual(JSON.parse(bytes.toString()), board);
  if (!same) throw new Error("the bare statement answers another board");
  if (board.tasks.length !== tasks) throw new Error(`the board has ${board.tasks.length} tasks`);
  const tokens = team.people.map(({ token }) => token);
  const dialect = { as: "trpc", path: "boards.live", tokens, boardIds: [boardId] } as const;
  return {
    tasks,
    bytes: bytes.length,
    bare,
    async get(times, accept = "identity") {
      const line = { url, headers: { authorization, "accept-encoding": accept }, bodies: [] };
      const lines = Array.from({ length: Math.min(times, AT_ONCE) }, () => line);
      return (await callers.ask({ lines, until: { calls: times } }, Called)).ms;
    },
    async watch() {
      const ms = await crowd.open(boardId, { url: server.socketUrl, count: 1, dialect });
      await crowd.leave(boardId);
      return ms;
    },
    change() {
      changes += 1;
      return owner.caller.tasks.update({ boardId, taskId, title: `Prepare the release notes, ${changes}` });
    },
  };
}

/** The statement that opens a board, as it is sent: overheard, so that it cannot differ. */
async function statementOf(
  bench: Bench,
  connection: Connection,
  of: { userId: string; boardId: string },
): Promise<{ text: string; params: (string | number | null)[] }> {
  const heard: { text: string; params: unknown[] }[] = [];
  const logger = { logQuery: (text: string, params: unknown[]) => void heard.push({ text, params }) };
  const client = await ownClient(bench, connection, 1);
  const db = drizzle({ client, schema, logger });
  // Neither the tenant nor the transaction that the statement is in: those are measured by its calls.
  const within = () => db;
  await openBoard({ within }, { ...of, action: "board:read" });
  const [statement, ...others] = heard;
  if (!statement || others.length > 0) throw new Error("a board is opened by one statement");
  return { text: statement.text, params: statement.params.map(toParameter) };
}

function toParameter(value: unknown): string | number | null {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return String(value);
  throw new Error(`a parameter of a statement is a ${typeof value}`);
}
