import { z } from "zod";

/** How sockets are opened: as they are, or as the client of Socket.IO or of a tRPC server would. */
const Dialect = z.discriminatedUnion("as", [
  z.object({ as: z.literal("bare") }),
  z.object({ as: z.literal("socket.io") }),
  z.object({
    as: z.literal("trpc"),
    path: z.enum(["boards.live", "live"]),
    /** By turns as each of these people: an account may have no more than a hundred connections. */
    tokens: z.array(z.string()).min(1).readonly(),
    /** By turns these boards. */
    boardIds: z.array(z.string()).min(1).readonly(),
  }),
]);
export type Dialect = z.infer<typeof Dialect>;

/**
 * What the process with the sockets is told: to open a group of them, or more of it, some at a time; to close it; to
 * come back as one who has missed so many events; and to say when all of a group has so many events. `events`: socket n has to get `events[n % events.length]`, not one more or less.
 * `sentAtMs`: when each was sent, by the clock of `now`, to know how long they took.
 */
export const ToWatchers = z.discriminatedUnion("do", [
  z.object({
    do: z.literal("open"),
    group: z.string(),
    url: z.string(),
    count: z.int(),
    atOnce: z.int(),
    dialect: Dialect,
    isTimed: z.boolean(),
  }),
  z.object({ do: z.literal("close"), group: z.string() }),
  z.object({
    do: z.literal("resume"),
    url: z.string(),
    token: z.string(),
    boardId: z.string(),
    lastEventId: z.string(),
    events: z.int(),
  }),
  z.object({
    do: z.literal("expect"),
    group: z.string(),
    events: z.array(z.int()).min(1).readonly(),
    sentAtMs: z.array(z.number()).readonly(),
  }),
]);
export type ToWatchers = z.infer<typeof ToWatchers>;

const Latencies = z.object({ p50: z.number(), p99: z.number() });
export type Latencies = z.infer<typeof Latencies>;

/** `frames` are those that one socket of the group got; `latenciesMs` are those of every delivery. */
export const Got = z.object({ frames: z.array(z.string()), latenciesMs: Latencies });
export type Got = z.infer<typeof Got>;

/** From the dialling until the last of the events was there, and all bytes that came. */
export const Resumed = z.object({ ms: z.number(), bytes: z.int() });
export type Resumed = z.infer<typeof Resumed>;

/** From the first socket that was dialled until the last had its board, where they were opened. */
export const OpenedMs = z.number();

/** Milliseconds by a clock that all processes of a machine share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
