/** Opening a board: the JSON that goes out, against the bare statement that makes it, and many who open it at once. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isDeepStrictEqual } from "node:util";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import * as schema from "../db/schema/index.ts";
import { createApp } from "../server/app.ts";
import type { AppServices } from "../server/core/context.ts";
import { createLogger } from "../server/core/log.ts";
import { openBoard } from "../server/domains/work/opening.ts";
import { type Bench, bench } from "./setup/bench.ts";
import { measure } from "./setup/measure.ts";
import { ownPhone, type Phone } from "./setup/phone.ts";
import { median, printRatio, printTable, reportRatio, spread } from "./setup/report.ts";
import {
  type Connection,
  createBoard,
  createTeam,
  gatherStatistics,
  ownClient,
  ownDatabase,
  type Team,
} from "./setup/world.ts";

const SIZES = { short: [1_000, 4_000], long: [1_000, 4_000, 10_000] };
const AT_ONCE = 100;

/** A board of one size, and the ways to open it. */
interface Opening {
  readonly tasks: number;
  readonly bytes: number;
  /** The statement alone, which answers the JSON as text. */
  readonly bare: () => Promise<unknown>;
  /** The statement, parsed, by a caller in the process. */
  readonly caller: () => Promise<unknown>;
  /** So many calls by HTTP, by as many at once. */
  readonly lane: (times: number, accept?: string) => ReturnType<Phone["call"]>;
  /** Another version, so that no snapshot of it is at hand. */
  readonly change: () => Promise<unknown>;
}

/** Milliseconds of the server's process, and of whoever waits for the answer. */
interface Times {
  readonly wallMs: number[];
  readonly cpuMs: number[];
}

await bench(async (bench) => {
  const rounds = bench.short ? 5 : 15;
  // Autovacuum would analyze the tables at some moment of its own.
  const connection = await ownDatabase(bench, { autovacuum: "off" });
  const log = createLogger("error");
  const app = await bench.own(
    () => createApp({ connection, poolSize: 10, host: "127.0.0.1", port: 0, log }),
    (opened) => opened.close(),
  );
  const team = await createTeam(app.services, 20);
  const phone = await ownPhone(bench);
  const openings: Opening[] = [];
  for (const tasks of bench.short ? SIZES.short : SIZES.long) {
    openings.push(await fill(bench, { connection, services: app.services, url: app.url }, { team, phone, tasks }));
  }

  const [small] = openings;
  if (!small) throw new Error("there is a board");
  // A board is opened right after its import, and for the first minute Postgres has no idea of how many tasks there are.
  await compare("just filled", [small], rounds);
  await gatherStatistics(app.services.db);
  const [ofSmall, ...ofOthers] = await compare("analyzed", openings, rounds);
  if (!ofSmall) throw new Error("there is a board");
  const ratio = median(ofSmall.lane.wallMs) / median(ofSmall.bare.wallMs);
  reportRatio(bench, `a board of ${small.tasks} tasks by HTTP takes, of its bare statement`, ratio, { atMost: 1.3 });
  for (const { opening, lane } of ofOthers) {
    const growth = median(lane.wallMs) / median(ofSmall.lane.wallMs) / (opening.tasks / small.tasks);
    printRatio(`a task on a board of ${opening.tasks} takes, of one on a board of ${small.tasks}`, growth);
  }
  const hot = await callAtOnce(small, median(ofSmall.lane.wallMs), rounds);
  await printHeld(openings.at(-1) ?? small, rounds);
  reportRatio(bench, `of ${AT_ONCE} at once are answered a second, of the first`, hot, { atLeast: 20 });
});

/** Measures the ways to open each board, in turns. Every call finds a version of which there is no snapshot. */
async function compare(state: string, openings: readonly Opening[], rounds: number) {
  const results = openings.map((opening) => ({ opening, bare: noTimes(), caller: noTimes(), lane: noTimes() }));
  for (let round = -1; round < rounds; round += 1) {
    for (const { opening, bare, caller, lane } of results) {
      await add(round < 0 ? noTimes() : bare, opening.bare);
      await opening.change();
      await add(round < 0 ? noTimes() : caller, opening.caller);
      await opening.change();
      // How long it took is known where the answer was read.
      await add(round < 0 ? noTimes() : lane, async () => (await opening.lane(1)).ms);
    }
  }
  printTable(
    [`ms to open a board, ${state} (least..most)`, ...openings.map(({ tasks, bytes }) => `${tasks} tasks, ${bytes} B`)],
    [
      ["the bare statement", ...results.map(({ bare }) => spread(bare.wallMs, 2))],
      ["boards.get by HTTP", ...results.map(({ lane }) => spread(lane.wallMs, 2))],
      ["of which CPU of Node's process", ...results.map(({ lane }) => spread(lane.cpuMs, 2))],
      ["boards.get by a caller in the process", ...results.map(({ caller }) => spread(caller.wallMs, 2))],
      ["of which CPU of Node's process", ...results.map(({ caller }) => spread(caller.cpuMs, 2))],
    ],
  );
  return results;
}

