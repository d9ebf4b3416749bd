import type { BoardEvent } from "../../events.ts";
import { compare, put } from "../../ordered-rows.ts";
import type { CheckItem, Checklist, TaskChecklists } from "./checklists.contract.ts";

/**
 * The checklists of an opened task after an event of its board; pure. Events that are not about them, and those from
 * before they were read, leave them as they are: what is heard while they are read may be laid over them afterwards.
 */
export function evolveChecklists(state: TaskChecklists, event: BoardEvent): TaskChecklists {
  const { version } = event;
  if (version <= state.version || !isOfChecklists(event) || event.data.taskId !== state.taskId) return state;
  switch (event.type) {
    case "checklist.created":
    case "checklist.updated":
    case "checklist.moved": {
      const { checklist } = event.data;
      return { ...state, version, checklists: put(state.checklists, checklist, idOf, byRank) };
    }
    case "checklist.deleted": {
      const { checklistId } = event.data;
      const checklists = state.checklists.filter(({ id }) => id !== checklistId);
      return { ...state, version, checklists, items: state.items.filter((item) => item.checklistId !== checklistId) };
    }
    case "checklist.reranked": {
      const { ranks } = event.data;
      const byId = new Map(ranks.map(({ id, rank }) => [id, rank]));
      const reranked = <Row extends Checklist | CheckItem>(row: Row): Row => ({
        ...row,
        rank: byId.get(row.id) ?? row.rank,
      });
      const checklists = state.checklists.map(reranked).toSorted(byRank);
      return { ...state, version, checklists, items: state.items.map(reranked).toSorted(byPlace) };
    }
    case "check-item.created":
    case "check-item.updated":
    case "check-item.moved": {
      const { item } = event.data;
      return { ...state, version, items: put(state.items, item, idOf, byPlace) };
    }
    case "check-item.deleted": {
      const { itemId } = event.data;
      return { ...state, version, items: state.items.filter(({ id }) => id !== itemId) };
    }
    // Of a newer server (L21).
    default:
      return state;
  }
}

type ChecklistEvent = Extract<BoardEvent, { type: `checklist.${string}` | `check-item.${string}` }>;

function isOfChecklists(event: BoardEvent): event is ChecklistEvent {
  return event.type.startsWith("checklist.") || event.type.startsWith("check-item.");
}

function idOf({ id }: { id: string }): string {
  return id;
}

function byRank(a: Checklist, b: Checklist): number {
  return compare(a.rank, b.rank) || compare(a.id, b.id);
}

function byPlace(a: CheckItem, b: CheckItem): number {
  return compare(a.checklistId, b.checklistId) || compare(a.rank, b.rank) || compare(a.id, b.id);
}
