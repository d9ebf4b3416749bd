import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createTrestle } from "../../../client/index.ts";
import { type Figure, figure } from "./figure.ts";
import type { Reader } from "./reader.ts";
import { percentile, reached, Stage, until } from "./stage.ts";

const MIB = 1 << 20;
/** The most that a client of ours waits before it dials again at first. */
const JITTER_MS = 300;

/** Sockets to the database come and go. */
const POOL = 10;

/** Changes while a crowd is away. */
const MISSED = 20;

const ms = (value: number) => `${Math.round(value)} ms`;

/** `kill -9` of one of two servers, five times: how long until everybody has what was written right after. */
export async function afterKill(): Promise<Figure[]> {
  const stage = await Stage.open({ processes: 2 });
  try {
    const readers = await stage.read(await stage.system.openDoor("readers"), 40);
    const took: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const server = stage.system.servers[round % 2];
      const since = performance.now();
      await server?.kill();
      const version = await stage.change({ title: `After kill ${round}` });
      took.push(...(await reached(readers, version, since)));
      await server?.start();
    }
    const p99 = percentile(
      took.toSorted((a, b) => a - b),
      0.99,
    );
    const limit = 3_000 + JITTER_MS;
    return [figure("kill -9 of a server: all converged, p99", ms(limit), ms(p99), p99 <= limit)];
  } finally {
    await stage.close();
  }
}

/** A restart of Postgres under open watches: how long from its first connection until everybody has a new change. */
export async function afterDatabaseRestart(): Promise<Figure[]> {
  const stage = await Stage.open({ processes: 2 });
  try {
    const readers = await stage.read(await stage.system.openDoor("readers"), 40);
    const took: number[] = [];
    for (const how of ["fast", "immediate", "fast", "immediate"] as const) {
      await stage.system.cluster.restart(how, 500);
      const since = performance.now();
      const version = await stage.change({ title: `After ${how} at ${since}` });
      took.push(...(await reached(readers, version, since)));
    }
    const most = Math.max(...took);
    const snapshots = readers.filter(({ reasons }) => reasons.length > 1).length;
    return [
      figure("Postgres restarted: all converged after it accepts connections", "2000 ms", ms(most), most <= 2_000),
      figure("Postgres restarted: watches that needed a snapshot", "0", String(snapshots), snapshots === 0),
    ];
  } finally {
    await stage.close();
  }
}

/** Access taken away: how long after the answer the removed could still hear something. */
export async function afterRevocation(): Promise<Figure[]> {
  const told = await Stage.open({ processes: 2 });
  const figures: Figure[] = [];
  try {
    const here = await silence(told, 0, 40);
    figures.push(figure("revocation to silence in the same process, p99", "20 ms", ms(here), here <= 20));
    const there = await silence(told, 1, 40);
    figures.push(figure("revocation to silence across processes, p99", "150 ms", ms(there), there <= 150));
  } finally {
    await told.close();
  }
  const untold = await Stage.open({ processes: 2, wakeups: "drop" });
  try {
    const late = await silence(untold, 1, 8);
    figures.push(figure("revocation to silence with wake-ups dropped, most", "10000 ms", ms(late), late <= 10_000));
  } finally {
    await untold.close();
  }
  return figures;
}

async function silence(stage: Stage, server: number, rounds: number): Promise<number> {
  const guest = await stage.admit("guest");
  // The owner's calls go to the first server.
  const trestle = createTrestle({ url: stage.urlOf(0), token: stage.owner.token });
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await trestle.boards.share.mutate({ boardId: stage.boardId, userId: guest.id, role: "viewer" });
    const reader = stage.reader(stage.urlOf(server), guest.token);
    await until(() => reader.version > 0, "the guest did not get a snapshot");
    await trestle.boards.unshare.mutate({ boardId: stage.boardId, userId: guest.id });
    const since = performance.now();
    await until(() => reader.ending !== undefined, "the guest was not told");
    took.push(Math.max(0, (reader.ending?.at ?? 0) - since));
    reader.close();
  }
  await trestle.close();
  return percentile(
    took.toSorted((a, b) => a - b),
    0.99,
  );
}

