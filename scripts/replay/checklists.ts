import { z } from "zod";
import type { RouterInputs } from "../../client/index.ts";
import { newId } from "../../server/core/ids.ts";
import { type Cutter, toLine } from "../../server/domains/work/imports/trello-texts.ts";
import type { TrelloExport } from "./export.ts";

/** An item of a checklist, at one moment. */
interface ItemState {
  readonly name: string;
  readonly isDone: boolean;
  readonly pos: number;
}

/** A checklist of a card, at one moment, with its items by Trello's ids. */
export interface ChecklistState {
  readonly cardId: string;
  readonly name: string;
  readonly pos: number;
  readonly items: ReadonlyMap<string, ItemState>;
}

/** A recorded action on a checklist. */
export type ChecklistDeed = {
  readonly by: string | undefined;
  readonly what: string;
  readonly cardId: string;
  readonly checklistId: string;
} & (
  | { readonly kind: "checklist-added" | "checklist-gone"; readonly name: string }
  | { readonly kind: "checklist-renamed"; readonly name: string; readonly oldName: string }
  | { readonly kind: "item-added" | "item-gone"; readonly itemId: string; readonly item: Partial<ItemState> }
  | {
      readonly kind: "item-changed";
      readonly itemId: string;
      readonly item: Partial<ItemState>;
      readonly old: Partial<ItemState>;
    }
);

const Named = z.object({ id: z.string(), name: z.string().default("") });
const TrelloItem = z.object({
  id: z.string(),
  name: z.string().exactOptional(),
  state: z.string().exactOptional(),
  pos: z.number().exactOptional(),
});
const ChecklistAction = z.object({
  card: z.object({ id: z.string() }),
  checklist: Named,
  checkItem: TrelloItem.exactOptional(),
  old: TrelloItem.omit({ id: true }).default({}),
});

const OF_CHECKLISTS: Readonly<Record<string, (deed: z.infer<typeof ChecklistAction>) => Reading | undefined>> = {
  addChecklistToCard: ({ checklist: { name } }) => ({ what: "checklists added", kind: "checklist-added", name }),
  removeChecklistFromCard: ({ checklist: { name } }) => ({ what: "checklists removed", kind: "checklist-gone", name }),
  updateChecklist: ({ checklist: { name }, old }) =>
    old.name === undefined
      ? undefined
      : { what: "checklists renamed", kind: "checklist-renamed", name, oldName: old.name },
  createCheckItem: ({ checkItem }) =>
    checkItem && { what: "items added", kind: "item-added", itemId: checkItem.id, item: toItem(checkItem) },
  deleteCheckItem: ({ checkItem }) =>
    checkItem && { what: "items deleted", kind: "item-gone", itemId: checkItem.id, item: toItem(checkItem) },
  updateCheckItem: ({ checkItem, old }) =>
    checkItem && { what: "items changed", kind: "item-changed", itemId: checkItem.id, ...changeOf(checkItem, old) },
  updateCheckItemStateOnCard: ({ checkItem }) => {
    if (!checkItem) return undefined;
    const isDone = checkItem.state === "complete";
    const what = isDone ? "items ticked off" : "items opened again";
    return { what, kind: "item-changed", itemId: checkItem.id, item: toItem(checkItem), old: { isDone: !isDone } };
  },
};

type WithoutPlace<Deed> = Deed extends ChecklistDeed ? Omit<Deed, "by" | "cardId" | "checklistId"> : never;
type Reading = WithoutPlace<ChecklistDeed>;

/** What an action did to a checklist; undefined: nothing of the kind. */
export function readChecklistAction(type: string, by: string | undefined, data: unknown): ChecklistDeed | undefined {
  const parsed = ChecklistAction.safeParse(data);
  const reading = parsed.data && OF_CHECKLISTS[type]?.(parsed.data);
  if (!parsed.data || !reading) return undefined;
  return { by, cardId: parsed.data.card.id, checklistId: parsed.data.checklist.id, ...reading };
}

export function isOfChecklists(deed: { readonly kind: string }): deed is ChecklistDeed {
  return deed.kind.startsWith("checklist-") || deed.kind.startsWith("item-");
}

function toItem({ name, state, pos }: Omit<z.infer<typeof TrelloItem>, "id">): Partial<ItemState> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(state === undefined ? {} : { isDone: state === "complete" }),
    ...(pos === undefined ? {} : { pos }),
  };
}

