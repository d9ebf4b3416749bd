/** What memory each of 5,000 idle watchers of a board takes in a server of its own, against Socket.IO, bare `ws` and stock tRPC. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Bench, bench } from "./setup/bench.ts";
import { ownCrowd } from "./setup/crowd.ts";
import { FromIdleServer, KINDS, type ToIdleServer } from "./setup/idle-server.contract.ts";
import { median, printTable, reportRatio, spread } from "./setup/report.ts";
import type { Dialect } from "./setup/watchers.contract.ts";
import { type Connection, createBoard, createTeam, gatherStatistics, ownDatabase, ownServices } from "./setup/world.ts";

/** Opened before anything is measured: what the first ones take is the server's own. */
const FIRST = 500;
/** An account may have a hundred connections. */
const PER_PERSON = 90;

type Kind = (typeof KINDS)[number];
const NAMES: Record<Kind, string> = {
  live: "boards.live",
  "socket.io": "Socket.IO, a room",
  stock: "a stock tRPC subscription",
  bare: "a bare ws",
};

await bench(async (bench) => {
  const watchers = bench.short ? 1_500 : 5_000;
  const rounds = bench.short ? 1 : 3;
  const connection = await ownDatabase(bench);
  const services = await ownServices(bench, connection, 2);
  const team = await createTeam(services, Math.ceil((watchers + FIRST) / PER_PERSON));
  const board = await createBoard(team, ["To do", "Done"], 10);
  await gatherStatistics(services.db);
  const live = { as: "live", tokens: team.people.map(({ token }) => token), boardId: board.id } as const;

  const rss = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  const heap = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of KINDS) {
      const taken = await measureOne(bench, kind, {
        watchers,
        connection,
        dialect: kind === "live" ? live : { as: kind },
      });
      rss.get(kind)?.push(taken.rssBytes / watchers / 1_024);
      heap.get(kind)?.push(taken.heapBytes / watchers / 1_024);
    }
  }

  console.log(`  ${watchers} more where ${FIRST} watch already, garbage collected, ${rounds} rounds`);
  printTable(
    ["KiB for each watcher", "resident", "JavaScript heap"],
    KINDS.map((kind) => [NAMES[kind], spread(rss.get(kind) ?? []), spread(heap.get(kind) ?? [])]),
  );
  const of = (kind: Kind) => median(rss.get(kind) ?? []);
  reportRatio(bench, "resident memory of an idle watcher, of Socket.IO's", of("live") / of("socket.io"), {
    atMost: 0.75,
  });
});

interface Run {
  readonly watchers: number;
  readonly connection: Connection;
  readonly dialect: Dialect;
}

/** Starts a server of a kind, and lets so many watch. Answers what they take. */
async function measureOne(
  bench: Bench,
  kind: Kind,
  { watchers, connection, dialect }: Run,
): Promise<{ rssBytes: number; heapBytes: number }> {
  const crowd = await ownCrowd(bench, watchers + FIRST);
  const child = await bench.own(
    () => fork(fileURLToPath(new URL("setup/idle-server.ts", import.meta.url)), []),
    (started) => stop(started),
  );
  const { url } = await ask(child, { do: "open", kind, connection }, "opened");
  await crowd.open(kind, url, FIRST, dialect);
  const before = await ask(child, { do: "measure" }, "memory");
  await crowd.open(kind, url, watchers, dialect);
  const after = await ask(child, { do: "measure" }, "memory");
  crowd.close();
  await stop(child);
  return { rssBytes: after.rssBytes - before.rssBytes, heapBytes: after.heapBytes - before.heapBytes };
}

async function ask<Said extends FromIdleServer["said"]>(
  child: ChildProcess,
  told: ToIdleServer,
  said: Said,
): Promise<FromIdleServer & { said: Said }> {
  child.send(told);
  const heard = await new Promise<FromIdleServer>((resolve, reject) => {
    child.once("message", (message) => resolve(FromIdleServer.parse(message)));
    child.once("exit", () => reject(new Error("a server of the bench has ended")));
  });
  child.removeAllListeners("exit");
  if (!isSaid(heard, said)) throw new Error(`a server of the bench failed: ${JSON.stringify(heard)}`);
  return heard;
}

function isSaid<Said extends FromIdleServer["said"]>(
  heard: FromIdleServer,
  said: Said,
): heard is FromIdleServer & { said: Said } {
  return heard.said === said;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  if (child.connected) child.disconnect();
  await ended;
}
