import fc from "fast-check";
import { z } from "zod";
import { PROCEDURES } from "../setup/procedures.ts";
import { annotations, hostile, hostileText, POLLUTING, textOf } from "./hostile-values.ts";

// Inputs that are nearly right: made of each procedure's own schema and of ids that there are, so that they get past
// the first look, and then spoiled in one place or another.

/** A call in tRPC's protocol. */
export interface HostileCall {
  readonly path: string;
  readonly type: "query" | "mutation" | "subscription";
  /** The JSON of what superjson reads; undefined: there is no input. */
  readonly payload: string | undefined;
  readonly way: (typeof WAYS)[number];
  readonly isSignedIn: boolean;
}

/** How it is sent: alone, within a batch, past the direct lane, or over a WebSocket, alone or with others in a frame. */
const WAYS = ["alone", "batch", "adapter", "socket", "frame"] as const;

/** Ids that there are, by the names that inputs have for them. */
export type KnownIds = ReadonlyMap<string, readonly string[]>;

/** As much of JSON Schema as zod makes of our inputs. */
const Schema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
  maxItems: z.number().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** Every procedure with what its input looks like; undefined: it takes none. */
const SHAPES = PROCEDURES.map(({ path, type, inputs }) => {
  const schema = inputs.at(-1);
  return { path, type, schema: schema && z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) };
});

/** A value as a schema wants it; `name` is what its place is called. */
function valueOf(of: unknown, name: string, known: KnownIds): fc.Arbitrary<unknown> {
  const schema = Schema.parse(of ?? {});
  const types = Array.isArray(schema.type) ? schema.type.map((type) => ({ ...schema, type })) : undefined;
  const choices = schema.anyOf ?? schema.oneOf ?? types;
  if (choices) return fc.oneof(...choices.map((choice) => valueOf(choice, name, known)));
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type ?? "any") {
    case "string":
      return stringOf(schema, name, known);
    case "integer":
    case "number":
      return fc.integer({ min: Math.max(schema.minimum ?? 0, -1_000), max: Math.min(schema.maximum ?? 1_000, 1_000) });
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(valueOf(schema.items, name, known), {
        maxLength: Math.min(schema.maxItems ?? 3, 3),
        minLength: 1,
      });
    case "object":
      return objectOf(schema, known);
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function stringOf({ format, pattern, maxLength }: z.infer<typeof Schema>, name: string, known: KnownIds) {
  const ids = known.get(name) ?? [];
  if (ids.length > 0) {
    return fc.oneof({ arbitrary: fc.constantFrom(...ids), weight: 9 }, { arbitrary: fc.uuid(), weight: 1 });
  }
  if (format === "uuid") return fc.uuid();
  if (format === "date-time") return fc.constantFrom("2030-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z");
  const text = fc.string({ minLength: 1, maxLength: Math.min(maxLength ?? 40, 40) });
  // Those that look ahead say what a text may not hold, and fast-check reads none of them.
  if (pattern === undefined || /\(\?[=!<]/u.test(pattern)) return text;
  return fc.stringMatching(new RegExp(pattern, "u"), { maxLength: Math.min(maxLength ?? 200, 200) });
}

function objectOf({ properties = {}, required = [] }: z.infer<typeof Schema>, known: KnownIds): fc.Arbitrary<unknown> {
  const entries = Object.entries(properties).map(([key, of]) => [key, valueOf(of, key, known)] as const);
  return fc.record(Object.fromEntries(entries), { requiredKeys: required });
}

type Place = readonly string[];

/** Every place within a value, itself among them. */
function placesIn(value: unknown, at: Place = []): Place[] {
  return [at, ...partsOf(value).flatMap(([key, part]) => placesIn(part, [...at, key]))];
}

function partsOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** The value with something else in one place, or, when `by` is undefined, with nothing there. */
function spoiled(value: unknown, [key, ...rest]: Place, by: unknown): unknown {
  if (key === undefined) return by;
  const entries = partsOf(value).flatMap(([name, part]): [string, unknown][] => {
    if (name !== key) return [[name, part]];
    const other = spoiled(part, rest, by);
    return other === undefined ? [] : [[name, other]];
  });
  return Array.isArray(value) ? entries.map(([, part]) => part) : Object.fromEntries(entries);
}

/** One call of each procedure, in the order of the router. */
export function callsOfAll(known: KnownIds): fc.Arbitrary<HostileCall[]> {
  const callOf = ({ path, type, schema }: (typeof SHAPES)[number]) =>
    fc.record({
      path: fc.constant(path),
      type: fc.constant(type),
      payload: payloadOf(schema, known),
      way: fc.constantFrom(...WAYS),
      isSignedIn: fc.nat(4).map((one) => one > 0),
    });
  return fc.tuple(...SHAPES.map(callOf));
}

function payloadOf(schema: unknown, known: KnownIds): fc.Arbitrary<string | undefined> {
  if (schema === undefined) {
    const uninvited = hostile.chain((value) => payloadWith(value));
    return fc.option(uninvited, { nil: undefined });
  }
  const right = valueOf(schema, "", known);
  const wrong = right.chain((value) => {
    const places = placesIn(value);
    const change = fc.tuple(fc.nat(places.length - 1), fc.option(hostile, { nil: undefined, freq: 6 }));
    return fc.array(change, { minLength: 1, maxLength: 2 }).map((changes) => {
      let result = value;
      for (const [index, by] of changes) result = spoiled(result, places[index] ?? [], by);
      return result;
    });
  });
  const withMore = fc
    .tuple(right, hostileText, hostile)
    .map(([value, key, more]): unknown => ({ ...Object(value), [key]: more }));
  const value = fc.oneof(
    { arbitrary: right, weight: 5 },
    { arbitrary: wrong, weight: 6 },
    { arbitrary: withMore, weight: 1 },
    { arbitrary: fc.constantFrom(...POLLUTING), weight: 1 },
  );
  return value.chain((input) => payloadWith(input));
}

function payloadWith(json: unknown): fc.Arbitrary<string> {
  const keys = typeof json === "object" && json !== null ? Object.keys(json) : [];
  const without = { arbitrary: fc.constant(undefined), weight: 4 };
  return fc.oneof(without, { arbitrary: annotations(keys), weight: 1 }).map((meta) => {
    return textOf({ json, ...(meta === undefined ? {} : { meta }) });
  });
}
