import type { BoardEvent } from "../../events.ts";
import { compare, newerThanThis, put } from "../../ordered-rows.ts";
import type { Snapshot } from "./boards.contract.ts";
import { mergeValues } from "./field-values.ts";
import type { Blocked } from "./relations.contract.ts";
import type { Card } from "./tasks.contract.ts";

/**
 * The state of a board after an event; pure, the same code in server, client and tests (rule L9):
 * `evolve(snapshot(v), events v+1…w) = snapshot(w)`, to the letter but for the cursor, which only a stream knows.
 * Answers "reset" for `board.reset`, which only a snapshot can follow, and "unknown" for a type of a newer server (L21).
 */
export function evolve(state: Snapshot, event: BoardEvent): Snapshot | "reset" | "unknown" {
  const { version } = event;
  switch (event.type) {
    case "board.updated":
    case "board.visibility-changed":
    case "board.archived":
    case "board.restored":
      return { ...state, board: event.data.board };
    case "board.lanes-set":
      return { ...state, laneBy: event.data.laneBy };
    case "board.reset":
      return "reset";
    case "board.shared":
      return { ...state, members: put(state.members, event.data.member, userIdOf) };
    case "board.unshared": {
      const { userId, member } = event.data;
      const others = state.members.filter((known) => known.userId !== userId);
      return { ...state, members: member ? put(others, member, userIdOf) : others };
    }
    case "board.member-renamed": {
      const { userId, name } = event.data;
      return {
        ...state,
        members: state.members.map((known) => (known.userId === userId ? { ...known, name } : known)),
      };
    }
    case "column.created":
      return { ...state, columns: put(state.columns, event.data.column, idOf, byRank) };
    case "column.updated": {
      const { columnId, ...changes } = event.data;
      return { ...state, columns: change(state.columns, columnId, { ...changes, version }) };
    }
    case "column.moved": {
      const { columnId, rank } = event.data;
      return { ...state, columns: change(state.columns, columnId, { rank, version }).toSorted(byRank) };
    }
    case "column.archived": {
      const { columnId } = event.data;
      return {
        ...state,
        columns: state.columns.filter((column) => column.id !== columnId),
        tasks: state.tasks.filter((task) => task.columnId !== columnId),
      };
    }
    case "column.restored": {
      const { column, tasks } = event.data;
      const others = state.tasks.filter((task) => task.columnId !== column.id);
      return {
        ...state,
        columns: put(state.columns, column, idOf, byRank),
        tasks: [...others, ...tasks.map(complete)].toSorted(byPlace),
      };
    }
    case "column.reranked": {
      const ranks = new Map(event.data.ranks.map(({ taskId, rank }) => [taskId, rank]));
      const tasks = state.tasks.map((task) => ({ ...task, rank: ranks.get(task.id) ?? task.rank }));
      return { ...state, tasks: tasks.toSorted(byPlace) };
    }
    case "label.created":
    case "label.updated":
      return { ...state, labels: put(state.labels, event.data.label, idOf) };
    case "label.deleted": {
      const { labelId } = event.data;
      return {
        ...state,
        labels: state.labels.filter((label) => label.id !== labelId),
        tasks: state.tasks.map((task) =>
          task.labelIds.includes(labelId) ? { ...task, labelIds: task.labelIds.filter((id) => id !== labelId) } : task,
        ),
      };
    }
    case "field.created":
    case "field.updated": {
      const { field } = event.data;
      const others = state.fields.filter(({ id }) => id !== field.id);
      const fields = field.state === "open" ? [...others, field] : others;
      return { ...state, fields: fields.toSorted((a, b) => byRank(a, b) || compare(a.id, b.id)) };
    }
    case "transition.created":
    case "transition.updated":
      return { ...state, transitions: put(state.transitions, event.data.transition, idOf) };
    case "transition.deleted": {
      const { transitionId } = event.data;
      return { ...state, transitions: state.transitions.filter(({ id }) => id !== transitionId) };
    }
    case "task.created":
    case "task.arrived":
      return show({ ...state, members: event.data.members.reduce(know, state.members) }, complete(event.data.task));
    case "task.updated": {
      const { taskId, changes, fields, members } = event.data;
      const tasks = change(state.tasks, taskId, { ...changes, version, updatedAt: event.at });
      return {
        ...state,
        members: members.reduce(know, state.members),
        tasks: fields ? tasks.map((task) => (task.id === taskId ? withValues(task, fields) : task)) : tasks,
      };
    }
    case "task.moved": {
      const { taskId, columnId, rank } = event.data;
      const task = state.tasks.find((known) => known.id === taskId);
      return task ? show(state, { ...task, columnId, rank, version, updatedAt: event.at }) : state;
    }
    case "tasks.updated": {
      const { changes, members } = event.data;
      const byId = new Map(changes.flatMap(({ taskIds, ...same }) => taskIds.map((id) => [id, same])));
      const stamp = { version, updatedAt: event.at };
      const tasks = state.tasks.map((task) => {
        const changed = byId.get(task.id);
        return changed ? withValues({ ...task, ...changed.changes, ...stamp }, changed.fields ?? {}) : task;
      });
      return { ...state, members: members.reduce(know, state.members), tasks };
    }
    case "tasks.moved": {
      const places = event.data.to.flatMap(({ columnId, ranks }) =>
        ranks.map(({ taskId, rank }) => [taskId, { columnId, rank }] as const),
      );
      const byId = new Map(places);
      const stamp = { version, updatedAt: event.at };
      const moved = state.tasks.flatMap((task) => {
        const place = byId.get(task.id);
        return place ? [{ ...task, ...place, ...stamp }] : [];
      });
      return showAll(state, moved);
    }
    case "tasks.archived":
    case "tasks.deleted": {
      const gone = new Set(event.data.taskIds);
      return { ...state, tasks: state.tasks.filter((task) => !gone.has(task.id)) };
    }
    // They were in the trash.
    case "tasks.purged":
      return state;
    case "tasks.restored":
    case "tasks.recovered":
      return showAll(state, event.data.tasks.map(complete));
    case "checklist.created":
    case "checklist.updated":
    case "checklist.moved":
    case "checklist.deleted":
    case "check-item.created":
    case "check-item.updated":
    case "check-item.moved":
    case "check-item.deleted": {
      const { taskId, itemsDone, itemsTotal } = event.data;
      const members = "members" in event.data ? event.data.members : [];
      return {
        ...state,
        members: members.reduce(know, state.members),
        tasks: change(state.tasks, taskId, { itemsDone, itemsTotal, version, updatedAt: event.at }),
      };
    }
    // The items of an opened task: `evolveChecklists`.
    case "checklist.reranked":
      return state;
    case "task.archived":
    case "task.left":
      return { ...state, tasks: state.tasks.filter((task) => task.id !== event.data.taskId) };
    case "task.restored":
      return show(state, complete(event.data.task));
    case "relation.created":
    case "relation.deleted": {
      const { blocked } = event.data;
      return blocked ? { ...state, tasks: block(state.tasks, blocked) } : state;
    }
    case "task.blockers-counted":
      return { ...state, tasks: block(state.tasks, event.data) };
    // Of comments a board shows how many there are, and knows who took part.
    case "comment.created": {
      const { comment, commentCount, members } = event.data;
      const tasks = change(state.tasks, comment.taskId, { commentCount });
      return { ...state, tasks, members: members.reduce(know, state.members) };
    }
    case "comment.updated":
    case "comment.reacted":
      return { ...state, members: event.data.members.reduce(know, state.members) };
    case "comment.deleted": {
      const { taskId, commentCount } = event.data;
      return { ...state, tasks: change(state.tasks, taskId, { commentCount }) };
    }
    case "attachment.created": {
      const { attachment, attachmentCount } = event.data;
      return { ...state, tasks: change(state.tasks, attachment.taskId, { attachmentCount }) };
    }
    case "attachment.deleted": {
      const { taskId, attachmentCount } = event.data;
      return { ...state, tasks: change(state.tasks, taskId, { attachmentCount }) };
    }
    case "attachment.updated":
    case "comment.unreacted":
    case "tasks.planned":
    case "time.changed":
    case "recurrence.created":
    case "recurrence.updated":
    case "recurrence.deleted":
      return state;
    default:
      return newerThanThis(event);
  }
}

