import { setImmediate } from "node:timers/promises";
import type { z } from "zod";
import { AppError } from "../../../core/app-error.ts";
import {
  type CardPlace,
  type ChecklistPlace,
  type LabelDraft,
  type ListDraft,
  type PersonDraft,
  toBoardName,
  toCardDraft,
  toChecklistDraft,
  toLabelDraft,
  toListDraft,
  toPersonDraft,
  TrelloBoard,
  TrelloCard,
  TrelloChecklist,
  TrelloLabel,
  TrelloList,
  TrelloMember,
  unmappedOf,
} from "./trello-export.ts";
import { createJsonReader } from "./trello-json.ts";
import { toCommentDraft, TrelloComment } from "./trello-comment.ts";
import { type FieldDraft, toFieldDraft, TrelloField } from "./trello-fields.ts";
import { toExternalId } from "./trello-texts.ts";
import type { ExportSpool } from "./trello-spool.ts";

const MAX_CARDS = 100_000;
const MANY = new Set(["cards", "checklists", "comments"]);
/** Of things that are few on any real board, so that lists of them cannot fill the memory. */
const MAX_OTHERS = 10_000;
/** Parsed in one go: about 2 ms, then others get their turn. */
const PIECE_BYTES = 64 << 10;

/** An export as it was read: all of it but cards, checklists and comments, which wait in the spool, the first two in the order of these lists. */
export interface TrelloExport {
  readonly externalId: string;
  readonly name: string;
  /** In the order of the board. */
  readonly lists: ListDraft[];
  readonly labels: LabelDraft[];
  readonly people: PersonDraft[];
  readonly fields: FieldDraft[];
  readonly cards: CardPlace[];
  readonly checklists: ChecklistPlace[];
  /** What Trestle has no place for: name → how many. */
  readonly unmapped: ReadonlyMap<string, number>;
  readonly truncated: number;
}

/** What is counted and not kept: member → its name in the report. */
const COUNTED: Record<string, string> = {
  powerUps: "power-ups",
  pluginData: "power-up data",
};
const HEAD = ["id", "name", "desc", "closed"];
const ARRAYS = [
  "lists",
  "cards",
  "checklists",
  "labels",
  "members",
  "customFields",
  "actions",
  ...Object.keys(COUNTED),
];

/**
 * Reads an export as it arrives; its keys may come in any order. What the body itself throws comes through.
 * Fails: IMPORT_NOT_JSON, IMPORT_WRONG_SHAPE, BOARD_FULL.
 */
export async function readTrelloExport(body: AsyncIterable<Uint8Array>, spool: ExportSpool): Promise<TrelloExport> {
  const reader = createExportReader(spool);
  for await (const chunk of body) {
    for (const piece of piecesOf(chunk)) {
      reader.write(piece);
      await spool.settle("batches");
      await setImmediate();
    }
  }
  const found = reader.end();
  await spool.settle("all");
  return found;
}

/** Where the drafts go that are many. */
type Drafts = { readonly [Name in "cards" | "checklists" | "comments"]: Pick<ExportSpool[Name], "add"> };

/** Of what is only looked through. */
const NOWHERE = { add() {} };

/**
 * Passes an export on as it arrives, and refuses it as soon as it can be told that it is none, as `readTrelloExport` does:
 * what comes through whole can be read.
 */
export async function* checkedTrelloExport(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = createExportReader({ cards: NOWHERE, checklists: NOWHERE, comments: NOWHERE });
  for await (const chunk of body) {
    for (const piece of piecesOf(chunk)) {
      reader.write(piece);
      await setImmediate();
    }
    yield chunk;
  }
  reader.end();
}

function* piecesOf(chunk: Uint8Array): Generator<Uint8Array, void> {
  for (let from = 0; from < chunk.byteLength; from += PIECE_BYTES) yield chunk.subarray(from, from + PIECE_BYTES);
}