/** A thousand readers that stop: what they cost, and what the others notice, before and after whom nobody else reads. */
export async function withStalledReaders(): Promise<Figure[]> {
  const stage = await Stage.open({ processes: 1 });
  try {
    const url = stage.urlOf(0);
    const others = await stage.read(url, 20);
    const alone = await latencies(stage, others, "alone");
    const stalled = await stage.read(url, 1_000);
    const [before, sockets] = [await memoryOf(stage), await socketsOf(stage)];
    for (const reader of stalled) reader.stall();
    await fillKernel(stage, stalled.length);
    await delay(2_000);
    const grown = (await memoryOf(stage)) - before;
    const beside = await latencies(stage, others, "beside stalled readers");
    const stayed = (await socketsOf(stage)) > sockets - POOL;
    for (const reader of stalled) reader.close();
    await delay(2_000);
    const aloneAgain = await latencies(stage, others, "alone again");
    const calmP99 = median([...alone, ...aloneAgain]);
    const besideP99 = median(beside);
    const ratio = besideP99 / calmP99;
    return [
      figure("1,000 stalled readers: memory added", "320 MiB", `${Math.round(grown / MIB)} MiB`, grown <= 320 * MIB),
      figure(
        "1,000 stalled readers: p99 of the others against that without them",
        "1.10",
        `${ratio.toFixed(2)} (${besideP99.toFixed(1)} and ${calmP99.toFixed(1)} ms)${stayed ? "" : ", but not all of them were there"}`,
        ratio <= 1.1 && stayed,
      ),
    ];
  } finally {
    await stage.close();
  }
}

/**
 * From the sending of a change to its arrival at each reader: the p99 of each fifty changes. Their median says what is
 * usual: a hiccup of the machine is in one of them.
 */
async function latencies(stage: Stage, readers: readonly Reader[], what: string): Promise<number[]> {
  const p99s: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    const took: number[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      const since = performance.now();
      const version = await stage.change({ title: `${what} ${round} ${turn}` });
      took.push(...(await reached(readers, version, since)));
    }
    p99s.push(
      percentile(
        took.toSorted((a, b) => a - b),
        0.99,
      ),
    );
  }
  return p99s;
}

function median(values: readonly number[]): number {
  return percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

/** Makes changes until the kernel takes no more of them for those who do not read: soon after, they are given up. */
async function fillKernel(stage: Stage, sockets: number): Promise<void> {
  const text = "x".repeat(30_000);
  const atOnce = 10;
  for (let round = 0, isTaken = true; isTaken; round += 1) {
    const before = await bytesInKernel();
    for (let turn = 0; turn < atOnce; turn += 1) await stage.change({ description: `${round} ${turn} ${text}` });
    await delay(200);
    isTaken = (await bytesInKernel()) - before > (sockets * text.length * atOnce) / 10;
  }
}

/** What waits in all TCP sockets of Linux. */
async function bytesInKernel(): Promise<number> {
  const pages = /^TCP: .* mem (?<pages>\d+)/mu.exec(await readFile("/proc/net/sockstat", "utf8"))?.groups?.["pages"];
  return Number(pages) * 4_096;
}

async function socketsOf({ system }: Stage): Promise<number> {
  return (await system.servers[0]?.countSockets()) ?? 0;
}

async function memoryOf({ system }: Stage): Promise<number> {
  const [server] = system.servers;
  await server?.sampleMemory();
  return server?.rssBytes.at(-1) ?? 0;
}

/** 2,000 clients whose connections break at once: what they get, and what that costs the database. */
export async function afterStorm(): Promise<Figure[]> {
  const stage = await Stage.open({ processes: 1 });
  try {
    const door = await stage.system.openDoor("crowd");
    const readers = await stage.read(door, 2_000);
    const edge = stage.system.clientEdges.get("crowd");
    const readBefore = await eventsRead(stage);
    edge?.set({ refuses: true });
    edge?.cut("reset");
    let version = 0;
    for (let turn = 0; turn < MISSED; turn += 1) version = await stage.change({ title: `Missed ${turn}` });
    const since = performance.now();
    edge?.heal();
    const took = await reached(readers, version, since);
    const read = (await eventsRead(stage)) - readBefore;
    const missed = MISSED * readers.length;
    const snapshots = readers.reduce((sum, { reasons }) => sum + reasons.length - 1, 0);
    return [
      figure("2,000 clients come back: snapshots", "0", String(snapshots), snapshots === 0),
      figure(
        `2,000 clients come back: events read in Postgres, of ${missed} that they missed`,
        String(missed / 10),
        String(read),
        read <= missed / 10,
      ),
      figure("2,000 clients come back: all converged", "-", ms(took.at(-1) ?? 0), true),
    ];
  } finally {
    await stage.close();
  }
}

/**
 * How many events anybody read in the database: the missed ones, and the last one of the stream whenever somebody looks
 * where it is. Postgres counts what a connection did when that is idle for ten seconds, at the latest.
 */
async function eventsRead({ system }: Stage): Promise<number> {
  await delay(11_000);
  return system.cluster.query(async (sql) => {
    const [row] = await sql<{ read: string }[]>`
      select seq_tup_read + coalesce(idx_tup_fetch, 0) as read from pg_stat_user_tables where relname = 'event'`;
    return Number(row?.read ?? 0);
  });
}
