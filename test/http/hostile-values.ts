import fc from "fast-check";

// What no input means, and what nobody sends who means well.

const NESTED = "[".repeat(5_000) + "]".repeat(5_000);
const NESTED_OBJECTS = `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`;
/** What JSON can say and `JSON.stringify` does not, by the text that stands for it. */
const RAW = new Map(
  ["1e999", "-1e999", "-0", "9".repeat(400), NESTED, NESTED_OBJECTS].map((text, index) => [`«raw ${index}»`, text]),
);
/** Objects with names that lead to every object. */
export const POLLUTING: readonly unknown[] = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"__proto__":null}',
  '{"toString":1,"valueOf":1,"hasOwnProperty":1,"then":1,"toJSON":1}',
].map((text): unknown => JSON.parse(text));

export const hostileText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constantFrom("\0", "a\0b", "\uD800", "a\uDC00b", "__proto__", "constructor", "", " ", "NaN", "\u202E"),
  fc.constantFrom("' or 1=1 --", "'; drop table task; --", "\\", "$1", "%00", "${7*7}", "../../etc/passwd", "{}", "[]"),
  fc.constantFrom("x".repeat(40_000), "🙂".repeat(10_000), "e\u0301".repeat(400), "2030-13-45T99:99:99Z"),
);
const hostileNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(-1, 0, 0.5, 1e308, 5e-324, 2 ** 31, 2 ** 53, 2 ** 63, -(2 ** 63)),
);
/** What an input is spoiled with. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileNumber,
  fc.constantFrom(...RAW.keys()),
  fc.constantFrom(...POLLUTING),
  fc.constantFrom<unknown>(
    null,
    true,
    [],
    {},
    [[]],
    Array.from({ length: 2_000 }, () => "x"),
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

const NAMES = ["0", "length", "a.b", "a\\.b", "\\", ".", "then", "toString", "constructor", "prototype", "__proto__"];
const POLLUTING_NAMES = ["__proto__.polluted", "constructor.prototype.polluted"];
const OF_SUPERJSON = ["Date", "number", "undefined", "bigint", "regexp", "set", "map", "Error", "URL"];
const TYPES: readonly unknown[] = [...OF_SUPERJSON, ["class", "Object"], ["custom", "x"], ["symbol", "iterator"], 7];

/** Annotations of superjson: wrong ones, dear ones, cycles, and those that lead to a prototype. */
export function annotations(keys: readonly string[]): fc.Arbitrary<unknown> {
  const name = fc.constantFrom("", ...keys, ...NAMES, ...POLLUTING_NAMES);
  const names = fc.array(name, { maxLength: 3 });
  const type = fc.constantFrom(...TYPES);
  const types = fc.dictionary(name, fc.tuple(type), { maxKeys: 3 });
  const same = fc.dictionary(name, names, { maxKeys: 3 });
  const meta = fc.record(
    {
      values: fc.oneof(types, fc.tuple(type, types), hostile),
      referentialEqualities: fc.oneof(same, fc.tuple(names, same), hostile),
      v: fc.constantFrom(0, 1, 7, "1"),
    },
    { requiredKeys: [] },
  );
  return fc.oneof({ arbitrary: meta, weight: 5 }, { arbitrary: hostile, weight: 1 });
}

/** JSON as text, with what only text can say where something stands for it. */
export function textOf(value: object): string {
  let text = JSON.stringify(value);
  for (const [stand, raw] of RAW) text = text.replaceAll(JSON.stringify(stand), raw);
  return text;
}