function createExportReader(spool: Drafts): { write(bytes: Uint8Array): void; end(): TrelloExport } {
  const head = new Map<string, unknown>();
  const arrays = new Set<string>();
  const ids = new Map<string, Set<string>>();
  const unmapped = new Map<string, number>();
  const cutter = { truncated: 0 };
  const lists: ListDraft[] = [];
  const labels: LabelDraft[] = [];
  const people: PersonDraft[] = [];
  const fields: FieldDraft[] = [];
  const cards: CardPlace[] = [];
  const checklists: ChecklistPlace[] = [];
  const authors = new Map<string, z.infer<typeof TrelloMember>>();
  let isObject = false;

  const count = (what: string, by = 1) => unmapped.set(what, (unmapped.get(what) ?? 0) + by);

  /** Hands an item on as its schema reads it; the second one of an id is passed over. */
  function keep<T extends { id: string }>(name: string, schema: z.ZodType<T>, value: unknown, add: (item: T) => void) {
    const known = ids.get(name) ?? new Set<string>();
    ids.set(name, known);
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw wrongItem(name, known.size, parsed.error);
    if (known.size >= (MANY.has(name) ? MAX_CARDS : MAX_OTHERS)) {
      throw new AppError("BOARD_FULL", { fields: { [name]: `The file holds more than ${known.size} of them.` } });
    }
    if (known.has(parsed.data.id)) count(`repeated ${name}`);
    else add(parsed.data);
    known.add(parsed.data.id);
  }

  function addCard(card: TrelloCard): void {
    const draft = toCardDraft(cutter, card);
    const { externalId, listId } = draft;
    cards.push({ externalId, listId, pos: card.pos ?? 0, idShort: card.idShort ?? Number.POSITIVE_INFINITY });
    spool.cards.add(draft);
    for (const [what, by] of Object.entries(unmappedOf(card))) if (by > 0) count(what, by);
  }

  /** Of all that was done only comments are kept. Who wrote one may have left the board since. */
  function takeAction(action: unknown): void {
    const parsed = TrelloComment.safeParse(action);
    if (!isComment(action) || !parsed.success) {
      count(isComment(action) ? "comments that cannot be read" : "recorded actions");
      return;
    }
    const { memberCreator } = parsed.data;
    if (memberCreator && authors.size < MAX_OTHERS) authors.set(memberCreator.id, memberCreator);
    keep("comments", TrelloComment, action, (comment) => spool.comments.add(toCommentDraft(cutter, comment)));
  }

  function addChecklist(checklist: z.infer<typeof TrelloChecklist>): void {
    const draft = toChecklistDraft(cutter, checklist);
    checklists.push({ externalId: draft.externalId, cardId: draft.cardId, pos: checklist.pos ?? 0 });
    spool.checklists.add(draft);
  }

  function take(name: string, value: unknown): void {
    switch (name) {
      case "cards":
        keep(name, TrelloCard, value, addCard);
        break;
      case "checklists":
        keep(name, TrelloChecklist, value, addChecklist);
        break;
      case "lists":
        keep(name, TrelloList, value, (list) => lists.push(toListDraft(cutter, list)));
        break;
      case "labels":
        keep(name, TrelloLabel, value, (label) => labels.push(toLabelDraft(cutter, label)));
        break;
      case "members":
        keep(name, TrelloMember, value, (member) => people.push(toPersonDraft(cutter, member)));
        break;
      case "customFields":
        if (TrelloField.safeParse(value).success) {
          keep(name, TrelloField, value, (field) => fields.push(toFieldDraft(cutter, field)));
        } else count("custom fields that cannot be read");
        break;
      case "actions":
        takeAction(value);
        break;
      default: {
        const what = COUNTED[name];
        if (what !== undefined) count(what);
      }
    }
  }

  const json = createJsonReader({
    begun: (kind) => (isObject = kind === "object"),
    member(name, kind, value) {
      if (HEAD.includes(name)) head.set(name, value);
      if (!ARRAYS.includes(name)) return;
      if (kind === "array") arrays.add(name);
      else if (value !== null) throw wrongShape(name, "This must be a list.");
    },
    item: take,
  });

  return {
    write: json.write,
    end() {
      json.end();
      if (!isObject) throw wrongShape("file", "An export is one JSON object.");
      for (const name of ["lists", "cards"]) if (!arrays.has(name)) throw wrongShape(name, "The list is missing.");
      const { id, name } = requireBoard(head);
      if (head.get("desc")) count("board descriptions");
      if (head.get("closed") === true) count("closed boards (imported open)");
      for (const author of authors.values()) {
        if (ids.get("members")?.has(author.id) !== true) people.push(toPersonDraft(cutter, author));
      }
      lists.sort((a, b) => a.pos - b.pos);
      const board = { externalId: toExternalId(id), name: toBoardName(cutter, name) };
      return { ...board, lists, labels, people, fields, cards, checklists, unmapped, truncated: cutter.truncated };
    },
  };
}

function isComment(action: unknown): boolean {
  if (typeof action !== "object" || action === null || !("type" in action)) return false;
  return action.type === "commentCard" || action.type === "copyCommentCard";
}

function requireBoard(head: ReadonlyMap<string, unknown>): { id: string; name: string } {
  const parsed = TrelloBoard.safeParse(Object.fromEntries(head));
  if (!parsed.success) throw wrongShape("id, name", "The file does not say which board it is of.");
  return parsed.data;
}

function wrongShape(field: string, sentence: string): AppError {
  return new AppError("IMPORT_WRONG_SHAPE", { fields: { [field]: sentence } });
}

function wrongItem(name: string, index: number, error: z.ZodError): AppError {
  const fields: Record<string, string> = {};
  for (const issue of error.issues.slice(0, 10)) fields[[name, index, ...issue.path].join(".")] = issue.message;
  return new AppError("IMPORT_WRONG_SHAPE", { fields });
}
