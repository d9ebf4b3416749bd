import { z } from "zod";

export const KINDS = ["live", "socket.io", "stock", "bare"] as const;

const Connection = z.object({ host: z.string(), port: z.int(), user: z.string(), database: z.string() });

/** What a server of the bench is told: what to be, and to say how much memory it takes. */
export const ToIdleServer = z.discriminatedUnion("do", [
  z.object({ do: z.literal("open"), kind: z.enum(KINDS), connection: Connection }),
  z.object({ do: z.literal("measure") }),
]);
export type ToIdleServer = z.infer<typeof ToIdleServer>;

/** What it says. */
export const FromIdleServer = z.discriminatedUnion("said", [
  z.object({ said: z.literal("opened"), url: z.string() }),
  z.object({ said: z.literal("memory"), rssBytes: z.number(), heapBytes: z.number() }),
  z.object({ said: z.literal("failed"), why: z.string() }),
]);
export type FromIdleServer = z.infer<typeof FromIdleServer>;
