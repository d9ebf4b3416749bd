import { toLabelColor } from "../../server/domains/work/imports/trello-texts.ts";
import { type ChecklistDeed, type ChecklistState, checklistsOf, isOfChecklists, undoChecklist } from "./checklists.ts";
import { type CardDeed, type CardState, type Deed, type FromItem, type ListState, readAction } from "./deeds.ts";
import type { TrelloExport } from "./export.ts";

/** A board as the file has it, at one moment. */
export interface TrelloBoard {
  readonly lists: Map<string, ListState>;
  readonly cards: Map<string, CardState>;
  readonly checklists: Map<string, ChecklistState>;
}

/** A deed and what it left behind. */
export interface Moment {
  readonly deed: Deed;
  /** The list, card or checklist after it, as far as going back from the end tells. */
  readonly left: { readonly list?: ListState; readonly card?: CardState; readonly checklist?: ChecklistState };
}

export interface TrelloLabelState {
  readonly id: string;
  readonly name: string;
  readonly color: ReturnType<typeof toLabelColor>;
  /** Named by actions, but gone by the end; nothing records when. */
  readonly lost: boolean;
}

export interface History {
  readonly name: string;
  /** Everybody who did something or was assigned: id → name. */
  readonly people: Map<string, string>;
  readonly labels: TrelloLabelState[];
  /** The board before the first recorded action. */
  readonly before: TrelloBoard;
  /** Oldest first. */
  readonly moments: Moment[];
  /** The board that the export holds. */
  readonly after: TrelloBoard;
  /** Cards that actions name and the export no longer holds. */
  readonly goneCardIds: ReadonlySet<string>;
  /** The last moment that placed a list or card: from then on it has the position that it ends with. */
  readonly settledAt: ReadonlyMap<string, number>;
  /** Trello's type of action → how many of them have no place here. */
  readonly leftOut: Map<string, number>;
  readonly changedNothing: Map<string, number>;
}

/**
 * Finds the board before the recording began, by undoing every action from the end. What Trello does not record, such
 * as the position of a new card or of one that came from another list, is found in the same way: it is what the next
 * record says that it was before, or what the export ends with.
 */
export function toHistory(file: TrelloExport): History {
  const readings = file.actions.toReversed().map(readAction);
  const leftOut = new Map<string, number>();
  const changedNothing = new Map<string, number>();
  const deeds: Deed[] = [];
  for (const reading of readings) {
    if ("by" in reading) deeds.push(reading);
    else count(reading.kind === "left-out" ? leftOut : changedNothing, reading.what);
  }
  const after = endOf(file);
  const goneCardIds = addGone(after, deeds);
  const { before, moments, settledAt } = undo(after, deeds);
  const people = peopleOf(file, deeds);
  const labels = labelsOf(file, after, deeds);
  const { name } = file;
  return { name, people, labels, before, moments, after, goneCardIds, settledAt, leftOut, changedNothing };
}

export function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function endOf(file: TrelloExport): TrelloBoard {
  const { lists, cards } = file;
  return {
    checklists: checklistsOf(file),
    lists: new Map(
      lists.map(({ id, name, closed, pos }) => [id, { name: name ?? "", closed: closed ?? false, pos: pos ?? 0 }]),
    ),
    cards: new Map(
      cards.map((card) => [
        card.id,
        {
          name: card.name ?? "",
          closed: card.closed ?? false,
          pos: card.pos ?? 0,
          idList: card.idList,
          desc: card.desc ?? "",
          start: card.start ?? null,
          due: card.due ?? null,
          cover: { color: card.cover?.color ?? null },
          idLabels: card.idLabels ?? card.labels?.flatMap(({ id }) => id ?? []) ?? [],
          idMembers: card.idMembers ?? [],
        },
      ]),
    ),
  };
}

const BLANK_CARD = {
  name: "",
  pos: 0,
  desc: "",
  start: null,
  due: null,
  cover: { color: null },
  idLabels: [],
  idMembers: [],
};

/** Adds what actions name and the export no longer holds, as closed; answers the ids of such cards. */
function addGone(after: TrelloBoard, deeds: readonly Deed[]): Set<string> {
  const gone = new Set<string>();
  const [anyList] = after.lists.keys();
  for (const deed of deeds) {
    if ("listId" in deed && (!after.lists.has(deed.listId) || gone.has(deed.listId))) {
      gone.add(deed.listId);
      const known = after.lists.get(deed.listId) ?? { name: "", pos: 0 };
      after.lists.set(deed.listId, { ...known, ...deed.now, closed: true });
    }
    if ("cardId" in deed && (!after.cards.has(deed.cardId) || gone.has(deed.cardId))) {
      gone.add(deed.cardId);
      const known = after.cards.get(deed.cardId) ?? { ...BLANK_CARD, idList: anyList ?? "" };
      after.cards.set(deed.cardId, { ...known, ...("now" in deed ? deed.now : {}), closed: true });
    }
  }
  const cards = [
    ...after.cards.values(),
    ...deeds.flatMap((deed) => ("cardId" in deed && "now" in deed ? deed.now : [])),
  ];
  for (const { idList } of [...cards, ...deeds.flatMap((deed) => (deed.kind === "card-changed" ? deed.old : []))]) {
    if (idList !== undefined && !after.lists.has(idList)) after.lists.set(idList, { name: "", pos: 0, closed: true });
  }
  return gone;
}

