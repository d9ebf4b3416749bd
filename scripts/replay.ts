/** `npm run replay -- FILE`: the recorded history of a Trello board, through the API. `--help` tells more. */
import { parseArgs } from "node:util";
import { explain, openServer } from "./own-server.ts";
import { ReplayError, readExport } from "./replay/export.ts";
import { describeReport, showProgress } from "./replay/printing.ts";
import { Replay } from "./replay/replay.ts";

const HELP = `Usage: npm run replay -- FILE [--watchers 8] [--speed max|N]

Replays the actions that an export of a Trello board (JSON) records: as its members, through the API, one after the
other, in an organisation of its own. Watchers follow the board over WebSockets of their own meanwhile. Then it
compares: every watcher with boards.get, and the board with what the export ends with. Ends with 1 on any difference.

  --watchers N   how many follow the board (8); every fourth is a stock tRPC client
  --speed N      actions a second; max: as fast as answers come (max)

TRESTLE_URL    the server to use; without it, one of its own that is gone in the end. A server that is killed and
               started again meanwhile is waited for, up to a minute.
`;

const MOST_WATCHERS = 1_000;

interface Arguments {
  readonly file: string;
  readonly watchers: number;
  readonly speed: number | undefined;
}

function readArguments(): Arguments | "help" {
  const { values, positionals } = parse();
  if (values.help) return "help";
  const [file, ...others] = positionals;
  if (file === undefined) throw new ReplayError(`Which file?\n\n${HELP}`);
  if (others.length > 0) throw new ReplayError(`One file at a time, please: not also ${others.join(", ")}.`);
  const watchers = Number(values.watchers);
  if (!Number.isInteger(watchers) || watchers < 0 || watchers > MOST_WATCHERS) {
    throw new ReplayError(`--watchers is a number from 0 to ${MOST_WATCHERS}, not ${values.watchers}.`);
  }
  const speed = values.speed === "max" ? undefined : Number(values.speed);
  if (speed !== undefined && !(speed > 0)) {
    throw new ReplayError(`--speed is max, or actions a second, not ${values.speed}.`);
  }
  return { file, watchers, speed };
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        watchers: { type: "string", default: "8" },
        speed: { type: "string", default: "max" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new ReplayError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === "help") {
    console.log(HELP);
    return;
  }
  const { watchers, speed } = given;
  const file = await readExport(given.file);
  const server = await openServer(console.log);
  try {
    const replay = new Replay({ url: server.url, file, watchers, speed });
    const progress = showProgress(() => replay.status, process.stdout);
    const report = await replay.run().finally(() => progress.close());
    console.log(`\n${describeReport(report)}`);
    if (!server.own) {
      const { orgSlug, email, password } = report.account;
      console.log(`The board stays in the organisation ${orgSlug}: sign in as ${email} with ${password}`);
    }
    process.exitCode = report.differences.length === 0 ? 0 : 1;
  } finally {
    await server.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(explain(error, ReplayError));
  process.exitCode = 1;
}
