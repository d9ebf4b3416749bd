import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../server/core/app-error.ts";
import { createJsonReader } from "../../server/domains/work/imports/trello-json.ts";
import { readTrelloExport, type TrelloExport } from "../../server/domains/work/imports/trello-reader.ts";
import { type ExportSpool, openExportSpool } from "../../server/domains/work/imports/trello-spool.ts";
import { bodyOf, smallExport } from "../setup/trello.ts";

const RUNS = 300;

/** What the reader makes of a document of one object: its plain members, and the items of the others. */
function readAll(bytes: Uint8Array, pieceBytes: number): { members: Map<string, unknown>; isObject: boolean } {
  const members = new Map<string, unknown>();
  let isObject = false;
  const reader = createJsonReader({
    begun: (kind) => (isObject = kind === "object"),
    member: (name, kind, value) => members.set(name, kind === "plain" ? value : []),
    item: (name, value) => members.set(name, [...[members.get(name)].flat(), value]),
  });
  for (let from = 0; from < bytes.byteLength; from += pieceBytes) reader.write(bytes.subarray(from, from + pieceBytes));
  reader.end();
  return { members, isObject };
}

function kindOf(read: () => unknown): string {
  try {
    read();
    return "read";
  } catch (error) {
    if (error instanceof AppError) return error.kind;
    throw error;
  }
}

/** JSON as the platform reads it, with bytes that are not UTF-8 refused. */
function parse(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

const documents = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 6 });

async function read(file: object | string, pieceBytes = 1_000): Promise<{ found: TrelloExport; titles: string[] }> {
  const spool: ExportSpool = await openExportSpool();
  try {
    const found = await readTrelloExport(
      bodyOf(typeof file === "string" ? file : JSON.stringify(file), pieceBytes),
      spool,
    );
    const titles: string[] = [];
    for await (const batch of spool.cards.batches()) titles.push(...batch.map(({ title }) => title));
    return { found, titles };
  } finally {
    await spool.close();
  }
}

describe("a file in pieces", () => {
  test("has the members and items that it has as a whole", () => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 1, max: 50 }), (document, pieceBytes) => {
        const bytes = Buffer.from(JSON.stringify(document));
        const { members, isObject } = readAll(bytes, pieceBytes);
        const expected = Object.entries(document).map(([name, value]) => [
          name,
          typeof value === "object" && value !== null ? Object.values(value) : value,
        ]);
        expect(isObject).toBe(true);
        // As text: JSON knows no -0.
        expect(JSON.stringify([...members])).toBe(JSON.stringify(expected));
      }),
      { numRuns: RUNS },
    );
  });

  // Byte order marks aside: the parser overlooks one also among the brackets that a file begins with.
  test("is refused where JSON.parse refuses it, and nowhere else", () => {
    const edits = fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        drop: fc.integer({ min: 0, max: 2 }),
        put: fc.constantFrom(
          "",
          "{",
          "}",
          "[",
          "]",
          '"',
          ":",
          ",",
          "\\",
          "0",
          "-",
          ".",
          "e",
          "t",
          " ",
          "\n",
          "\0",
          "\u{1f389}",
        ),
      }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(documents, edits, fc.integer({ min: 1, max: 50 }), (document, changes, pieceBytes) => {
        let bytes = Buffer.from(JSON.stringify(document));
        for (const { at, drop, put } of changes) {
          const index = Math.floor(at * bytes.byteLength);
          bytes = Buffer.concat([bytes.subarray(0, index), Buffer.from(put), bytes.subarray(index + drop)]);
        }
        const isJson = kindOf(() => {
          try {
            parse(bytes);
          } catch {
            throw new AppError("IMPORT_NOT_JSON");
          }
        });
        expect(kindOf(() => readAll(bytes, pieceBytes))).toBe(isJson);
      }),
      { numRuns: RUNS * 3 },
    );
  });

  test("is refused before it fills the memory, whatever it is made of", () => {
    const many: Record<string, { head: string; unit: string }> = {
      "a text without end": { head: '{"id":"', unit: "x" },
      "a text of escapes": { head: '{"id":"', unit: "\\u0041" },
      "a number without end": { head: '{"id":', unit: "1" },
      "a name without end": { head: '{"', unit: "x" },
      "blanks without end": { head: '{"id":', unit: " " },
      "lists in lists": { head: "", unit: "[" },
      "objects in objects": { head: "", unit: '{"a":' },
      "a card of everything": { head: '{"cards":[{"x":[1', unit: ",[]" },
    };
    for (const [what, { head, unit }] of Object.entries(many)) {
      const bytes = Buffer.from(head + unit.repeat((4 << 20) / unit.length));
      expect([what, kindOf(() => readAll(bytes, 64 << 10))]).toEqual([what, "IMPORT_WRONG_SHAPE"]);
    }
    const names = Array.from({ length: 2_000 }, (_, n) => `"n${n}":1`).join(",");
    expect(kindOf(() => readAll(Buffer.from(`{${names}}`), 1_000))).toBe("IMPORT_WRONG_SHAPE");
    expect(kindOf(() => readAll(Buffer.from(`{"prefs":{${names}}}`), 1_000))).toBe("IMPORT_WRONG_SHAPE");
  });
});

