import type { CardState, Deed } from "./deeds.ts";
import { isOfChecklists } from "./checklists.ts";
import { count, type History, itemOf, type Moment, toggled } from "./history.ts";
import { type Call, PlannedBoard } from "./planned-board.ts";

/** What one person does at once: one call, or several changes under one lock. */
export interface Step {
  /** Trello's id of the person; undefined: whoever replays. */
  readonly by: string | undefined;
  readonly what: string;
  readonly changes: Call[];
}

/** What the board must be in the end, as the export says. */
export interface Expected {
  /** In order of position. */
  readonly columns: readonly { id: string; name: string; state: "open" | "archived"; pos: number }[];
  readonly tasks: readonly ExpectedTask[];
}

export interface ExpectedTask {
  readonly id: string;
  readonly columnId: string;
  readonly title: string;
  readonly state: "open" | "archived";
  readonly description: string;
  readonly startAt: string | null;
  readonly dueAt: string | null;
  readonly coverColor: string | null;
  readonly labelIds: string[];
  readonly assigneeIds: string[];
  readonly commentCount: number;
  readonly itemsDone: number;
  readonly itemsTotal: number;
  readonly pos: number;
}

export interface Plan {
  /** Makes the board as it was before the recording. */
  readonly before: Call[];
  /** The recorded actions. */
  readonly steps: Step[];
  /** What the export ends with though no action says so. */
  readonly unrecorded: Step[];
  readonly expected: Expected;
  readonly changedNothing: Map<string, number>;
  /** Texts that were longer than Trestle allows. */
  readonly truncated: number;
}

/** All calls of a replay, made before the first is sent. `userIds`: Trello's id of a person → ours. */
export function toPlan(history: History, userIds: ReadonlyMap<string, string>): Plan {
  let now = -1;
  const board = new PlannedBoard(userIds, (id) => (history.settledAt.get(id) ?? -1) <= now);
  const before = createBefore(board, history);
  const steps: Step[] = [];
  const changedNothing = new Map(history.changedNothing);
  for (const [index, moment] of history.moments.entries()) {
    now = index;
    const { by, what } = moment.deed;
    const changes = changesOf(board, moment);
    if (changes.length === 0) count(changedNothing, what);
    else steps.push({ by, what, changes });
  }
  const unrecorded = catchUp(board, history);
  const expected = expect(board, history);
  return { before, steps, unrecorded, expected, changedNothing, truncated: board.cutter.truncated };
}

function createBefore(board: PlannedBoard, { labels, before }: History): Call[] {
  const lists = [...before.lists].toSorted(([, a], [, b]) => a.pos - b.pos);
  const cards = [...before.cards].toSorted(([, a], [, b]) => a.pos - b.pos);
  return [
    ...labels.flatMap((label) => board.createLabel(label)),
    ...lists.flatMap(([id, list]) => board.createList(id, { ...list, closed: false })),
    ...cards.flatMap(([id, card]) => board.createCard(id, card)),
    ...[...before.checklists]
      .toSorted(([, a], [, b]) => a.pos - b.pos)
      .filter(([, { cardId }]) => board.cards.has(cardId))
      .flatMap(([id, state]) => board.onOpenCard(state.cardId, (taskId) => board.checklists.create(taskId, id, state))),
    ...lists.filter(([, { closed }]) => closed).flatMap(([id]) => board.changeList(id, { closed: true })),
  ];
}

function changesOf(board: PlannedBoard, { deed, left }: Moment): Call[] {
  if (isOfChecklists(deed)) {
    const { checklist } = left;
    if (!checklist || !board.cards.has(deed.cardId)) return [];
    return board.onOpenCard(deed.cardId, (taskId) => board.checklists.perform(taskId, deed, checklist));
  }
  const pos = left.card?.pos ?? left.list?.pos ?? 0;
  switch (deed.kind) {
    case "list-created":
      return board.createList(deed.listId, { name: "", closed: false, ...left.list, ...deed.now, pos });
    case "list-changed":
      return board.changeList(deed.listId, { ...deed.now, ...("pos" in deed.now ? { pos } : {}) });
    case "card-created":
      if (!left.card) return [];
      return [...dropItem(board, deed), ...board.createCard(deed.cardId, { ...left.card, ...deed.now, pos })];
    case "card-changed":
      return board.changeCard(deed.cardId, { ...deed.now, ...(moves(deed) ? { pos } : {}) });
    case "card-commented":
      return board.comment(deed.cardId, deed.text);
    case "card-gone":
      return board.changeCard(deed.cardId, { closed: true });
    case "card-toggled": {
      const set = board.cards.get(deed.cardId)?.state[deed.set] ?? [];
      return board.changeCard(deed.cardId, { [deed.set]: toggled(set, deed.id, deed.added) });
    }
  }
}