type Member = Snapshot["members"][number];

/** What cards have that those in older events do not: since then they have nothing there. */
const LATER = {
  parentId: null,
  startAt: null,
  startOn: null,
  dueOn: null,
  timeZone: null,
  estimate: null,
  coverColor: null,
  itemsDone: 0,
  itemsTotal: 0,
  blockerIds: [],
  blockersElsewhere: 0,
  fields: {},
  commentCount: 0,
  attachmentCount: 0,
};

/** A card of this build stays as it is, with its fields in the order of a snapshot. */
function complete(card: Card): Card {
  return Object.keys(LATER).every((name) => name in card) ? card : { ...LATER, ...card };
}

/** A card is in view when its column is. */
function show(state: Snapshot, card: Card): Snapshot {
  if (!state.columns.some((column) => column.id === card.columnId)) {
    return { ...state, tasks: state.tasks.filter((task) => task.id !== card.id) };
  }
  return { ...state, tasks: put(state.tasks, card, idOf, byPlace) };
}

/** Each of these cards is in view when its column is. */
function showAll(state: Snapshot, cards: readonly Card[]): Snapshot {
  const ids = new Set(cards.map(({ id }) => id));
  const columns = new Set(state.columns.map(({ id }) => id));
  const others = state.tasks.filter((task) => !ids.has(task.id));
  return { ...state, tasks: [...others, ...cards.filter((card) => columns.has(card.columnId))].toSorted(byPlace) };
}

/** Somebody who was assigned is known from then on; the role that the board gave them stays. */
function know(members: Member[], member: Member): Member[] {
  return put(members, member, userIdOf);
}

function withValues(card: Card, changes: Parameters<typeof mergeValues>[1]): Card {
  if (Object.keys(changes).length === 0) return card;
  return { ...card, fields: mergeValues(card.fields, changes) };
}

/** What blocks a task is no change of it. */
function block(tasks: Card[], { taskId, blockerIds, blockersElsewhere }: Blocked): Card[] {
  return change(tasks, taskId, { blockerIds, blockersElsewhere });
}

function change<Row extends { id: string }>(rows: Row[], id: string, changes: Partial<Row>): Row[] {
  return rows.map((row) => (row.id === id ? { ...row, ...changes } : row));
}

function idOf({ id }: { id: string }): string {
  return id;
}

function userIdOf({ userId }: Member): string {
  return userId;
}

function byRank(a: { rank: string }, b: { rank: string }): number {
  return compare(a.rank, b.rank);
}

function byPlace(a: Card, b: Card): number {
  return compare(a.columnId, b.columnId) || compare(a.rank, b.rank);
}
