import { z } from "zod";

/** By turns as each of these people: an account may have no more than a hundred connections. */
const Watch = z.object({ tokens: z.array(z.string()).min(1), boardId: z.string() });

/** What the process with the sockets is told: to open a group of them, and to say when all of it has so many events. */
export const ToWatchers = z.discriminatedUnion("do", [
  z.object({ do: z.literal("open"), group: z.string(), url: z.string(), count: z.int(), watch: Watch.optional() }),
  z.object({ do: z.literal("expect"), group: z.string(), events: z.int() }),
]);
export type ToWatchers = z.infer<typeof ToWatchers>;

/** What it says. `frames` are those that one socket of the group got. */
export const FromWatchers = z.discriminatedUnion("said", [
  z.object({ said: z.literal("opened"), group: z.string() }),
  z.object({ said: z.literal("got"), group: z.string(), frames: z.array(z.string()) }),
  z.object({ said: z.literal("failed"), why: z.string() }),
]);
export type FromWatchers = z.infer<typeof FromWatchers>;
