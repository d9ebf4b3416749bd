import { z } from "zod";

/** By turns as each of these people: an account may have no more than a hundred connections. */
const Watch = z.object({ tokens: z.array(z.string()).min(1), boardId: z.string() });

/** How sockets are opened: as they are, or as the client of Socket.IO, of a stock tRPC server, or of Trestle would. */
const Dialect = z.discriminatedUnion("as", [
  z.object({ as: z.literal("bare") }),
  z.object({ as: z.literal("socket.io") }),
  z.object({ as: z.literal("stock") }),
  Watch.extend({ as: z.literal("live") }),
]);
export type Dialect = z.infer<typeof Dialect>;

/**
 * What the process with the sockets is told: to open a group of them, or more of it, and to say when all of it has so
 * many events. `sentAtMs`: when each was sent, by the clock of `now`.
 */
export const ToWatchers = z.discriminatedUnion("do", [
  z.object({ do: z.literal("open"), group: z.string(), url: z.string(), count: z.int(), dialect: Dialect }),
  z.object({ do: z.literal("expect"), group: z.string(), events: z.int(), sentAtMs: z.array(z.number()) }),
]);
export type ToWatchers = z.infer<typeof ToWatchers>;

/** What it says. `frames` are those that one socket of the group got; `latenciesMs` are those of every delivery. */
const Latencies = z.object({ p50: z.number(), p99: z.number() });
export type Latencies = z.infer<typeof Latencies>;
export const FromWatchers = z.discriminatedUnion("said", [
  z.object({ said: z.literal("opened"), group: z.string() }),
  z.object({ said: z.literal("got"), group: z.string(), frames: z.array(z.string()), latenciesMs: Latencies }),
  z.object({ said: z.literal("failed"), why: z.string() }),
]);
export type FromWatchers = z.infer<typeof FromWatchers>;

/** Milliseconds by a clock that all processes of a machine share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
