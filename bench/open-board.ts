/** Opening a board of 1,000 tasks by `boards.get`, against its one statement sent by postgres.js alone. */
import { isDeepStrictEqual } from "node:util";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import superjson from "superjson";
import * as schema from "../db/schema/index.ts";
import { createServices } from "../server/app.ts";
import { createLogger } from "../server/core/log.ts";
import { type BoardClaim, getBoard } from "../server/domains/work/opening.ts";
import { type Bench, bench } from "./setup/bench.ts";
import { measure, type Round } from "./setup/measure.ts";
import { median, printRatio, printTable, spread } from "./setup/report.ts";
import { createBoard, createTeam, ownDatabase } from "./setup/world.ts";

const TASKS = 1_000;

await bench(async (bench) => {
  const rounds = bench.short ? 5 : 15;
  const callsARound = bench.short ? 10 : 40;

  const connection = await ownDatabase(bench);
  const log = createLogger("warn");
  const { services } = await bench.own(
    Promise.resolve(createServices({ connection, poolSize: 10, log, secure: false })),
    ({ close }) => close(),
  );
  const team = await createTeam(services, 20);
  const { id: boardId } = await createBoard(team, ["To do", "Doing", "Review", "Done"], TASKS);
  const { caller } = team.owner;

  const client = await ownClient(bench, connection);
  const { text, params } = await statementOf(bench, connection, {
    userId: team.owner.id,
    boardId,
    action: "board:read",
  });
  const getBare = () => client.unsafe(text, params, { prepare: true });

  const { cursor: _, ...content } = await caller.boards.get({ boardId });
  const [row] = await getBare();
  for (const [part, value] of Object.entries(content)) {
    if (!isDeepStrictEqual(row?.[part], value)) throw new Error(`the bare statement answers other ${part}`);
  }
  if (content.tasks.length !== TASKS) throw new Error(`the board has ${content.tasks.length} tasks`);

  const variants = [
    { says: "its bare statement", call: getBare, rounds: new Array<Round>() },
    { says: "boards.get", call: () => caller.boards.get({ boardId }), rounds: new Array<Round>() },
  ] as const;
  for (let round = -1; round < rounds; round += 1) {
    for (const { call, rounds: done } of variants) {
      const measured = await measure(async () => {
        for (let count = 0; count < callsARound; count += 1) await call();
      });
      if (round >= 0) done.push(measured);
    }
  }

  const bytes = Buffer.byteLength(JSON.stringify(superjson.serialize({ cursor: _, ...content })));
  console.log(
    `  ${TASKS} tasks are ${bytes} bytes on the wire; ${rounds} rounds of ${callsARound} calls, one at a time`,
  );
  const ofOne = (done: readonly Round[], what: (round: Round) => number) => done.map((r) => what(r) / callsARound);
  printTable(
    ["", "ms a call (least..most)", "CPU of Node in ms"],
    variants.map(({ says, rounds: done }) => [
      says,
      spread(
        ofOne(done, ({ wallMs }) => wallMs),
        2,
      ),
      spread(
        ofOne(done, ({ cpuUs }) => cpuUs / 1_000),
        2,
      ),
    ]),
  );
  const [bare, api] = variants;
  const wall = ({ rounds: done }: { rounds: readonly Round[] }) => median(done.map(({ wallMs }) => wallMs));
  printRatio("boards.get takes, of its bare statement", wall(api) / wall(bare));
});

type Client = ReturnType<typeof postgres>;

function ownClient(bench: Bench, connection: Awaited<ReturnType<typeof ownDatabase>>): Promise<Client> {
  const client = postgres({ ...connection, max: 1, fetch_types: false });
  return bench.own(Promise.resolve(client), () => client.end({ timeout: 5 }));
}

/** The statement of `boards.get`, as it is sent: overheard, so that it cannot differ. */
async function statementOf(
  bench: Bench,
  connection: Awaited<ReturnType<typeof ownDatabase>>,
  claim: BoardClaim,
): Promise<{ text: string; params: (string | number | null)[] }> {
  const heard: { text: string; params: unknown[] }[] = [];
  const logger = { logQuery: (text: string, params: unknown[]) => void heard.push({ text, params }) };
  await getBoard(drizzle({ client: await ownClient(bench, connection), schema, logger }), claim);
  const [statement, ...others] = heard;
  if (!statement || others.length > 0) throw new Error("boards.get is one statement");
  return { text: statement.text, params: statement.params.map(toParameter) };
}

function toParameter(value: unknown): string | number | null {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return String(value);
  throw new Error(`a parameter of boards.get is a ${typeof value}`);
}
