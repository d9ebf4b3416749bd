/** `tasks.move` by 32 writers, on 32 boards and all on one, against one prepared UPDATE by 32 writers. */
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { sql } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import { bench } from "./setup/bench.ts";
import { type Load, underLoad } from "./setup/measure.ts";
import { median, percentile, printRatio, printTable, spread } from "./setup/report.ts";
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
  const roundMs = bench.short ? 400 : 2_500;

  const connection = await ownDatabase(bench);
  // A connection for each writer on both sides, so that neither waits for one.
  const services = await ownServices(bench, connection, WRITERS);
  const client = await ownClient(bench, connection, WRITERS);
  await requireDurable(services.db);
  if ((await statfs(tmpdir())).type === TMPFS) console.log(`  ${tmpdir()} is in memory: its disk costs nothing`);

  const team = await createTeam(services, WRITERS);
  const boards = await Promise.all(Array.from({ length: WRITERS }, () => createBoard(team, COLUMNS, 8)));
  const shared = await createBoard(team, COLUMNS, WRITERS * COLUMNS.length);
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

  const variants = [
    { says: "one prepared UPDATE", call: update, rounds: new Array<Load>() },
    { says: `tasks.move on ${WRITERS} boards`, call: moveOwn.call, rounds: new Array<Load>() },
    { says: "tasks.move on one board", call: moveShared.call, rounds: new Array<Load>() },
  ] as const;
  for (let round = -1; round < rounds; round += 1) {
    for (const { call, rounds: done } of variants) {
      const load = await underLoad(WRITERS, roundMs, call);
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
    variants.map(({ says, rounds: done }) => {
      const rates = done.map(({ perSecond }) => perSecond);
      const latencies = done.flatMap(({ latenciesMs }) => latenciesMs);
      return [
        says,
        spread(rates, 0),
        percentile(latencies, 0.5).toFixed(1),
        percentile(latencies, 0.99).toFixed(1),
        median(done.map(({ cpuUs, latenciesMs }) => cpuUs / latenciesMs.length)).toFixed(0),
      ];
    }),
  );
  const [bare, own, one] = variants.map(({ rounds: done }) => median(done.map(({ perSecond }) => perSecond)));
  if (bare === undefined || own === undefined || one === undefined) throw new Error("there are three variants");
  printRatio(`moves on ${WRITERS} boards, of the updates in the same time`, own / bare);
  printRatio("moves on one board, of the updates in the same time", one / bare);
});

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
