import type { RouterInputs } from "../../client/index.ts";
import { COMMENT_LENGTH } from "../../server/domains/work/comments.contract.ts";
import { newId } from "../../server/core/ids.ts";
import { coverColorOf, startOf } from "../../server/domains/work/imports/trello-export.ts";
import { type Cutter, toInstant, toLine, toProse } from "../../server/domains/work/imports/trello-texts.ts";
import { type ChecklistCall, PlannedChecklists } from "./checklists.ts";
import type { CardState, ListState } from "./deeds.ts";
import type { TrelloLabelState } from "./history.ts";

export type Change = RouterInputs["boards"]["applyChanges"]["changes"][number];

type CommentInput = Pick<RouterInputs["comments"]["create"], "taskId" | "text">;
/** What is called, without the board: of comments and checklists each is a call of its own. */
export type Call = Change | ({ procedure: "comments.create" } & CommentInput) | ChecklistCall;

const COLUMN_NAME = 200;
const LABEL_NAME = 100;
const TITLE = 500;
const DESCRIPTION = 32_768;

interface PlannedList {
  readonly columnId: string;
  state: ListState;
  /** The open cards, as they stand. */
  readonly cardIds: string[];
}

interface PlannedCard {
  readonly taskId: string;
  state: CardState;
  commentCount: number;
}

/**
 * The board as it is to be after every call, by Trello's ids: it makes the calls, and knows without asking the server
 * behind which card one goes. Trello lets people change what is closed; here it is opened for that, and closed again.
 */
export class PlannedBoard {
  readonly lists = new Map<string, PlannedList>();
  readonly cards = new Map<string, PlannedCard>();
  readonly cutter: Cutter = { truncated: 0 };
  readonly checklists = new PlannedChecklists(this.cutter);
  readonly #openListIds: string[] = [];
  readonly #labelIds = new Map<string, string>();
  readonly #userIds: ReadonlyMap<string, string>;
  readonly #isSettled: (id: string) => boolean;

  /** `isSettled` says whether a list or card has, by now, the position that it ends with. */
  constructor(userIds: ReadonlyMap<string, string>, isSettled: (id: string) => boolean) {
    this.#userIds = userIds;
    this.#isSettled = isSettled;
  }

  createLabel({ id, name, color }: TrelloLabelState): Change[] {
    const labelId = newId();
    this.#labelIds.set(id, labelId);
    return [{ procedure: "labels.create", id: labelId, name: toProse(this.cutter, name, LABEL_NAME).trim(), color }];
  }

