import { z } from "zod";

type JsonNode = z.core.JSONSchema.BaseSchema;

/** Takes away what zod writes and nobody needs to read: what a format says already, and that a number is a safe one. */
export function shorten(jsonSchema: JsonNode): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** What a procedure takes, as JSON Schema. */
export function toInputSchema(input: z.ZodType): JsonNode {
  return z.toJSONSchema(input, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => shorten(jsonSchema),
  });
}