function undo(after: TrelloBoard, deeds: readonly Deed[]): Pick<History, "before" | "moments" | "settledAt"> {
  const lists = new Map(after.lists);
  const cards = new Map(after.cards);
  const checklists = new Map(after.checklists);
  const settledAt = new Map<string, number>();
  const moments: Moment[] = [];
  for (const [index, deed] of [...deeds.entries()].toReversed()) {
    if ("listId" in deed) {
      const list = lists.get(deed.listId);
      if (!list) continue;
      moments.push({ deed, left: { list } });
      if (deed.kind === "list-created") lists.delete(deed.listId);
      else lists.set(deed.listId, { ...list, ...deed.old });
      if (places(deed) && !settledAt.has(deed.listId)) settledAt.set(deed.listId, index);
      continue;
    }
    if (isOfChecklists(deed)) {
      moments.push({ deed, left: { checklist: undoChecklist(checklists, deed) } });
      continue;
    }
    const card = cards.get(deed.cardId);
    if (!card) continue;
    moments.push({ deed, left: { card } });
    if (deed.kind === "card-created") {
      cards.delete(deed.cardId);
      if (deed.fromItem) undoChecklist(checklists, itemOf(deed.cardId, card.name, deed.fromItem));
    } else cards.set(deed.cardId, undone(card, deed));
    if (places(deed) && !settledAt.has(deed.cardId)) settledAt.set(deed.cardId, index);
  }
  return { before: { lists, cards, checklists }, moments: moments.toReversed(), settledAt };
}

/** The item that became a card, going: nothing records its id. */
export function itemOf(cardId: string, name: string, from: FromItem): ChecklistDeed & { kind: "item-gone" } {
  return { by: undefined, what: "", ...from, kind: "item-gone", itemId: `item of ${cardId}`, item: { name } };
}

function undone(card: CardState, deed: Exclude<CardDeed, { listId: string } | { kind: "card-created" }>): CardState {
  switch (deed.kind) {
    case "card-changed":
      return { ...card, ...deed.old };
    case "card-gone":
      return { ...card, closed: false };
    case "card-commented":
      return card;
    case "card-toggled":
      return { ...card, [deed.set]: toggled(card[deed.set], deed.id, !deed.added) };
  }
}

/** A set with or without one of its members. */
export function toggled(set: readonly string[], id: string, added: boolean): string[] {
  const others = set.filter((other) => other !== id);
  return added ? [...others, id] : others;
}

function places(deed: Deed): boolean {
  if (deed.kind === "list-created" || deed.kind === "card-created") return true;
  return (deed.kind === "list-changed" || deed.kind === "card-changed") && ("pos" in deed.now || "idList" in deed.now);
}

function peopleOf(file: TrelloExport, deeds: readonly Deed[]): Map<string, string> {
  const people = new Map<string, string>();
  const involved = [
    ...deeds.flatMap((deed) => [
      ...(deed.by === undefined ? [] : [deed.by]),
      ...(deed.kind === "card-toggled" && deed.set === "idMembers" ? [deed.id] : []),
      ...(deed.kind === "card-changed" ? [...(deed.now.idMembers ?? []), ...(deed.old.idMembers ?? [])] : []),
    ]),
    ...file.cards.flatMap(({ idMembers }) => idMembers ?? []),
  ];
  const described = [
    ...file.members,
    ...file.actions.flatMap(({ member, memberCreator }) => [member ?? [], memberCreator ?? []].flat()),
  ];
  for (const { id, fullName, username } of described) people.set(id, people.get(id) ?? fullName ?? username ?? "");
  for (const id of involved) people.set(id, people.get(id) ?? "");
  return people;
}

function labelsOf(file: TrelloExport, after: TrelloBoard, deeds: readonly Deed[]): TrelloLabelState[] {
  const labels = new Map<string, TrelloLabelState>();
  for (const { id, name, color } of file.labels) {
    labels.set(id, { id, name: name ?? "", color: toLabelColor(color), lost: false });
  }
  const add = (id: string, lost: boolean) => {
    if (!labels.has(id)) labels.set(id, { id, name: "", color: "gray", lost });
  };
  for (const id of file.cards.flatMap(({ id: cardId }) => after.cards.get(cardId)?.idLabels ?? [])) add(id, false);
  for (const deed of deeds) {
    if (deed.kind === "card-toggled" && deed.set === "idLabels") add(deed.id, true);
    if (deed.kind === "card-changed") {
      for (const id of [...(deed.now.idLabels ?? []), ...(deed.old.idLabels ?? [])]) add(id, true);
    }
  }
  return [...labels.values()];
}