function changeOf(item: z.infer<typeof TrelloItem>, old: Omit<z.infer<typeof TrelloItem>, "id">) {
  return { item: toItem(item), old: toItem(old) };
}

/** The checklists that an export ends with. */
export function checklistsOf({ checklists }: TrelloExport): Map<string, ChecklistState> {
  return new Map(
    checklists.map(({ id, idCard, name, pos, checkItems }) => {
      const items = (checkItems ?? []).map((item) => {
        const state = { name: item.name ?? "", isDone: item.state === "complete", pos: item.pos ?? 0 };
        return [item.id, state] as const;
      });
      return [id, { cardId: idCard ?? "", name: name ?? "", pos: pos ?? 0, items: new Map(items) }];
    }),
  );
}

/** The state of an item of which nothing else is known. */
const BLANK = { name: "", isDone: false, pos: Number.MAX_SAFE_INTEGER };

/** Takes a deed back; answers the checklist as the deed left it. Trello does not record which items a new one has. */
export function undoChecklist(checklists: Map<string, ChecklistState>, deed: ChecklistDeed): ChecklistState {
  const { checklistId, cardId } = deed;
  const blank = { cardId, name: "name" in deed ? deed.name : "", pos: BLANK.pos, items: new Map<string, ItemState>() };
  const known = checklists.get(checklistId) ?? blank;
  const put = (changes: Partial<ChecklistState>) => checklists.set(checklistId, { ...known, ...changes });
  switch (deed.kind) {
    case "checklist-added":
      checklists.delete(checklistId);
      return known;
    case "checklist-gone":
      put({});
      return known;
    case "checklist-renamed":
      put({ name: deed.oldName });
      return { ...known, name: deed.name };
    case "item-added":
      put({ items: without(known.items, deed.itemId) });
      return known;
    case "item-gone":
      put({ items: new Map([...known.items, [deed.itemId, { ...BLANK, ...deed.item }]]) });
      return known;
    case "item-changed": {
      const left = { ...BLANK, ...known.items.get(deed.itemId), ...deed.item };
      put({ items: new Map([...known.items, [deed.itemId, { ...left, ...deed.old }]]) });
      return { ...known, items: new Map([...known.items, [deed.itemId, left]]) };
    }
  }
}

function without<Value>(map: ReadonlyMap<string, Value>, id: string): Map<string, Value> {
  return new Map([...map].filter(([key]) => key !== id));
}

type Checklists = RouterInputs["checklists"];
type CheckItems = RouterInputs["checkItems"];

/** What is called for checklists, without the board. */
export type ChecklistCall =
  | ({ procedure: "checklists.create" } & Pick<Checklists["create"], "id" | "taskId" | "name">)
  | ({ procedure: "checklists.update" } & Pick<Checklists["update"], "taskId" | "checklistId" | "name">)
  | ({ procedure: "checklists.delete" } & Pick<Checklists["delete"], "taskId" | "checklistId">)
  | ({ procedure: "checkItems.create" } & Pick<
      CheckItems["create"],
      "id" | "taskId" | "checklistId" | "text" | "state"
    >)
  | ({ procedure: "checkItems.update" } & Pick<CheckItems["update"], "taskId" | "itemId" | "text" | "state">)
  | ({ procedure: "checkItems.delete" } & Pick<CheckItems["delete"], "taskId" | "itemId">);

const NAME = 200;
const TEXT = 2_000;

interface PlannedChecklist {
  readonly ourId: string;
  readonly taskId: string;
  readonly cardId: string;
  name: string;
  readonly items: Map<string, { readonly ourId: string; state: ItemState }>;
}

/** The checklists as they are to be after every call, by Trello's ids. */
export class PlannedChecklists {
  readonly #cutter: Cutter;
  readonly #known = new Map<string, PlannedChecklist>();

  constructor(cutter: Cutter) {
    this.#cutter = cutter;
  }

