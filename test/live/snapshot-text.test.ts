import { sql } from "drizzle-orm";
import fc from "fast-check";
import { expect } from "vitest";
import { PART_BYTES, SnapshotText } from "../../server/core/live/snapshot-text.ts";
import type { SnapshotMessageOf } from "../../server/events.ts";
import { test } from "./live-test.ts";

type State = { name: string; few: string[]; many: string[] };

function textOf({ name, few, many }: State): SnapshotText {
  const elements = (list: readonly string[]) => list.map((one) => JSON.stringify(one)).join(",\n");
  return new SnapshotText([JSON.stringify({ name }), elements(few), elements(many)].join("\n\n"), ["few", "many"]);
}

/** From nothing to more than fits into a part. */
const Element = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: "grapheme" }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 50_000 }).map((length) => "é".repeat(length)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: PART_BYTES - 5, max: PART_BYTES + 5 }).map((length) => "x".repeat(length)),
  },
);
const List = fc.array(Element, { maxLength: 20 });

test("L6: the parts of a snapshot are the whole together, and none is larger than it has to be", () => {
  fc.assert(
    fc.property(fc.record({ name: fc.string(), few: List, many: List }), (state) => {
      const text = textOf(state);
      expect(text.whole("7.9").parse()).toEqual({ ...state, cursor: "7.9" });
      const parts = text.parts("7.9", "first");
      const messages = parts.map((part) => part.parse<SnapshotMessageOf<State & { cursor: string }>>());
      const whole = messages.map(({ snapshot }) => snapshot);
      expect(whole.flatMap(({ few }) => few)).toEqual(state.few);
      expect(whole.flatMap(({ many }) => many)).toEqual(state.many);
      for (const [index, { snapshot, ...place }] of messages.entries()) {
        expect(place).toEqual({ type: "snapshot", reason: "first", part: index + 1, of: parts.length });
        expect([snapshot.name, snapshot.cursor]).toEqual([state.name, "7.9"]);
        const elements = [...snapshot.few, ...snapshot.many];
        const bytes = elements.reduce((sum, one) => sum + Buffer.byteLength(JSON.stringify(one)), 0);
        expect(bytes <= PART_BYTES || elements.length === 1).toBe(true);
        expect(elements.length > 0 || parts.length === 1).toBe(true);
      }
    }),
  );
});

test("L6: JSON that Postgres makes has no line break of its own, whatever it holds", async ({ world }) => {
  const text = "one\ntwo\r\n\n\u2028\u0085";
  const [row] = await world.db
    .execute(sql`select json_build_object('text', ${text}::text, 'list', to_json(array[${text}::text]),
    'rows', (select json_agg(x.id order by x.id) from unnest(array[1, 2]) x(id)))::text as json`);
  expect(row?.["json"]).not.toMatch(/[\n\r]/u);
});

test("a snapshot without the lists that were asked for is a fault", () => {
  expect(() => new SnapshotText("{}", ["tasks"])).toThrow("has 1 lists, not 0");
});
