import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { z } from "zod";

setFlagsFromString("--expose-gc");
const collect = z
  .custom<(options?: object) => void>((value) => typeof value === "function")
  .parse(runInNewContext("gc"));
/** Garbage whose memory is given back at once. */
const EVERYTHING = { type: "major", execution: "sync", flavor: "last-resort" };

/** One round of a measurement: `cpuUs` is all threads of a process, in user and system mode. */
export const Round = z.object({ wallMs: z.number(), cpuUs: z.number() });
export type Round = z.infer<typeof Round>;

/** Begins to measure this process. Garbage of what ran before is collected first: it is not on this one's account. */
export function measuring(): () => Round {
  collect();
  const startedAt = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { wallMs: performance.now() - startedAt, cpuUs: user + system };
  };
}

/** Measures one piece of work of this process. */
async function measure(work: () => Promise<unknown>): Promise<Round> {
  const measured = measuring();
  await work();
  return measured();
}

export const Memory = z.object({ rssBytes: z.number(), heapBytes: z.number() });

/** The memory of this process without garbage. */
export function measureMemory(): z.infer<typeof Memory> {
  collect(EVERYTHING);
  collect(EVERYTHING);
  const { rss, heapUsed } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed };
}

/** What `writers` that never rest did in a round, one call after the other each. */
export const Load = Round.extend({ perSecond: z.number(), p50Ms: z.number(), p99Ms: z.number(), calls: z.int() });
export type Load = z.infer<typeof Load>;

/** Lets `writers` call again and again for a while. */
export async function underLoad(
  writers: number,
  ms: number,
  call: (writer: number) => Promise<unknown>,
): Promise<Load> {
  const latenciesMs: number[] = [];
  const round = await measure(async () => {
    const until = performance.now() + ms;
    const writeOn = async (writer: number) => {
      for (let startedAt = performance.now(); startedAt < until;) {
        await call(writer);
        const now = performance.now();
        latenciesMs.push(now - startedAt);
        startedAt = now;
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => writeOn(writer)));
  });
  return {
    ...round,
    calls: latenciesMs.length,
    perSecond: (latenciesMs.length / round.wallMs) * 1000,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
  };
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which a share of all lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at % 1);
}
