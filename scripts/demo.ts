/** `npm run demo`: a board in two clients, one of which is cut off for a moment. `--help` tells more. */
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual, parseArgs } from "node:util";
import type { ChangeResult, Snapshot } from "../client/index.ts";
import { readEnv } from "../server/env.ts";
import { readDemo } from "../server/seed.ts";
import { type DemoPeople, signInToDemo, signUpForDemo } from "./demo/people.ts";
import { openSight, printRow, printSeen, type Sight } from "./demo/sight.ts";
import { openWire, type Wire } from "./demo/wire.ts";
import { explain, openServer, type ServerInUse, ServerError } from "./own-server.ts";

const HELP = `Usage: npm run demo

Two people open a board live and move tasks. One of them is cut off for a moment, while the other goes on, and catches
up. It prints what each saw, with the version of the board, and compares both with the database in the end: ends with 1
if they differ. Takes about ten seconds.

TRESTLE_URL    the server to use, with the sign-ins of its demo (DATA_DIR/demo.json), or new ones; without it, a server
               of its own that is gone in the end
`;

/** For those who read along. */
const PAUSE_MS = 400;
const CUT_MS = 1_200;
/** Longer than a client that was cut off waits for its next dial. */
const PATIENCE_MS = 30_000;
const TITLES = ["Write invitations", "Book a room", "Order the cake"];

async function main(): Promise<boolean> {
  const server = await openServer(console.log);
  try {
    if (!server.url.startsWith("http:")) {
      throw new ServerError("The demo cuts a wire of plain http: it cannot do that to an address of https.");
    }
    const wire = await openWire(server.url);
    try {
      return await show(server, wire);
    } finally {
      await wire.close();
    }
  } finally {
    await server.close();
  }
}

async function findPeople(server: ServerInUse, wire: Wire): Promise<DemoPeople> {
  const urls = { owner: server.url, member: wire.url };
  const demo = server.own ? undefined : readDemo(readEnv().DATA_DIR);
  return (demo && (await signInToDemo(urls, demo))) ?? signUpForDemo(urls);
}

async function show(server: ServerInUse, wire: Wire): Promise<boolean> {
  const { boardId, owner, member } = await findPeople(server, wire);
  try {
    const [left, right] = [openSight(owner, boardId), openSight(member, boardId)];
    const [before] = await Promise.all([left.board.ready(), right.board.ready()]);
    console.log(
      `\nTwo people open the board "${before.board.name}" on ${server.url}, each over a connection of their own.\n`,
    );
    printRow("version", left.name, right.name);
    printRow(String(left.board.version), describe(before), describe(before));
    await play(left, right, wire);
    return await compare(left, right);
  } finally {
    await member.trestle.close();
    await owner.trestle.close();
  }
}