function noTimes(): Times {
  return { wallMs: [], cpuMs: [] };
}

async function add({ wallMs, cpuMs }: Times, call: () => Promise<unknown>): Promise<void> {
  let told: unknown;
  const round = await measure(async () => {
    told = await call();
  });
  wallMs.push(typeof told === "number" ? told : round.wallMs);
  cpuMs.push(round.cpuUs / 1_000);
}

/** Many who open the same board at once, against the one who opens it first. Answers how many times as many a second. */
async function callAtOnce(opening: Opening, firstMs: number, rounds: number): Promise<number> {
  const times = 5 * AT_ONCE;
  const variants = [
    { says: "as it is", accept: "identity", perSecond: new Array<number>(), cpuMs: new Array<number>() },
    { says: "compressed", accept: "zstd", perSecond: new Array<number>(), cpuMs: new Array<number>() },
  ];
  for (let round = -1; round < rounds; round += 1) {
    for (const { accept, perSecond, cpuMs } of variants) {
      let ms = Number.NaN;
      const { cpuUs } = await measure(async () => {
        ({ ms } = await opening.lane(times, accept));
      });
      if (round < 0) continue;
      perSecond.push((times / ms) * 1_000);
      cpuMs.push(cpuUs / 1_000 / times);
    }
  }
  printTable(
    [`${AT_ONCE} at once open a board of ${opening.tasks} tasks`, ...variants.map(({ says }) => says)],
    [
      ["a second", ...variants.map(({ perSecond }) => spread(perSecond, 0))],
      ["ms CPU of Node's process for each", ...variants.map(({ cpuMs }) => spread(cpuMs, 2))],
    ],
  );
  const [, compressed] = variants.map(({ perSecond }) => (median(perSecond) * firstMs) / 1_000);
  for (const { says, perSecond } of variants) {
    printRatio(
      `of ${AT_ONCE} at once, ${says}, are answered a second, of the first`,
      (median(perSecond) * firstMs) / 1_000,
    );
  }
  return compressed ?? Number.NaN;
}

/** For how long the event loop stands still while a board is opened that nobody has open. */
async function printHeld(opening: Opening, rounds: number): Promise<void> {
  const heldMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await opening.change();
    const delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    await opening.lane(1, "zstd");
    delays.disable();
    heldMs.push(delays.max / 1e6);
  }
  console.log(`  opening ${opening.tasks} tasks holds the event loop for ${spread(heldMs)} ms at most`);
}

/** Makes a board, and the ways to open it, which answer the same. */
async function fill(
  bench: Bench,
  server: { connection: Connection; services: AppServices; url: string },
  { team, phone, tasks }: { team: Team; phone: Phone; tasks: number },
): Promise<Opening> {
  const { services, connection } = server;
  const { owner } = team;
  const { id: boardId } = await createBoard(team, ["To do", "Doing", "Review", "Done"], tasks);
  const client = await ownClient(bench, connection, 1);
  const { text, params } = await statementOf(bench, connection, { userId: owner.id, boardId });
  const bare = async () => client.unsafe(text, params, { prepare: true });
  const caller = () => owner.caller.boards.get({ boardId });
  const url = `${server.url}/trpc/boards.get?input=${encodeURIComponent(JSON.stringify({ json: { boardId } }))}`;
  const authorization = `Bearer ${owner.token}`;

  const { cursor, ...content } = await caller();
  const [row] = await bare();
  const state: unknown = JSON.parse(String(row?.["state"]));
  if (!isDeepStrictEqual(state, content)) throw new Error("the bare statement answers another board");
  if (content.tasks.length !== tasks) throw new Error(`the board has ${content.tasks.length} tasks`);
  return {
    tasks,
    bytes: Buffer.byteLength(String(row?.["state"])) + cursor.length,
    bare,
    caller,
    lane: (times, accept = "identity") =>
      phone.call({
        url,
        method: "GET",
        headers: { authorization, "accept-encoding": accept },
        count: times,
        connections: Math.min(times, AT_ONCE),
      }),
    change: () => services.db.execute(sql`update stream set nonce = nonce + 1 where id = ${boardId}::uuid`),
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
  await openBoard(drizzle({ client, schema, logger }), { ...of, action: "board:read" });
  const [statement, ...others] = heard;
  if (!statement || others.length > 0) throw new Error("a board is opened by one statement");
  return { text: statement.text, params: statement.params.map(toParameter) };
}

function toParameter(value: unknown): string | number | null {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return String(value);
  throw new Error(`a parameter of a statement is a ${typeof value}`);
}
