import { z } from "zod";

export const KINDS = [
  "trestle",
  "bare ws",
  "socket.io",
  "feathers",
  "stock",
  "node:http",
  "direct lane",
  "tRPC's adapter",
] as const;
export type Kind = (typeof KINDS)[number];

const Connection = z.object({ host: z.string(), port: z.int(), user: z.string(), database: z.string() });

/** Where the events of a board that is made to talk go on, and what they are about. */
const Talk = z.object({
  boardId: z.string(),
  version: z.int(),
  nonce: z.int(),
  accessVersion: z.int(),
  actorId: z.string(),
  taskIds: z.array(z.string()).min(1).readonly(),
  columnIds: z.array(z.string()).min(1).readonly(),
});
export type Talk = z.infer<typeof Talk>;

/**
 * What a server of a bench is told. `open`: what to be. `talk`: which board `send` and `pace` make moves of, which are
 * told to everybody who watches and are in no database; `frames`: the finished frames that a bare server sends instead.
 */
export const ToServer = z.discriminatedUnion("do", [
  z.object({ do: z.literal("open"), kind: z.enum(KINDS), connection: Connection, isQuiet: z.boolean() }),
  z.object({ do: z.literal("talk"), talk: Talk }),
  z.object({ do: z.literal("frames"), frames: z.array(z.string()).readonly() }),
  z.object({ do: z.literal("send"), events: z.int() }),
  z.object({ do: z.literal("pace"), events: z.int(), everyMs: z.number() }),
  z.object({ do: z.literal("memory") }),
]);
export type ToServer = z.infer<typeof ToServer>;

/** Its addresses, by HTTP and by WebSocket. */
export const Opened = z.object({ url: z.string(), socketUrl: z.string() });
export type Opened = z.infer<typeof Opened>;
