import { setImmediate } from "node:timers/promises";
import type { z } from "zod";
import { AppError } from "../../core/app-error.ts";
import {
  type CardPlace,
  type LabelDraft,
  type ListDraft,
  toBoardName,
  toCardDraft,
  toExternalId,
  toLabelDraft,
  toListDraft,
  toPersonName,
  TrelloCard,
  TrelloLabel,
  TrelloList,
  TrelloMember,
  unmappedOf,
} from "./trello-export.ts";
import { createJsonReader } from "./trello-json.ts";
import type { CardSpool } from "./trello-spool.ts";

const MAX_CARDS = 100_000;
/** Of things that are few on any real board, so that lists of them cannot fill the memory. */
const MAX_OTHERS = 10_000;
/** Parsed in one go: about 2 ms, then others get their turn. */
const PIECE_BYTES = 64 << 10;

export interface PersonDraft {
  readonly externalId: string;
  readonly name: string;
  readonly username: string;
  readonly fullName: string;
  readonly email: string;
}

/** An export as it was read: all of it but the cards, which wait in the spool in the order of `cards`. */
export interface TrelloExport {
  readonly externalId: string;
  readonly name: string;
  /** In the order of the board. */
  readonly lists: ListDraft[];
  readonly labels: LabelDraft[];
  readonly people: PersonDraft[];
  readonly cards: CardPlace[];
  /** What Trestle has no place for: name → how many. */
  readonly unmapped: ReadonlyMap<string, number>;
  readonly truncated: number;
}

/** What is counted and not kept: path → its name in the report. */
const COUNTED: Record<string, string> = {
  checklists: "checklists",
  customFields: "custom fields",
  powerUps: "power-ups",
  pluginData: "power-up data",
};
const ARRAYS = ["lists", "cards", "labels", "members", "actions", ...Object.keys(COUNTED)];
const PATHS = [
  ...["lists", "cards", "labels", "members", "powerUps"].map((name) => `$.${name}.*`),
  ...["checklists", "customFields", "pluginData"].map((name) => `$.${name}.*.id`),
  "$.actions.*.type",
];

/**
 * Reads an export as it arrives; its keys may come in any order. The body is read to its end even when it is refused,
 * so that the refusal can be answered. What the body itself throws comes through.
 * Fails: IMPORT_NOT_JSON, IMPORT_WRONG_SHAPE, BOARD_FULL.
 */
export async function readTrelloExport(body: AsyncIterable<Uint8Array>, spool: CardSpool): Promise<TrelloExport> {
  const reader = createExportReader(spool);
  let refusal: unknown;
  for await (const chunk of body) {
    for (let from = 0; from < chunk.byteLength && refusal === undefined; from += PIECE_BYTES) {
      try {
        reader.write(chunk.subarray(from, from + PIECE_BYTES));
        await spool.settle();
      } catch (error) {
        refusal = error;
      }
      await setImmediate();
    }
  }
  if (refusal !== undefined) throw refusal;
  const found = reader.end();
  await spool.settle({ all: true });
  return found;
}

