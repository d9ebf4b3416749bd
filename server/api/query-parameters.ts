import { z } from "zod";
import { AppError } from "../core/app-error.ts";
import { toInputSchema } from "./input-schema.ts";

/** How the parameter of a query says what it means: as it is, or written as in JSON. */
export type ParameterKind = "text" | "number" | "boolean" | "json";

const Node = z.looseObject({
  type: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});

/** The parameters of a query by the schema of its input: name → kind. */
export function parametersOf(input: z.ZodType): ReadonlyMap<string, ParameterKind> {
  const { properties = {} } = Node.parse(toInputSchema(input));
  return new Map(Object.entries(properties).map(([name, schema]) => [name, kindOf(schema)]));
}

/** What may be null is left out instead. */
function kindOf(schema: unknown): ParameterKind {
  const node = Node.parse(schema);
  const kinds = new Set(
    (node.anyOf ?? node.oneOf ?? [node]).filter((one) => Node.parse(one).type !== "null").map(typeOf),
  );
  const [only = "json"] = kinds;
  return kinds.size === 1 ? only : "json";
}

function typeOf(schema: unknown): ParameterKind {
  const { type } = Node.parse(schema);
  if (type === "string") return "text";
  if (type === "integer" || type === "number") return "number";
  return type === "boolean" ? "boolean" : "json";
}

/** The input that an address says, each parameter once. What is of the wrong type is left to the procedure. Fails: INPUT_INVALID. */
export function readParameters(query: string, kinds: ReadonlyMap<string, ParameterKind>): Record<string, unknown> {
  const input = new Map<string, unknown>();
  for (const [name, text] of new URLSearchParams(query)) {
    if (input.has(name)) throw new AppError("INPUT_INVALID", { fields: { [name]: "Say this once." } });
    input.set(name, read(name, text, kinds.get(name)));
  }
  return Object.fromEntries(input);
}

function read(name: string, text: string, kind: ParameterKind = "text"): unknown {
  switch (kind) {
    case "text":
      return text;
    case "number":
      return /^-?\d+(?:\.\d+)?$/u.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || (text === "false" ? false : text);
    case "json":
      return parsed(name, text);
  }
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("INPUT_INVALID", { fields: { [name]: "Write this as JSON." }, cause });
  }
}
