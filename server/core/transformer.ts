import superjson, { type SuperJSONResult } from "superjson";

/** The types that an input may name beside those of JSON. The others, of which it has none, are dear to make. */
const TYPES = new Set<unknown>(["undefined", "number", "Date"]);
/** How long all paths of a payload's annotations may be together: superjson walks each of them from the root. */
const MOST_PATH_LENGTH = 1 << 19;

/**
 * superjson on the wire, without its work where there is none: what is plain JSON already is sent as it is, which any
 * superjson reads, and what was just parsed is not copied. Its walk is most of what a small call costs
 * (`bench/calls.ts`).
 */
export const transformer = {
  serialize: (value: unknown): unknown => (isPlainJson(value) ? { json: value } : superjson.serialize(value)),
  deserialize(payload: SuperJSONResult | null | undefined): unknown {
    if (payload === undefined) return undefined;
    if (payload === null) return UNREADABLE;
    const { json, meta } = payload;
    if (!meta) return json;
    // That two places hold the same object is left out: both have it anyway.
    const { values, v = 0 } = meta;
    if (values === undefined) return json;
    if (!isAffordable(values)) return UNREADABLE;
    try {
      return superjson.deserialize({ json, meta: { values, v } }, { inPlace: true });
    } catch {
      // Of a place that there is not, or in a prototype.
      return UNREADABLE;
    }
  },
};

/**
 * What no input may be. To throw instead would answer, on a WebSocket, without the id of the call, and leave all others
 * of its frame without an answer.
 */
const UNREADABLE = Symbol("what superjson cannot read, or is not given to");

/**
 * Whether superjson is given this to read: anybody may send it, and a megabyte can be made to cost it many seconds. It is
 * a tree of annotations: `[type, children?]`, or children alone, by the path that leads to each.
 */
function isAffordable(tree: unknown): boolean {
  const waiting = [{ node: tree, length: 0 }];
  let sum = 0;
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    const { node, length } = at;
    const isTyped = Array.isArray(node);
    const children: unknown = isTyped ? (node[1] ?? {}) : node;
    sum += length;
    if (sum > MOST_PATH_LENGTH || (isTyped && !TYPES.has(node[0]))) return false;
    if (typeof children !== "object" || children === null || Array.isArray(children)) return false;
    for (const [path, child] of Object.entries<unknown>({ ...children })) {
      waiting.push({ node: child, length: length + path.length + 1 });
    }
  }
  return true;
}

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
