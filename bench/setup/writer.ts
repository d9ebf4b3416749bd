// A process of its own that moves tasks, each of its writers one after the other, in one of the ways that are compared.
import { answerAsks } from "./answer-asks.ts";
import type { Bench } from "./bench.ts";
import { underLoad } from "./measure.ts";
import { ownStockStack } from "./stock.ts";
import { at, callerOf, ownClient, ownServices } from "./world.ts";
import { type Mover, ToWriter } from "./writer.contract.ts";

type Open = ToWriter & { do: "open" };
/** Moves a writer's task to the first or the second column, by turns. */
type Move = (mover: Mover, turn: number) => Promise<unknown>;

/** A connection for each writer on all sides, so that nobody waits for one. */
const OPEN: Record<Open["as"], (bench: Bench, told: Open) => Promise<Move>> = {
  async trestle(bench, { connection, movers }) {
    const services = await ownServices(bench, connection, movers.length);
    const callers = new Map(
      await Promise.all(movers.map(async ({ token }) => [token, await callerOf(services, token)] as const)),
    );
    return async ({ token, board, task }, turn) => {
      const caller = callers.get(token);
      if (!caller) throw new Error("a writer has a session");
      const columnId = at(board.columnIds, turn % 2);
      await caller.tasks.move({ boardId: board.id, taskId: at(board.taskIds, task), columnId, after: null });
    };
  },
  async stock(bench, { connection, movers, orgId }) {
    const { createCaller } = await ownStockStack(bench, connection, movers.length);
    return ({ userId, board, task }, turn) => {
      const place = { columnId: at(board.columnIds, turn % 2), rank: `~${task}.${turn}` };
      return createCaller({ userId }).move({ orgId, boardId: board.id, taskId: at(board.taskIds, task), ...place });
    };
  },
  async update(bench, { connection, movers }) {
    const client = await ownClient(bench, connection, movers.length);
    return async ({ board, task }, turn) => client`
      update task set column_id = ${at(board.columnIds, turn % 2)}, rank = ${`~${turn}`}, version = version + 1,
        updated_at = now() where board_id = ${board.id} and id = ${at(board.taskIds, task)}`;
  },
};

let movers: readonly Mover[] = [];
let move: Move = async () => {};
const turns = new Map<number, number>();
const moved = new Map<string, number>();

await answerAsks(ToWriter, async (bench, told) => {
  if (told.do === "moved") return Object.fromEntries(moved);
  if (told.do === "run") return underLoad(told.writers, told.ms, moveOne);
  move = await OPEN[told.as](bench, told);
  movers = told.movers;
  return null;
});

async function moveOne(writer: number): Promise<void> {
  const mover = at(movers, writer);
  const turn = (turns.get(writer) ?? 0) + 1;
  turns.set(writer, turn);
  await move(mover, turn);
  moved.set(mover.board.id, (moved.get(mover.board.id) ?? 0) + 1);
}
