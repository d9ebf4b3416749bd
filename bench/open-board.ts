/** Opening a board of 1,000 tasks by `boards.get`, against its one statement sent by postgres.js alone. */
import { isDeepStrictEqual } from "node:util";
import { drizzle } from "drizzle-orm/postgres-js";
import * as schema from "../db/schema/index.ts";
import type { BoardClaim } from "../server/core/context.ts";
import { openBoard } from "../server/domains/work/opening.ts";
import { type Bench, bench } from "./setup/bench.ts";
import { measure } from "./setup/measure.ts";
import { median, printRatio, printTable, spread } from "./setup/report.ts";
import {
  type Connection,
  createBoard,
  createTeam,
  gatherStatistics,
  ownClient,
  ownDatabase,
  ownServices,
} from "./setup/world.ts";

const TASKS = 1_000;

await bench(async (bench) => {
  const rounds = bench.short ? 3 : 9;
  const callsARound = bench.short ? 1 : 5;

  // Autovacuum would analyze the tables at some moment of its own.
  const connection = await ownDatabase(bench, { autovacuum: "off" });
  const services = await ownServices(bench, connection, 10);
  const team = await createTeam(services, 20);
  const { id: boardId } = await createBoard(team, ["To do", "Doing", "Review", "Done"], TASKS);
  const { caller } = team.owner;

  const client = await ownClient(bench, connection, 1);
  const { text, params } = await statementOf(bench, connection, {
    userId: team.owner.id,
    boardId,
    action: "board:read",
  });
  const getBare = async () => client.unsafe(text, params, { prepare: true });

  const { cursor, ...content } = await caller.boards.get({ boardId });
  const [row] = await getBare();
  const state: unknown = row?.["state"];
  for (const [part, value] of Object.entries(content)) {
    const isSame = isDeepStrictEqual(Reflect.get(Object(state), part), value);
    if (!isSame) throw new Error(`the bare statement answers other ${part}`);
  }
  const bytes = Buffer.byteLength(JSON.stringify({ cursor, ...content }));
  if (content.tasks.length !== TASKS) throw new Error(`the board has ${content.tasks.length} tasks`);

  // A board is opened right after its import, and for the first minute Postgres has no idea of how many tasks there are.
  const states = [
    { says: "just filled", prepare: async () => {} },
    { says: "analyzed", prepare: () => gatherStatistics(services.db) },
  ];
  const results: { says: string; bare: number[]; api: number[]; cpu: number[] }[] = [];
  for (const { says, prepare } of states) {
    await prepare();
    const result = { says, bare: new Array<number>(), api: new Array<number>(), cpu: new Array<number>() };
    for (let round = -1; round < rounds; round += 1) {
      const bare = await measure(() => repeat(callsARound, getBare));
      const api = await measure(() => repeat(callsARound, () => caller.boards.get({ boardId })));
      if (round < 0) continue;
      result.bare.push(bare.wallMs / callsARound);
      result.api.push(api.wallMs / callsARound);
      result.cpu.push(api.cpuUs / 1_000 / callsARound);
    }
    results.push(result);
  }

  console.log(`  ${TASKS} tasks are ${bytes} bytes of JSON; ${rounds} rounds of ${callsARound} calls, one at a time`);
  printTable(
    ["ms a call (least..most)", ...results.map(({ says }) => says)],
    [
      ["its bare statement", ...results.map(({ bare }) => spread(bare, 2))],
      ["boards.get", ...results.map(({ api }) => spread(api, 2))],
      ["of which CPU of Node's process", ...results.map(({ cpu }) => spread(cpu, 2))],
    ],
  );
  for (const { says, bare, api } of results) {
    printRatio(`boards.get takes, of its bare statement, ${says}`, median(api) / median(bare));
  }
});

async function repeat(times: number, call: () => Promise<unknown>): Promise<void> {
  for (let count = 0; count < times; count += 1) await call();
}

/** The statement of `boards.get`, as it is sent: overheard, so that it cannot differ. */
async function statementOf(
  bench: Bench,
  connection: Connection,
  claim: BoardClaim,
): Promise<{ text: string; params: (string | number | null)[] }> {
  const heard: { text: string; params: unknown[] }[] = [];
  const logger = { logQuery: (text: string, params: unknown[]) => void heard.push({ text, params }) };
  await openBoard(drizzle({ client: await ownClient(bench, connection, 1), schema, logger }), claim);
  const [statement, ...others] = heard;
  if (!statement || others.length > 0) throw new Error("boards.get is one statement");
  return { text: statement.text, params: statement.params.map(toParameter) };
}

function toParameter(value: unknown): string | number | null {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return String(value);
  throw new Error(`a parameter of boards.get is a ${typeof value}`);
}
