import { z } from "zod";

/** What something has to reach. */
export const Goal = z.union([z.strictObject({ atLeast: z.number() }), z.strictObject({ atMost: z.number() })]);
export type Goal = z.infer<typeof Goal>;

/** One line of what benches found: `npm run bench -- --json` prints these, and docs/performance.jsonl keeps them. */
export const Result = z.object({
  bench: z.string(),
  what: z.string(),
  /** What it is held against. Empty: the value stands for itself. */
  against: z.string(),
  /** The median of the rounds, and how far they lie apart. `×`: a ratio. */
  value: z.number(),
  unit: z.string(),
  least: z.number(),
  most: z.number(),
  /** None: it is said beside others. */
  goal: Goal.optional(),
  reached: z.boolean().optional(),
  /** The same of other products, measured at another time and on another machine of this kind. */
  elsewhere: z.record(z.string(), z.string()).optional(),
});
export type Result = z.infer<typeof Result>;