  /** How many items a card has, and how many of them are done. */
  countOf(cardId: string): { itemsDone: number; itemsTotal: number } {
    const items = [...this.#known.values()].flatMap((one) => (one.cardId === cardId ? [...one.items.values()] : []));
    return { itemsDone: items.filter(({ state }) => state.isDone).length, itemsTotal: items.length };
  }

  create(taskId: string, id: string, { cardId, name, items }: ChecklistState): ChecklistCall[] {
    const planned: PlannedChecklist = { ourId: newId(), taskId, cardId, name, items: new Map() };
    this.#known.set(id, planned);
    const ordered = [...items].toSorted(([, a], [, b]) => a.pos - b.pos);
    return [
      { procedure: "checklists.create", id: planned.ourId, taskId, name: this.#name(name) },
      ...ordered.flatMap(([itemId, state]) => this.#addItem(planned, itemId, state)),
    ];
  }

  /** Does a deed, which left the checklist as it is `left`. */
  perform(taskId: string, deed: ChecklistDeed, left: ChecklistState): ChecklistCall[] {
    if (deed.kind === "checklist-added") return this.create(taskId, deed.checklistId, { ...left, name: deed.name });
    const planned = this.#known.get(deed.checklistId);
    if (!planned) return [];
    switch (deed.kind) {
      case "checklist-renamed":
        return this.#rename(planned, deed.name);
      case "checklist-gone":
        return this.#delete(deed.checklistId, planned);
      case "item-added":
        return this.#addItem(planned, deed.itemId, left.items.get(deed.itemId) ?? { ...BLANK, ...deed.item });
      case "item-gone":
        return this.dropItem(deed.checklistId, deed.itemId);
      case "item-changed":
        return this.#changeItem(planned, deed.itemId, deed.item);
    }
  }

  dropItem(checklistId: string, itemId: string): ChecklistCall[] {
    const planned = this.#known.get(checklistId);
    const item = planned?.items.get(itemId);
    if (!planned || !item) return [];
    planned.items.delete(itemId);
    return [{ procedure: "checkItems.delete", taskId: planned.taskId, itemId: item.ourId }];
  }

  /** What the records do not lead to, by the cards that it is on. */
  *catchUp(after: ReadonlyMap<string, ChecklistState>): Generator<{ cardId: string; calls: ChecklistCall[] }> {
    for (const [id, planned] of this.#known) {
      const { cardId } = planned;
      const final = after.get(id);
      if (!final) yield { cardId, calls: this.#delete(id, planned) };
      else {
        const gone = [...planned.items.keys()].filter((itemId) => !final.items.has(itemId));
        const calls = [
          ...this.#rename(planned, final.name),
          ...gone.flatMap((itemId) => this.dropItem(id, itemId)),
          ...[...final.items].flatMap(([itemId, state]) => this.#changeItem(planned, itemId, state)),
        ];
        yield { cardId, calls };
      }
    }
  }

  #rename(planned: PlannedChecklist, name: string): ChecklistCall[] {
    if (planned.name === name) return [];
    planned.name = name;
    const { taskId, ourId: checklistId } = planned;
    return [{ procedure: "checklists.update", taskId, checklistId, name: this.#name(name) }];
  }

  #delete(id: string, { taskId, ourId: checklistId }: PlannedChecklist): ChecklistCall[] {
    this.#known.delete(id);
    return [{ procedure: "checklists.delete", taskId, checklistId }];
  }

  #addItem(planned: PlannedChecklist, itemId: string, state: ItemState): ChecklistCall[] {
    const { taskId, ourId: checklistId } = planned;
    const ourId = newId();
    planned.items.set(itemId, { ourId, state });
    const text = toLine(this.#cutter, state.name, TEXT);
    return [
      { procedure: "checkItems.create", id: ourId, taskId, checklistId, text, state: state.isDone ? "done" : "open" },
    ];
  }

  #changeItem(planned: PlannedChecklist, itemId: string, now: Partial<ItemState>): ChecklistCall[] {
    const item = planned.items.get(itemId);
    if (!item) return this.#addItem(planned, itemId, { ...BLANK, ...now });
    const { name, isDone } = { ...item.state, ...now };
    const changes = {
      ...(name === item.state.name ? {} : { text: toLine(this.#cutter, name, TEXT) }),
      ...(isDone === item.state.isDone ? {} : { state: isDone ? ("done" as const) : ("open" as const) }),
    };
    item.state = { ...item.state, ...now };
    if (Object.keys(changes).length === 0) return [];
    return [{ procedure: "checkItems.update", taskId: planned.taskId, itemId: item.ourId, ...changes }];
  }

  #name(name: string): string {
    return toLine(this.#cutter, name, NAME);
  }
}
