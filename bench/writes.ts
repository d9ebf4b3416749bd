/** `tasks.move` by 32 writers on 32 boards, on one, and by one alone; against one prepared UPDATE and the stock stack. */
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { sql } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { Done } from "./setup/ask.contract.ts";
import { type Bench, bench } from "./setup/bench.ts";
import { Load, median } from "./setup/measure.ts";
import { type OtherProcess, ownProcess } from "./setup/other-process.ts";
import { printTable, reportRatio, spread } from "./setup/report.ts";
import {
  at,
  createBoard,
  createTeam,
  gatherStatistics,
  ownDatabase,
  ownServices,
  requireDurable,
  type Team,
  type TeamBoard,
} from "./setup/world.ts";
import { Moved, type Mover, type ToWriter } from "./setup/writer.contract.ts";

const WRITERS = 32;
/** Each writer's task goes to and fro between the first two; the bare UPDATE has two of its own. */
const COLUMNS = ["To do", "Done", "Bare to do", "Bare done"];
/** `f_type` of Linux's statfs. */
const TMPFS = 0x01021994;

await bench(async (bench) => {
  const rounds = 3;
  const ms = bench.short ? 400 : 1_000;
  const connection = await ownDatabase(bench);
  const services = await ownServices(bench, connection, 2);
  await requireDurable(services.db);
  if ((await statfs(tmpdir())).type === TMPFS) console.log(`  ${tmpdir()} is in memory: its disk costs nothing`);
  const team = await createTeam(services, WRITERS);
  const boards: TeamBoard[] = [];
  for (let count = 0; count < WRITERS; count += 1) boards.push(await createBoard(team, COLUMNS, 8));
  const [shared, stockShared] = [await hotBoard(team), await hotBoard(team)];
  await gatherStatistics(bench, connection);

  const own = moversOf(team, (writer) => ({ board: at(boards, writer), task: 0 }));
  const onOne = (board: TeamBoard) => moversOf(team, (writer) => ({ board, task: writer * COLUMNS.length }));
  const ofUpdate = moversOf(team, (writer) => {
    const board = at(boards, writer);
    return { board: { ...board, columnIds: board.columnIds.slice(2) }, task: 2 };
  });
  const open = (as: Opening["as"], movers: Mover[]) =>
    openWriter(bench, { do: "open", as, connection, orgId: team.orgId, movers });
  const [ownWriter, oneWriter] = [await open("trestle", own), await open("trestle", onOne(shared))];
  const stockWriter = await open("stock", onOne(stockShared));
  const updater = await open("update", ofUpdate);

  const variant = (says: string, process: OtherProcess<ToWriter>, writers: number) => {
    return { says, process, writers, rounds: new Array<Load>() };
  };
  const variants = {
    update: variant("one prepared UPDATE", updater, WRITERS),
    own: variant(`tasks.move on ${WRITERS} boards`, ownWriter, WRITERS),
    one: variant("tasks.move on one board", oneWriter, WRITERS),
    stock: variant("the stock stack on one board", stockWriter, WRITERS),
    lone: variant("tasks.move by one writer", ownWriter, 1),
    loneStock: variant("the stock stack by one writer", stockWriter, 1),
  };
  for (let round = -1; round < rounds; round += 1) {
    for (const { process, writers, rounds: done } of Object.values(variants)) {
      const load = await process.ask({ do: "run", writers, ms: round < 0 ? ms / 2 : ms }, Load);
      if (round >= 0) done.push(load);
    }
  }
  for (const process of [ownWriter, oneWriter]) {
    const moved = Object.entries(await process.ask({ do: "moved" }, Moved));
    for (const [boardId, moves] of moved) await requireMoves(services.db, boardId, moves);
  }

  const perSecond = (done: readonly Load[]) => done.map((load) => load.perSecond);
  console.log(
    `  ${WRITERS} writers, each with a connection; ${rounds} rounds of ${ms / 1_000} s; commits wait for the disk`,
  );
  printTable(
    ["", "a second (least..most)", "p50 ms", "p99 ms", "Node's CPU in µs each"],
    Object.values(variants).map(({ says, rounds: done }) => [
      says,
      spread(perSecond(done), 0),
      median(done.map(({ p50Ms }) => p50Ms)).toFixed(1),
      median(done.map(({ p99Ms }) => p99Ms)).toFixed(1),
      median(done.map(({ cpuUs, calls }) => cpuUs / calls)).toFixed(0),
    ]),
  );
  const { update, own: onOwn, one, stock, lone, loneStock } = variants;
  const rate = (ours: typeof update, theirs: typeof update, goal: { atLeast: number }) =>
    reportRatio(bench, {
      what: `${ours.says} a second, ${WRITERS} writers`,
      against: theirs.says,
      ours: perSecond(ours.rounds),
      theirs: perSecond(theirs.rounds),
      goal,
    });
  rate(onOwn, update, { atLeast: 0.5 });
  rate(one, update, { atLeast: 0.6 });
  rate(one, stock, { atLeast: 8 });
  const p50 = ({ rounds: done }: typeof lone) => done.map(({ p50Ms }) => p50Ms);
  const ofLone = { what: "p50 of one lone writer", against: loneStock.says, ours: p50(lone), theirs: p50(loneStock) };
  reportRatio(bench, { ...ofLone, goal: { atMost: 0.6, failsAt: 1.5 } });
});

type Opening = ToWriter & { do: "open" };

async function openWriter(bench: Bench, opening: Opening): Promise<OtherProcess<ToWriter>> {
  const process = await ownProcess<ToWriter>(bench, new URL("setup/writer.ts", import.meta.url));
  await process.ask(opening, Done);
  return process;
}

function hotBoard(team: Team): Promise<TeamBoard> {
  return createBoard(team, COLUMNS, WRITERS * COLUMNS.length);
}

function moversOf(team: Team, taskOf: (writer: number) => { board: TeamBoard; task: number }): Mover[] {
  return team.people.map(({ id, token }, writer) => {
    const { board, task } = taskOf(writer);
    return { userId: id, token, board, task };
  });
}

/** Fails unless a board's log holds exactly the moves that were acknowledged. */
async function requireMoves(db: Database, boardId: string, moves: number): Promise<void> {
  const [row] = await db
    .within({ streamId: boardId })
    .execute<{ count: number }>(
      sql`select count(*)::int as count from event where stream_id = ${boardId}::uuid and type = 'task.moved'`,
    );
  if (row?.count !== moves) throw new Error(`${moves} moves were acknowledged, and the log holds ${row?.count}`);
}
