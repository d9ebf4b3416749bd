import { z } from "zod";
import type { Meta } from "../../server/core/trpc.ts";
import { appRouter } from "../../server/router.ts";

const Definition = z.object({
  type: z.enum(["query", "mutation", "subscription"]),
  meta: z.custom<Meta>().optional(),
  inputs: z.array(z.custom<z.ZodType>((value) => value instanceof z.ZodType)),
  output: z.unknown().optional(),
});

/** Every procedure of the router as it is defined: `inputs` are its parsers, of which the last one is the whole contract. */
export const PROCEDURES = Object.entries<unknown>(appRouter._def.procedures).map(([path, procedure]) => {
  const { type, meta, inputs, output } = Definition.parse(Reflect.get(Object(procedure), "_def"));
  const { action, isRecent = false } = meta ?? {};
  return { path, type, action, isRecent, inputs, hasOutput: output !== undefined };
});
