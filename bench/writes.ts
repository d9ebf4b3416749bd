/** `tasks.move` by 32 writers on 32 boards, on one, and by one alone; against one prepared UPDATE and the stock stack. */
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { sql } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { bench } from "./setup/bench.ts";
import { type Load, underLoad } from "./setup/measure.ts";
import { median, percentile, printTable, reportRatio, spread } from "./setup/report.ts";
import { ownStockStack } from "./setup/stock.ts";
import {
  at,
  createBoard,
  createTeam,
  gatherStatistics,
  ownClient,
  ownDatabase,
  ownServices,
  requireDurable,
  type Team,
  type TeamBoard,
} from "./setup/world.ts";

const WRITERS = 32;
/** Each writer's task goes to and fro between the first two; the bare UPDATE has two of its own. */
const COLUMNS = ["To do", "Done", "Bare to do", "Bare done"];
/** `f_type` of Linux's statfs. */
const TMPFS = 0x01021994;

await bench(async (bench) => {
  const rounds = bench.short ? 3 : 5;
  const roundMs = bench.short ? 400 : 2_000;

  const connection = await ownDatabase(bench);
  // A connection for each writer on all sides, so that nobody waits for one.
  const services = await ownServices(bench, connection, WRITERS);
  const client = await ownClient(bench, connection, WRITERS);
  const createStockCaller = await ownStockStack(bench, connection, WRITERS);
  await requireDurable(services.db);
  if ((await statfs(tmpdir())).type === TMPFS) console.log(`  ${tmpdir()} is in memory: its disk costs nothing`);

  const team = await createTeam(services, WRITERS);
  const boards = await Promise.all(Array.from({ length: WRITERS }, () => createBoard(team, COLUMNS, 8)));
  const [shared, stockShared] = [await hotBoard(team), await hotBoard(team)];
  await gatherStatistics(services.db);

  const moveOwn = moverOf(team, (writer) => ({ board: at(boards, writer), task: 0 }));
  const moveShared = moverOf(team, (writer) => ({ board: shared, task: writer * COLUMNS.length }));
  const turnOf = turns();
  const update = (writer: number) => {
    const board = at(boards, writer);
    const turn = turnOf(writer);
    return client`
      update task set column_id = ${at(board.columnIds, 2 + (turn % 2))}, rank = ${`~${turn}`}, version = version + 1,
        updated_at = now() where board_id = ${board.id} and id = ${at(board.taskIds, 2)}`;
  };
  const stockMove = (writer: number) => {
    const { id: boardId, columnIds, taskIds } = stockShared;
    const turn = turnOf(WRITERS + writer);
    const place = { columnId: at(columnIds, turn % 2), rank: `~${writer}.${turn}` };
    const { id: userId } = at(team.people, writer);
    const what = { orgId: team.orgId, boardId, taskId: at(taskIds, writer * COLUMNS.length) };
    return createStockCaller({ userId }).move({ ...what, ...place });
  };

  const variant = (says: string, writers: number, call: (writer: number) => Promise<unknown>) => {
    return { says, writers, call, rounds: new Array<Load>() };
  };
  const variants = {
    update: variant("one prepared UPDATE", WRITERS, update),
    own: variant(`tasks.move on ${WRITERS} boards`, WRITERS, moveOwn.call),
    one: variant("tasks.move on one board", WRITERS, moveShared.call),
    stock: variant("the stock stack on one board", WRITERS, stockMove),
    lone: variant("tasks.move by one writer", 1, moveOwn.call),
    loneStock: variant("the stock stack by one writer", 1, stockMove),
  };
  for (let round = -1; round < rounds; round += 1) {
    for (const { writers, call, rounds: done } of Object.values(variants)) {
      const load = await underLoad(writers, roundMs, call);
      if (round >= 0) done.push(load);
    }
  }
  const acknowledged = [...moveOwn.moves, ...moveShared.moves];
  for (const [boardId, moves] of acknowledged) await requireMoves(services.db, boardId, moves);

  console.log(
    `  ${WRITERS} writers, each with a connection; ${rounds} rounds of ${roundMs / 1_000} s; commits wait for the disk`,
  );
  printTable(
    ["", "a second (least..most)", "p50 ms", "p99 ms", "Node's CPU in µs each"],
    Object.values(variants).map(({ says, rounds: done }) => [
      says,
      spread(
        done.map(({ perSecond }) => perSecond),
        0,
      ),
      latency(done, 0.5).toFixed(1),
      latency(done, 0.99).toFixed(1),
      median(done.map(({ cpuUs, latenciesMs }) => cpuUs / latenciesMs.length)).toFixed(0),
    ]),
  );
  const { update: bare, own, one, stock, lone, loneStock } = variants;
  const rate = ({ rounds: done }: typeof bare) => median(done.map(({ perSecond }) => perSecond));
  reportRatio(bench, `moves on ${WRITERS} boards, of the updates`, rate(own) / rate(bare), { atLeast: 0.5 });
  reportRatio(bench, "moves on one board, of the updates", rate(one) / rate(bare), { atLeast: 0.6 });
  reportRatio(bench, "moves on one board, of the stock stack's", rate(one) / rate(stock), { atLeast: 8 });
  const latencies = latency(lone.rounds, 0.5) / latency(loneStock.rounds, 0.5);
  reportRatio(bench, "p50 of a lone writer, of the stock stack's", latencies, { atMost: 0.6, failsAt: 2 });
});

function hotBoard(team: Team): Promise<TeamBoard> {
  return createBoard(team, COLUMNS, WRITERS * COLUMNS.length);
}

function latency(rounds: readonly Load[], share: number): number {
  return percentile(
    rounds.flatMap(({ latenciesMs }) => latenciesMs),
    share,
  );
}

/** Counts for each writer: 1, 2, 3 … */
function turns(): (writer: number) => number {
  const taken = new Map<number, number>();
  return (writer) => {
    const turn = (taken.get(writer) ?? 0) + 1;
    taken.set(writer, turn);
    return turn;
  };
}

/** Moves each writer's own task to and fro, always to the top of the other column. */
function moverOf(team: Team, ofWriter: (writer: number) => { board: TeamBoard; task: number }) {
  const moves = new Map<string, number>();
  const turnOf = turns();
  return {
    async call(writer: number): Promise<void> {
      const { board, task } = ofWriter(writer);
      const { caller } = at(team.people, writer);
      const columnId = at(board.columnIds, turnOf(writer) % 2);
      await caller.tasks.move({ boardId: board.id, taskId: at(board.taskIds, task), columnId, after: null });
      moves.set(board.id, (moves.get(board.id) ?? 0) + 1);
    },
    /** By board, what was acknowledged. */
    moves,
  };
}

/** Fails unless a board's log holds exactly the moves that were acknowledged. */
async function requireMoves(db: Database, boardId: string, moves: number): Promise<void> {
  const [row] = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from event where stream_id = ${boardId}::uuid and type = 'task.moved'`,
  );
  if (row?.count !== moves) throw new Error(`${moves} moves were acknowledged, and the log holds ${row?.count}`);
}
