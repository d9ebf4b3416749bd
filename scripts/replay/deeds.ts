import { z } from "zod";
import { TrelloLabel } from "../../server/domains/work/imports/trello-export.ts";
import { type ChecklistDeed, readChecklistAction } from "./checklists.ts";
import { ReplayError, type TrelloAction } from "./export.ts";

/** A card of Trello's, at one moment; the names are Trello's. */
export interface CardState {
  readonly name: string;
  readonly closed: boolean;
  readonly pos: number;
  readonly idList: string;
  readonly desc: string;
  readonly start: string | null;
  readonly due: string | null;
  readonly cover: { readonly color: string | null };
  readonly idLabels: readonly string[];
  readonly idMembers: readonly string[];
}

export type ListState = Pick<CardState, "name" | "closed" | "pos">;

/** Some fields of a card or list. */
const Fields = z.object({
  name: z.string().exactOptional(),
  closed: z.boolean().exactOptional(),
  pos: z.number().exactOptional(),
  idList: z.string().exactOptional(),
  desc: z.string().exactOptional(),
  start: z.string().nullable().exactOptional(),
  due: z.string().nullable().exactOptional(),
  /** Pictures have no place here. */
  cover: z.object({ color: z.string().nullable().default(null) }).exactOptional(),
  idLabels: z.array(z.string()).exactOptional(),
  idMembers: z.array(z.string()).exactOptional(),
});
type Fields = z.infer<typeof Fields>;

const Thing = Fields.extend({ id: z.string() });

const ActionData = z.object({
  card: Thing.exactOptional(),
  list: Thing.exactOptional(),
  /** What the fields that changed were before; also those that have no place here. */
  old: Fields.loose().default({}),
  idMember: z.string().exactOptional(),
  /** Of a comment. */
  text: z.string().exactOptional(),
  label: TrelloLabel.exactOptional(),
  /** Of an item of a checklist that became a card: where it was. */
  cardSource: Thing.exactOptional(),
  checklist: z.object({ id: z.string() }).exactOptional(),
});

/** A recorded action, as far as Trestle has a place for it. */
export type Deed = ChecklistDeed | CardDeed;

export type CardDeed = { readonly by: string | undefined; readonly what: string } & (
  | { readonly kind: "card-created"; cardId: string; now: Partial<CardState>; fromItem?: FromItem }
  | { readonly kind: "card-changed"; cardId: string; now: Partial<CardState>; old: Partial<CardState> }
  | { readonly kind: "card-toggled"; cardId: string; set: "idMembers" | "idLabels"; id: string; added: boolean }
  | { readonly kind: "card-commented"; cardId: string; text: string; now: Partial<CardState> }
  | { readonly kind: "card-gone"; cardId: string; now: Partial<CardState> }
  | { readonly kind: "list-created"; listId: string; now: Partial<ListState> }
  | { readonly kind: "list-changed"; listId: string; now: Partial<ListState>; old: Partial<ListState> }
);

/** The item that a card was made of, and the card that it was on. */
export interface FromItem {
  readonly cardId: string;
  readonly checklistId: string;
}

/** `left-out`: Trestle has no place for it, or the export does not hold it. `nothing`: something became what it was. */
export type Reading = Deed | { readonly kind: "left-out" | "nothing"; readonly what: string };

const CREATING: Record<string, string> = {
  createCard: "cards created",
  copyCard: "cards created as copies",
  convertToCardFromCheckItem: "cards created from checklist items",
  emailCard: "cards created by e-mail",
  moveCardToBoard: "cards that came from another board",
};
const TAKING: Record<string, string> = {
  deleteCard: "cards deleted (here: closed)",
  moveCardFromBoard: "cards that left for another board (here: closed)",
};
const TOGGLING: Record<string, { what: string; set: "idMembers" | "idLabels"; added: boolean }> = {
  addMemberToCard: { what: "people assigned", set: "idMembers", added: true },
  removeMemberFromCard: { what: "people taken off", set: "idMembers", added: false },
  addLabelToCard: { what: "labels put on", set: "idLabels", added: true },
  removeLabelFromCard: { what: "labels taken off", set: "idLabels", added: false },
};
const COMMENTING = ["commentCard", "copyCommentCard"];
const FILES = new Set(["addAttachmentToCard", "deleteAttachmentFromCard"]);
const READ = new Set([
  ...COMMENTING,
  "updateCard",
  "createList",
  "updateList",
  ...[CREATING, TAKING, TOGGLING].flatMap(Object.keys),
]);

