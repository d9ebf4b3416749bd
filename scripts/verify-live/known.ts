import type { Random } from "./random.ts";

const MOST_KEPT = 400;

/** Something that is on a task. */
export interface Detail {
  readonly id: string;
  readonly taskId: string;
}

export type DetailNoun = "checklists" | "comments" | "items" | "recurrences" | "relations";

/** A field of the project: what its values may be. */
export interface KnownField {
  readonly id: string;
  readonly kind: "number" | "select" | "text";
  readonly optionIds: readonly string[];
}

/** What a board has of its project. */
export interface Grounds {
  readonly fields: readonly KnownField[];
  readonly plans: readonly { readonly id: string; readonly kind: string }[];
}

/** What the clients have heard of a board's things, so that calls name things that are there; some will be gone. */
export class KnownBoard {
  readonly id: string;
  readonly columns: string[] = [];
  readonly labels: string[] = [];
  readonly transitions: string[] = [];
  readonly tasks: string[] = [];
  readonly archivedTasks: string[] = [];
  readonly trashedTasks: string[] = [];
  readonly details: Record<DetailNoun, Detail[]> = {
    checklists: [],
    comments: [],
    items: [],
    recurrences: [],
    relations: [],
  };
  readonly grounds: Grounds;
  /** The number of open tasks above which more are archived than created. */
  readonly roomy: number;
  /** By whom they were made: the versions of changes. */
  readonly #versions = new Map<string, number[]>();

  constructor(id: string, roomy: number, grounds?: Grounds) {
    this.id = id;
    this.roomy = roomy;
    this.grounds = grounds ?? { fields: [], plans: [] };
  }

  /** Learns from a call that was answered. */
  learn(procedure: string, input: Readonly<Record<string, unknown>>, answer?: unknown): void {
    for (const taskId of Array.isArray(input["taskIds"]) ? input["taskIds"] : [input["taskId"]]) {
      if (typeof taskId === "string") this.#learnOfTask(procedure, taskId);
    }
    const id = input["id"] ?? idOf(answer);
    if (typeof id === "string") this.#learnOfNew(procedure, id, String(input["taskId"]));
    const gone = input["commentId"] ?? input["itemId"] ?? input["checklistId"] ?? input["relationId"];
    if (procedure.endsWith(".delete") && typeof gone === "string") this.#forgetDetail(gone);
    if (procedure === "labels.delete") remove(this.labels, String(input["labelId"]));
    if (procedure === "transitions.delete") remove(this.transitions, String(input["transitionId"]));
  }

  /** Learns that a task has gone to another board with what is on it. */
  hand(taskId: string, to: KnownBoard): void {
    remove(this.tasks, taskId);
    add(to.tasks, taskId);
    for (const noun of ["checklists", "comments", "items"] as const) {
      for (const detail of this.details[noun].filter((one) => one.taskId === taskId)) {
        remove(this.details[noun], detail);
        add(to.details[noun], detail);
      }
    }
  }

  /** Learns which version a change of somebody has. */
  note(userId: string, version: number): void {
    const own = this.#versions.get(userId) ?? [];
    this.#versions.set(userId, own);
    add(own, version);
  }

  /** A card to act on: mostly one of the newer ones, where many meet. */
  task(random: Random): string {
    return recent(random, this.tasks) ?? random.uuid();
  }

  /** Something on a task; mostly one of the newer ones. */
  detail(noun: DetailNoun, random: Random): Detail {
    return recent(random, this.details[noun]) ?? { id: random.uuid(), taskId: this.task(random) };
  }

  /** The version of one of the latest changes of somebody. */
  change(userId: string, random: Random): number {
    return random.pick(this.#versions.get(userId)?.slice(-8) ?? []) ?? 1;
  }

  #learnOfTask(procedure: string, taskId: string): void {
    switch (procedure) {
      case "tasks.archive":
      case "tasks.bulkArchive":
        remove(this.tasks, taskId);
        return add(this.archivedTasks, taskId);
      case "tasks.restore":
      case "tasks.bulkRestore":
        remove(this.archivedTasks, taskId);
        return add(this.tasks, taskId);
      case "tasks.delete":
        remove(this.tasks, taskId);
        remove(this.archivedTasks, taskId);
        return add(this.trashedTasks, taskId);
      case "trash.restore":
        remove(this.trashedTasks, taskId);
        return add(this.tasks, taskId);
      case "trash.delete":
        return remove(this.trashedTasks, taskId);
      default:
    }
  }

  #learnOfNew(procedure: string, id: string, taskId: string): void {
    switch (procedure) {
      case "tasks.create":
      case "tasks.copy":
      case "checkItems.convert":
        return add(this.tasks, id);
      case "columns.create":
        return add(this.columns, id);
      case "labels.create":
        return add(this.labels, id);
      case "transitions.create":
        return add(this.transitions, id);
      case "checklists.create":
        return add(this.details.checklists, { id, taskId });
      case "checkItems.create":
        return add(this.details.items, { id, taskId });
      case "comments.create":
        return add(this.details.comments, { id, taskId });
      case "recurrences.create":
        return add(this.details.recurrences, { id, taskId });
      case "relations.create":
        return add(this.details.relations, { id, taskId });
      default:
    }
  }

  #forgetDetail(id: string): void {
    for (const details of Object.values(this.details)) {
      const at = details.findIndex((one) => one.id === id);
      if (at !== -1) details.splice(at, 1);
    }
  }
}

function recent<Item>(random: Random, items: readonly Item[]): Item | undefined {
  return random.pick(random.chance(0.5) ? items.slice(-12) : items);
}

function idOf(answer: unknown): unknown {
  return typeof answer === "object" && answer !== null && "id" in answer ? answer.id : undefined;
}

function add<Item>(list: Item[], item: Item): void {
  list.push(item);
  if (list.length > MOST_KEPT) list.shift();
}

function remove<Item>(list: Item[], item: Item): void {
  const at = list.indexOf(item);
  if (at !== -1) list.splice(at, 1);
}
