import { z } from "zod";

/** One request, sent again and again over so many connections. */
export const Calls = z.object({
  url: z.string(),
  method: z.enum(["GET", "POST"]),
  headers: z.record(z.string(), z.string()),
  count: z.int(),
  connections: z.int(),
});
export type Calls = z.infer<typeof Calls>;

/** What the process that calls says when all were answered: how long that took there, and what came. */
export const Called = z.discriminatedUnion("said", [
  z.object({ said: z.literal("called"), bytes: z.int(), ms: z.number() }),
  z.object({ said: z.literal("failed"), why: z.string() }),
]);
export type Called = z.infer<typeof Called>;
