import { z } from "zod";

/** One who calls by HTTP on a connection of their own, these bodies in turn (none: a GET), one call after the other. */
const Line = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  bodies: z.array(z.string()).readonly(),
});

/** What the process that calls is told: who calls, and until when all of them go on. */
export const Calls = z.object({
  lines: z.array(Line).min(1).readonly(),
  until: z.union([z.strictObject({ calls: z.int() }), z.strictObject({ ms: z.number() })]),
});
export type Calls = z.infer<typeof Calls>;

/** What came of it, and how long it took where it was called. */
export const Called = z.object({
  ms: z.number(),
  /** Of all answers, as they came over the wire, without their heads. */
  bytes: z.int(),
  /** How many were answered, for each line. */
  answered: z.array(z.int()),
  p50Ms: z.number(),
  p99Ms: z.number(),
});
export type Called = z.infer<typeof Called>;