describe("an export", () => {
  test("is the same in any order of its keys, in pieces of any size, with a byte order mark or without", async () => {
    const entries = Object.entries(smallExport());
    const expected = await read(smallExport());
    expect(expected.found.lists.map(({ name }) => name)).toEqual(["Todo", "Old", "Done"]);
    const inOrder = ({ found, titles }: typeof expected) => ({
      ...found,
      unmapped: Object.fromEntries(found.unmapped),
      titles,
    });
    for (let turn = 0; turn < entries.length; turn += 1) {
      const turned = Object.fromEntries([...entries.slice(turn), ...entries.slice(0, turn)]);
      const again = await read(`${turn % 2 === 0 ? "\ufeff" : ""}${JSON.stringify(turned, null, turn)}`, 1 + turn * 7);
      expect(inOrder(again)).toEqual(inOrder(expected));
    }
  });

  test("may leave out whatever Trestle can do without", async () => {
    const { found, titles } = await read(
      '{"id":"a","name":"","lists":[{"id":"l"}],"cards":[{"id":"c","idList":"l"}],"labels":null}',
    );
    expect(found).toMatchObject({
      name: "(untitled)",
      lists: [{ name: "(untitled)", state: "open", wipLimit: null }],
      labels: [],
    });
    expect(titles).toEqual(["(untitled)"]);
  });

  test("counts what comes twice once", async () => {
    const file = smallExport();
    const { found, titles } = await read({
      ...file,
      cards: [...file.cards, ...file.cards],
      lists: [...file.lists, ...file.lists],
    });
    expect(titles).toHaveLength(5);
    expect(found.lists).toHaveLength(3);
    expect(Object.fromEntries(found.unmapped)).toMatchObject({ "repeated cards": 5, "repeated lists": 3 });
  });

  test("may have limits on lists as numbers or texts, and those that mean nothing are none", async () => {
    const limits = [3, "4", 0, -1, 2.5, 1e9, "many", null];
    const lists = limits.map((softLimit, index) => ({ id: `l${index}`, name: "x", pos: index, softLimit }));
    const { found } = await read({ ...smallExport(), lists });
    expect(found.lists.map(({ wipLimit }) => wipLimit)).toEqual([3, 4, null, null, 2, null, null, null]);
  });

  test("of more cards than a board can hold is refused", async () => {
    const cards = Array.from({ length: 100_001 }, (_, n) => `{"id":"c${n}","idList":"l"}`).join(",");
    await expect(read(`{"id":"a","name":"b","lists":[],"cards":[${cards}]}`, 64 << 10)).rejects.toMatchObject({
      kind: "BOARD_FULL",
    });
  });
});
