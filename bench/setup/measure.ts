import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { z } from "zod";

setFlagsFromString("--expose-gc");
const collect = z.custom<() => void>((value) => typeof value === "function").parse(runInNewContext("gc"));

/** One round of a measurement. */
export interface Round {
  readonly wallMs: number;
  /** All threads of this process, in user and system mode, in microseconds. */
  readonly cpuUs: number;
}

/** Measures one piece of work. Garbage of what ran before is collected first: it is not on this one's account. */
export async function measure(work: () => Promise<unknown>): Promise<Round> {
  collect();
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - startedAt, cpuUs: user + system };
}

/** What `writers` that never rest did in a round, one call after the other each. */
export interface Load extends Round {
  readonly latenciesMs: readonly number[];
  readonly perSecond: number;
}

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
  return { ...round, latenciesMs, perSecond: (latenciesMs.length / round.wallMs) * 1000 };
}