/** What an action did, in our terms. Fails with a ReplayError when it has another shape than its type. */
export function readAction({ type, idMemberCreator, data }: TrelloAction): Reading {
  if (type === "addMemberToBoard") return { kind: "nothing", what: `${type} (here all are members from the start)` };
  const ofChecklist = readChecklistAction(type, idMemberCreator ?? undefined, data);
  if (ofChecklist) return ofChecklist;
  if (FILES.has(type)) return { kind: "left-out", what: `${type} (files are not in the export)` };
  if (!READ.has(type)) return { kind: "left-out", what: type };
  const parsed = ActionData.safeParse(data);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join(".");
    throw new ReplayError(`An action of the type ${type} has another shape than Trello gives it: "${path}".`);
  }
  const { card, list, old, idMember, label, text = "", cardSource, checklist } = parsed.data;
  const by = idMemberCreator ?? undefined;
  if (type === "updateList" && list) return readListChange(by, list, old);
  if (type === "createList" && list) {
    return { by, kind: "list-created", what: "lists created", listId: list.id, now: fieldsOfList(list) };
  }
  if (type === "updateCard" && card) return readCardChange(by, card, old);
  if (!card) return { kind: "left-out", what: type };
  const { id: cardId, ...fields } = card;
  if (COMMENTING.includes(type)) {
    if (text.trim() === "") return { kind: "left-out", what: type };
    const { name } = fields;
    return { by, kind: "card-commented", what: "comments", cardId, text, now: name === undefined ? {} : { name } };
  }
  const now = list ? { ...fields, idList: list.id } : fields;
  const [created, taken, toggled] = [CREATING[type], TAKING[type], TOGGLING[type]];
  const fromItem = cardSource && checklist && { cardId: cardSource.id, checklistId: checklist.id };
  if (created !== undefined) {
    return { by, kind: "card-created", what: created, cardId, now, ...(fromItem ? { fromItem } : {}) };
  }
  if (taken !== undefined) return { by, kind: "card-gone", what: taken, cardId, now };
  const id = toggled?.set === "idMembers" ? idMember : label?.id;
  if (toggled && id !== undefined) return { by, kind: "card-toggled", ...toggled, cardId, id };
  return { kind: "left-out", what: type };
}

function readCardChange(by: string | undefined, card: z.infer<typeof Thing>, given: Fields): Reading {
  const { id: cardId, ...fields } = card;
  const now = common(fields, given);
  const old = common(given, fields);
  const what = `updateCard (${Object.keys(given).join(", ")})`;
  if (Object.keys(now).length === 0) return { kind: "left-out", what };
  if (JSON.stringify(now) === JSON.stringify(old)) return { kind: "nothing", what };
  return { by, kind: "card-changed", what: nameOf("cards", now), cardId, now, old };
}

function readListChange(by: string | undefined, list: z.infer<typeof Thing>, given: Fields): Reading {
  const now = fieldsOfList(common(list, given));
  const old = fieldsOfList(common(given, list));
  const what = `updateList (${Object.keys(given).join(", ")})`;
  if (Object.keys(now).length === 0) return { kind: "left-out", what };
  if (JSON.stringify(now) === JSON.stringify(old)) return { kind: "nothing", what };
  return { by, kind: "list-changed", what: nameOf("lists", now), listId: list.id, now, old };
}

/** The fields that both have, in the order of the schema, as the first has them. */
function common(fields: Fields, others: Fields): Fields {
  const shared = Object.entries(fields).filter(([name]) => Object.hasOwn(others, name));
  return Fields.parse(Object.fromEntries(shared));
}

function fieldsOfList({ name, closed, pos }: Fields): Partial<ListState> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(closed === undefined ? {} : { closed }),
    ...(pos === undefined ? {} : { pos }),
  };
}

/** What a change is counted as: Trello records one field at a time, with few exceptions. */
function nameOf(noun: "cards" | "lists", now: Fields): string {
  if (now.closed !== undefined) return `${noun} ${now.closed ? "closed" : "reopened"}`;
  if (now.idList !== undefined) return "cards moved to another list";
  if (now.pos !== undefined) return noun === "cards" ? "cards moved within a list" : "lists moved";
  if (now.name !== undefined) return `${noun} renamed`;
  if (now.desc !== undefined) return "cards described";
  if (now.due !== undefined) return "due dates set";
  if (now.start !== undefined) return "start dates set";
  if (now.cover !== undefined) return "covers coloured";
  return now.idMembers === undefined ? "cards labelled" : "cards assigned";
}