  deleteLabel(id: string): Change[] {
    for (const card of this.cards.values()) {
      card.state = { ...card.state, idLabels: card.state.idLabels.filter((other) => other !== id) };
    }
    return [{ procedure: "labels.delete", labelId: known(this.#labelIds, id) }];
  }

  createList(id: string, state: ListState): Change[] {
    const list = { columnId: newId(), state: { ...state, closed: false }, cardIds: [] };
    this.lists.set(id, list);
    const after = this.#placeList(id);
    const changes: Change[] = [
      { procedure: "columns.create", id: list.columnId, name: this.columnName(state.name), after },
    ];
    return state.closed ? [...changes, ...this.changeList(id, { closed: true })] : changes;
  }

  changeList(id: string, now: Partial<ListState>): Change[] {
    const list = this.#list(id);
    const { columnId, state: before } = list;
    list.state = { ...before, ...now };
    const moves = now.pos !== undefined && !list.state.closed;
    const opens = before.closed && (now.name !== undefined || !list.state.closed);
    const changes: Change[] = [];
    if (opens) {
      changes.push({ procedure: "columns.restore", columnId });
      this.#openListIds.push(id);
    }
    if (now.name !== undefined) {
      changes.push({ procedure: "columns.update", columnId, name: this.columnName(now.name) });
    }
    if (!list.state.closed && (moves || opens)) {
      const after = this.#placeList(id);
      // A restored column is the last one already.
      const isThere = !moves && this.#openListIds.at(-1) === id;
      if (!isThere) changes.push({ procedure: "columns.move", columnId, after });
    }
    if (list.state.closed && (opens || !before.closed)) {
      changes.push({ procedure: "columns.archive", columnId });
      remove(this.#openListIds, id);
    }
    return changes;
  }

  createCard(id: string, state: CardState): Change[] {
    const card = { taskId: newId(), state: { ...state, closed: false }, commentCount: 0 };
    this.cards.set(id, card);
    const after = this.#placeCard(id);
    const changes = this.#inOpenList(state.idList, [
      { procedure: "tasks.create", id: card.taskId, ...this.contentOf(state), after },
    ]);
    return state.closed ? [...changes, ...this.changeCard(id, { closed: true })] : changes;
  }

  changeCard(id: string, now: Partial<CardState>): Change[] {
    const card = this.#card(id);
    const { taskId, state: before } = card;
    const update = this.#updateOf({ ...before, ...now }, now);
    const moves = now.pos !== undefined || now.idList !== undefined;
    const closes = now.closed ?? before.closed;
    const opens = before.closed && (!closes || moves || update !== undefined);
    const changes: Change[] = [];
    if (opens) {
      changes.push({ procedure: "tasks.restore", taskId });
      this.#list(before.idList).cardIds.push(id);
    }
    if (update) changes.push({ procedure: "tasks.update", taskId, ...update });
    if (moves || opens) {
      remove(this.#list(before.idList).cardIds, id);
      card.state = { ...before, ...now, closed: false };
      const list = this.#list(card.state.idList);
      const after = this.#placeCard(id);
      // A restored task is the last one of its column already.
      const isThere = !moves && list.cardIds.at(-1) === id;
      const move = { procedure: "tasks.move", taskId, columnId: list.columnId, after } as const;
      if (!isThere) changes.push(...this.#inOpenList(card.state.idList, [move]));
    }
    card.state = { ...before, ...now };
    if (closes && (opens || !before.closed)) {
      changes.push({ procedure: "tasks.archive", taskId });
      remove(this.#list(card.state.idList).cardIds, id);
    }
    return changes;
  }

  comment(id: string, text: string): Call[] {
    const card = this.#card(id);
    const { taskId } = card;
    card.commentCount += 1;
    const comment = {
      procedure: "comments.create",
      taskId,
      text: toProse(this.cutter, text, COMMENT_LENGTH),
    } as const;
    return this.onOpenCard(id, () => [comment]);
  }

  /** Calls for what is on a card. */
  onOpenCard(id: string, calls: (taskId: string) => Call[]): Call[] {
    const { taskId, state } = this.#card(id);
    const made = calls(taskId);
    if (!state.closed || made.length === 0) return made;
    return [{ procedure: "tasks.restore", taskId }, ...made, { procedure: "tasks.archive", taskId }];
  }

  columnName(name: string): string {
    return toLine(this.cutter, name, COLUMN_NAME);
  }

  /** What a task says that is made of this card. */
  contentOf(state: CardState) {
    return {
      columnId: this.#list(state.idList).columnId,
      title: toLine(this.cutter, state.name, TITLE),
      description: toProse(this.cutter, state.desc, DESCRIPTION),
      startAt: startOf(state),
      dueAt: toInstant(state.due),
      coverColor: coverColorOf(state),
      labelIds: this.#idsOf(this.#labelIds, state.idLabels),
      assigneeIds: this.#idsOf(this.#userIds, state.idMembers),
    };
  }

  /** What `tasks.update` is told. */
  #updateOf(state: CardState, now: Partial<CardState>) {
    const { title, description, startAt, dueAt, coverColor, labelIds, assigneeIds } = this.contentOf(state);
    const update = {
      ...(now.name === undefined ? {} : { title }),
      ...(now.desc === undefined ? {} : { description }),
      ...(now.start === undefined && now.due === undefined ? {} : { startAt, dueAt }),
      ...(now.cover === undefined ? {} : { coverColor }),
      ...(now.idLabels === undefined ? {} : { labelIds }),
      ...(now.idMembers === undefined ? {} : { assigneeIds }),
    };
    return Object.keys(update).length === 0 ? undefined : update;
  }

  #idsOf(ours: ReadonlyMap<string, string>, ids: readonly string[]): string[] {
    return [...new Set(ids)].map((id) => known(ours, id)).toSorted();
  }

  #inOpenList(id: string, changes: Change[]): Change[] {
    const { columnId, state } = this.#list(id);
    if (!state.closed) return changes;
    return [{ procedure: "columns.restore", columnId }, ...changes, { procedure: "columns.archive", columnId }];
  }

  /** Puts an open card where its position says, and answers the task that it stands behind. */
  #placeCard(id: string): string | null {
    const { idList } = this.#card(id).state;
    const behind = this.#place(this.#list(idList).cardIds, id, (cardId) => this.#card(cardId).state.pos);
    return behind === undefined ? null : this.#card(behind).taskId;
  }

  #placeList(id: string): string | null {
    const behind = this.#place(this.#openListIds, id, (listId) => this.#list(listId).state.pos);
    return behind === undefined ? null : this.#list(behind).columnId;
  }

  /**
   * Trello gives all cards of a list new positions now and then, and does not record it; so positions of before and
   * after that cannot be compared. Those that stay are: what is settled stands in order, whatever comes between.
   */
  #place(ids: string[], id: string, positionOf: (id: string) => number): string | undefined {
    remove(ids, id);
    const isBefore = (other: string) => positionOf(other) <= positionOf(id);
    let at = ids.findLastIndex((other) => this.#isSettled(other) && isBefore(other)) + 1;
    for (const other of ids.slice(at)) {
      if (this.#isSettled(other) || !isBefore(other)) break;
      at += 1;
    }
    ids.splice(at, 0, id);
    return ids[at - 1];
  }

  #list(id: string): PlannedList {
    return known(this.lists, id);
  }

  #card(id: string): PlannedCard {
    return known(this.cards, id);
  }
}

function remove(ids: string[], id: string): void {
  const at = ids.indexOf(id);
  if (at >= 0) ids.splice(at, 1);
}

function known<Value>(values: ReadonlyMap<string, Value>, id: string): Value {
  const value = values.get(id);
  if (value === undefined) throw new Error(`the replay does not know ${id}`);
  return value;
}