function createExportReader(spool: CardSpool): { write(bytes: Uint8Array): void; end(): TrelloExport } {
  const plain = new Map<string, unknown>();
  const arrays = new Set<string>();
  const seen = new Map<string, Set<string>>();
  const read = new Map<string, number>();
  const unmapped = new Map<string, number>();
  const cutter = { truncated: 0 };
  const lists: ListDraft[] = [];
  const labels: LabelDraft[] = [];
  const people: PersonDraft[] = [];
  const cards: CardPlace[] = [];
  let isObject = false;

  const count = (what: string, by = 1) => unmapped.set(what, (unmapped.get(what) ?? 0) + by);

  /** The item as its schema reads it; undefined for one whose id came before. */
  function parse<T extends { id: string }>(name: string, schema: z.ZodType<T>, value: unknown): T | undefined {
    const index = read.get(name) ?? 0;
    read.set(name, index + 1);
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw wrongItem(`${name}.${index}`, parsed.error);
    if (index >= (name === "cards" ? MAX_CARDS : MAX_OTHERS)) {
      throw new AppError("BOARD_FULL", { fields: { [name]: `The file holds more than ${index} of them.` } });
    }
    const ids = seen.get(name) ?? new Set<string>();
    seen.set(name, ids);
    if (ids.has(parsed.data.id)) {
      count(`repeated ${name}`);
      return undefined;
    }
    ids.add(parsed.data.id);
    return parsed.data;
  }

  function addCard(card: TrelloCard): void {
    const draft = toCardDraft(cutter, card);
    const { externalId, listId } = draft;
    cards.push({ externalId, listId, pos: card.pos ?? 0, idShort: card.idShort ?? Number.POSITIVE_INFINITY });
    spool.add(draft);
    for (const [what, by] of Object.entries(unmappedOf(card))) if (by > 0) count(what, by);
  }

  function addPerson(member: TrelloMember): void {
    people.push({
      externalId: toExternalId(member.id),
      name: toPersonName(cutter, member),
      username: member.username?.trim().toLowerCase() ?? "",
      fullName: member.fullName?.trim().toLowerCase() ?? "",
      email: member.email?.trim().toLowerCase() ?? "",
    });
  }

  function take(name: string, value: unknown): void {
    switch (name) {
      case "cards": {
        const card = parse(name, TrelloCard, value);
        return card && addCard(card);
      }
      case "lists": {
        const list = parse(name, TrelloList, value);
        return list && void lists.push(toListDraft(cutter, list));
      }
      case "labels": {
        const label = parse(name, TrelloLabel, value);
        return label && void labels.push(toLabelDraft(cutter, label));
      }
      case "members": {
        const member = parse(name, TrelloMember, value);
        return member && addPerson(member);
      }
      case "actions":
        return void count(value === "commentCard" || value === "copyCommentCard" ? "comments" : "recorded actions");
      default:
        return void count(COUNTED[name] ?? name);
    }
  }

  const json = createJsonReader(PATHS, {
    begun: (object) => (isObject = object),
    member(name, kind, value) {
      if (kind === "array") arrays.add(name);
      else if (ARRAYS.includes(name) && (kind === "object" || value !== null))
        throw wrongShape(name, "This must be a list.");
      else if (kind === "plain") plain.set(name, value);
    },
    value: take,
  });

  return {
    write: json.write,
    end() {
      json.end();
      if (!isObject) throw wrongShape("file", "An export is one JSON object.");
      for (const name of ["lists", "cards"]) if (!arrays.has(name)) throw wrongShape(name, "The list is missing.");
      const id = plain.get("id");
      if (typeof id !== "string" || !/^[\w-]{1,64}$/u.test(id)) throw wrongShape("id", "The board's id is missing.");
      const name = plain.get("name");
      if (typeof name !== "string") throw wrongShape("name", "The board's name is missing.");
      if (plain.get("desc")) count("board descriptions");
      if (plain.get("closed") === true) count("closed boards (imported open)");
      lists.sort((a, b) => a.pos - b.pos);
      const { truncated } = cutter;
      return {
        externalId: toExternalId(id),
        name: toBoardName(cutter, name),
        lists,
        labels,
        people,
        cards,
        unmapped,
        truncated,
      };
    },
  };
}

function wrongShape(field: string, sentence: string): AppError {
  return new AppError("IMPORT_WRONG_SHAPE", { fields: { [field]: sentence } });
}

function wrongItem(path: string, error: z.ZodError): AppError {
  const issues = error.issues.slice(0, 10).map((issue) => [[path, ...issue.path].join("."), issue.message]);
  return new AppError("IMPORT_WRONG_SHAPE", { fields: Object.fromEntries(issues) });
}
