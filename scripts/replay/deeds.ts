import type { Fields, TrelloAction } from "./export.ts";

export type CardField = "listId" | "name" | "desc" | "closed" | "due" | "labelIds" | "memberIds" | "pos";
export type ListField = "name" | "closed" | "pos";

/** A card of Trello's, at one moment. */
export interface CardState {
  listId: string;
  name: string;
  desc: string;
  closed: boolean;
  due: string | null;
  labelIds: readonly string[];
  memberIds: readonly string[];
  pos: number;
}

export interface ListState {
  name: string;
  closed: boolean;
  pos: number;
}

/** Somebody's recorded action, as far as Trestle has a place for it. */
export type Deed = { by: string | undefined; what: string } & (
  | { kind: "card-created"; cardId: string; state: Partial<CardState> }
  | { kind: "card-changed"; cardId: string; state: Partial<CardState>; old: Partial<CardState> }
  | { kind: "card-member"; cardId: string; memberId: string; added: boolean }
  | { kind: "card-label"; cardId: string; labelId: string; added: boolean }
  | { kind: "card-gone"; cardId: string }
  | { kind: "list-created"; listId: string; state: Partial<ListState> }
  | { kind: "list-changed"; listId: string; state: Partial<ListState>; old: Partial<ListState> }
);

/** `left-out`: there is no place for it. `nothing`: it is a change that changed nothing. */
type Reading = Deed | { kind: "left-out" | "nothing"; what: string };

const CREATING: Record<string, string> = {
  createCard: "cards created",
  copyCard: "cards created as copies",
  convertToCardFromCheckItem: "cards created from checklist items",
  emailCard: "cards created by e-mail",
  moveCardToBoard: "cards that came from another board",
};
const TAKING: Record<string, string> = {
  deleteCard: "cards deleted (here: closed)",
  moveCardFromBoard: "cards that went to another board (here: closed)",
};
const TOGGLING: Record<string, { what: string; added: boolean }> = {
  addMemberToCard: { what: "people assigned", added: true },
  removeMemberFromCard: { what: "people taken off", added: false },
  addLabelToCard: { what: "labels put on", added: true },
  removeLabelFromCard: { what: "labels taken off", added: false },
};

/** What an action did, in our terms. */
export function readAction({ type, idMemberCreator: by, data }: TrelloAction): Reading {
  const leftOut = { kind: "left-out", what: type } as const;
  const { card, list } = data;
  if (type === "updateCard" && card) return readChange(by, type, card, data.old);
  if (type === "updateList" && list) return readListChange(by, type, list, data.old);
  if (type === "createList" && list) {
    const state = definedOf({ name: list.name, pos: list.pos });
    return { by, kind: "list-created", what: "lists created", listId: list.id, state };
  }
  if (!card) return leftOut;
  const created = CREATING[type];
  if (created !== undefined) {
    const state = definedOf({ ...cardFields(card), listId: list?.id ?? card.idList });
    return { by, kind: "card-created", what: created, cardId: card.id, state };
  }
  const gone = TAKING[type];
  if (gone !== undefined) return { by, kind: "card-gone", what: gone, cardId: card.id };
  const toggle = TOGGLING[type];
  if (toggle && data.idMember !== undefined) {
    return { by, kind: "card-member", ...toggle, cardId: card.id, memberId: data.idMember };
  }
  if (toggle && data.label) return { by, kind: "card-label", ...toggle, cardId: card.id, labelId: data.label.id };
  return leftOut;
}

function readChange(by: string | undefined, type: string, card: Fields & { id: string }, given: Fields = {}): Reading {
  const fields = changedIn(given, card);
  const [before, after] = [cardFields(given), cardFields(card)];
  const old = pick(before, fields.both);
  const state = pick(after, fields.both);
  if (Object.keys(state).length === 0) return { kind: "left-out", what: `${type} (${fields.all.join(", ")})` };
  if (JSON.stringify(old) === JSON.stringify(state)) return { kind: "nothing", what: `${type} (${fields.all.join(", ")})` };
  return { by, kind: "card-changed", what: nameOf(state), cardId: card.id, state, old };
}
