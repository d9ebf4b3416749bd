import { z } from "zod";

const Span = z.enum(["begin", "end"]);

/** What a process of a bench is asked: something of its own, what a span of time took of it, or how its loop fared. */
export const Ask = z.object({
  id: z.int(),
  ask: z.union([
    z.strictObject({ told: z.unknown() }),
    z.strictObject({ measure: Span }),
    z.strictObject({ loop: Span }),
  ]),
});
export type Ask = z.infer<typeof Ask>;

export const Answer = z.union([
  z.strictObject({ id: z.int(), answer: z.unknown() }),
  z.strictObject({ id: z.int(), why: z.string() }),
]);
export type Answer = z.infer<typeof Answer>;

/** The answer where there is nothing to say. */
export const Done = z.null();
