import superjson, { type SuperJSONResult } from "superjson";

/**
 * superjson on the wire, without its work where there is none: what is plain JSON already is sent as it is, which any
 * superjson reads, and what was just parsed is not copied. Its walk is most of what a small call costs
 * (`bench/calls.ts`).
 */
export const transformer = {
  serialize: (value: unknown): unknown => (isPlainJson(value) ? { json: value } : superjson.serialize(value)),
  deserialize: (payload: SuperJSONResult): unknown => superjson.deserialize(payload, { inPlace: true }),
};

/** Whether JSON brings a value back as it is: no dates, nothing undefined, no numbers that it cannot write. */
function isPlainJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      return value === null || isPlainObject(value);
    case "bigint":
    case "function":
    case "symbol":
    case "undefined":
      return false;
  }
}

function isPlainObject(value: object): boolean {
  if (Array.isArray(value)) return value.every(isPlainJson);
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isPlainJson);
}