async function play(left: Sight, right: Sight, wire: Wire): Promise<void> {
  const { boardId } = left.board;
  const [todo, doing, done] = left.board.state?.columns.map(({ id }) => id) ?? [];
  if (todo === undefined || doing === undefined || done === undefined) throw new Error("the demo needs three columns");
  const [mine, theirs] = [left.person.trestle, right.person.trestle];
  const both = [left, right];

  say(`${left.name} adds three tasks, in one call.`);
  const ids = TITLES.map(() => crypto.randomUUID());
  const [first = "", second = "", third = ""] = ids;
  const additions = TITLES.map((title, index) => {
    return { procedure: "tasks.create", id: ids[index], columnId: todo, title } as const;
  });
  await showUntil(both, newest(await mine.boards.applyChanges.mutate({ boardId, changes: additions })));

  say(`${right.name} takes one, ${left.name} another: both see both.`);
  await theirs.tasks.move.mutate({ boardId, taskId: first, columnId: doing });
  await showUntil(both, (await mine.tasks.move.mutate({ boardId, taskId: second, columnId: doing })).version);

  say(`${right.name} is cut off.`);
  wire.cut();
  await statusOf(right, "offline");
  printRow("", `${left.board.status} at version ${left.board.version}`, `offline at version ${right.board.version}`);
  await delay(PAUSE_MS);

  say(`${left.name} goes on meanwhile.`);
  await mine.tasks.move.mutate({ boardId, taskId: first, columnId: done });
  await mine.tasks.update.mutate({ boardId, taskId: second, title: "Book a big room" });
  const { version } = await mine.tasks.move.mutate({ boardId, taskId: third, columnId: doing, after: null });
  await showUntil([left], version, both);
  await delay(CUT_MS);

  say(`The connection is back: the client of ${right.name} goes on from where it was.`);
  wire.mend();
  const mendedAt = performance.now();
  await showUntil([right], version, both);
  await statusOf(right, "live");
  const seconds = ((performance.now() - mendedAt) / 1_000).toFixed(1);
  printRow("", `live at version ${left.board.version}`, `live at version ${right.board.version}, after ${seconds} s`);
  await delay(PAUSE_MS);

  say(`${right.name} clears up, in one call.`);
  const archivals = ids.map((taskId) => ({ procedure: "tasks.archive", taskId }) as const);
  await showUntil(both, newest(await theirs.boards.applyChanges.mutate({ boardId, changes: archivals })));
}

/** The version after the last of these changes. */
function newest(results: readonly ChangeResult[]): number {
  const versions = results.map((result) => {
    if (result.status === "refused") throw new Error(result.message);
    return result.value?.version ?? 0;
  });
  return Math.max(...versions);
}

function say(sentence: string): void {
  console.log(`\n${sentence}`);
}

/** Waits until these have seen a version, prints what everybody saw, and gives the reader a moment. */
async function showUntil(sights: readonly Sight[], version: number, shown = sights): Promise<void> {
  await Promise.all(sights.map((sight) => arrival(sight, version)));
  printSeen(shown);
  await delay(PAUSE_MS);
}

async function statusOf({ board }: Sight, status: typeof board.status): Promise<void> {
  if (board.status === status) return;
  await new Promise<void>((resolve, reject) => {
    const impatience = setTimeout(() => reject(new Error(`the client did not become ${status}`)), PATIENCE_MS);
    const stop = board.subscribe(() => {
      if (board.status !== status) return;
      clearTimeout(impatience);
      stop();
      resolve();
    });
  });
}

function describe({ columns, tasks }: Snapshot): string {
  return `sees ${columns.length} columns, ${tasks.length} tasks`;
}

async function arrival({ name, board }: Sight, version: number): Promise<Snapshot> {
  try {
    return await board.waitForVersion(version, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    throw new ServerError(`${name} did not see version ${version} (${board.status} at ${board.version}).`, {
      cause: error,
    });
  }
}

/** Whether both clients have what the database has. */
async function compare(left: Sight, right: Sight): Promise<boolean> {
  for (;;) {
    const { cursor, ...truth } = await left.person.trestle.boards.get.query({ boardId: left.board.boardId });
    const version = Number.parseInt(cursor, 10);
    const states = await Promise.all([arrival(left, version), arrival(right, version)]);
    // Somebody else may be at work on that board, too: then once more.
    if (left.board.version !== version || right.board.version !== version) continue;
    const [mine, theirs] = states.map(({ cursor: _, ...state }) => isDeepStrictEqual(state, truth));
    if (mine && theirs) say(`Both equal the database, at version ${version}.`);
    if (!mine) say(`${left.name} has another board than the database, at version ${version}.`);
    if (!theirs) say(`${right.name} has another board than the database, at version ${version}.`);
    return mine === true && theirs === true;
  }
}

const HELP_OPTION = { help: { type: "boolean", short: "h", default: false } } as const;

try {
  if (parseArgs({ options: HELP_OPTION }).values.help) console.log(HELP);
  else process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