/** The item that became this card goes. */
function dropItem(board: PlannedBoard, { cardId, fromItem }: Extract<Deed, { kind: "card-created" }>): Call[] {
  if (!fromItem || !board.cards.has(fromItem.cardId)) return [];
  const { checklistId, itemId } = itemOf(cardId, "", fromItem);
  return board.onOpenCard(fromItem.cardId, () => board.checklists.dropItem(checklistId, itemId));
}

function moves(deed: Extract<Deed, { kind: "card-changed" }>): boolean {
  return deed.now.pos !== undefined || deed.now.idList !== undefined;
}

/** What the records do not lead to: some changes of Trello's leave none, such as those of a label or of its deletion. */
function catchUp(board: PlannedBoard, { labels, after, goneCardIds }: History): Step[] {
  const steps: Step[] = [];
  const add = (what: string, changes: Call[]) => {
    if (changes.length > 0) steps.push({ by: undefined, what, changes });
  };
  for (const { id } of labels.filter(({ lost }) => lost)) add("labels deleted", board.deleteLabel(id));
  for (const [id, { name, closed }] of after.lists) {
    const list = board.lists.get(id)?.state;
    if (list && list.name !== name) add("lists renamed", board.changeList(id, { name }));
    if (list && list.closed !== closed) add("lists closed or reopened", board.changeList(id, { closed }));
  }
  for (const [id, final] of after.cards) {
    const state = board.cards.get(id)?.state;
    if (!state) continue;
    if (goneCardIds.has(id)) {
      if (!state.closed) add("cards gone (here: closed)", board.changeCard(id, { closed: true }));
      continue;
    }
    if (state.idList !== final.idList) {
      add("cards moved to another list", board.changeCard(id, { idList: final.idList, pos: final.pos }));
    }
    if (state.closed !== final.closed) add("cards closed or reopened", board.changeCard(id, { closed: final.closed }));
    if (state.name !== final.name) add("cards renamed", board.changeCard(id, { name: final.name }));
    if (state.desc !== final.desc) add("cards described", board.changeCard(id, { desc: final.desc }));
    if (state.due !== final.due) add("due dates set", board.changeCard(id, { due: final.due }));
    if (state.start !== final.start) add("start dates set", board.changeCard(id, { start: final.start }));
    if (state.cover.color !== final.cover.color) add("covers coloured", board.changeCard(id, { cover: final.cover }));
    if (!sameSet(state.idLabels, final.idLabels)) {
      add("cards labelled", board.changeCard(id, { idLabels: final.idLabels }));
    }
    if (!sameSet(state.idMembers, final.idMembers)) {
      add("cards assigned", board.changeCard(id, { idMembers: final.idMembers }));
    }
  }
  for (const { cardId, calls } of board.checklists.catchUp(after.checklists)) {
    if (goneCardIds.has(cardId)) continue;
    const changes = board.onOpenCard(cardId, () => calls);
    add("checklists changed", changes);
  }
  return steps;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...new Set(a)].toSorted()) === JSON.stringify([...new Set(b)].toSorted());
}

function expect(board: PlannedBoard, { after, goneCardIds }: History): Expected {
  const toState = (closed: boolean) => (closed ? "archived" : "open");
  const columns = [...after.lists].flatMap(([id, { name, closed, pos }]) => {
    const planned = board.lists.get(id);
    return planned
      ? [{ id: planned.columnId, name: board.columnName(name), state: toState(closed), pos } as const]
      : [];
  });
  const tasks = [...after.cards].flatMap(([cardId, final]): ExpectedTask[] => {
    const planned = board.cards.get(cardId);
    if (!planned) return [];
    // Of what is gone nobody knows how it ended, but that it is closed.
    const card: CardState = goneCardIds.has(cardId) ? { ...planned.state, closed: true } : final;
    const content = board.contentOf(card);
    const { taskId: id, commentCount } = planned;
    const counts = board.checklists.countOf(cardId);
    return [{ id, ...content, commentCount, ...counts, state: toState(card.closed), pos: card.pos }];
  });
  return { columns: columns.toSorted((a, b) => a.pos - b.pos), tasks };
}
