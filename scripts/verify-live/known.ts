import type { Random } from "./random.ts";

const MOST_KEPT = 400;

/** What the clients have heard of a board's things, so that calls name things that are there; some will be gone. */
export class KnownBoard {
  readonly id: string;
  readonly columns: string[] = [];
  readonly labels: string[] = [];
  readonly tasks: string[] = [];
  readonly archivedTasks: string[] = [];
  /** The number of open tasks above which more are archived than created. */
  readonly roomy: number;

  constructor(id: string, roomy: number) {
    this.id = id;
    this.roomy = roomy;
  }

  /** Learns from the answer of a call. */
  learn(procedure: string, input: Readonly<Record<string, unknown>>): void {
    if (procedure === "tasks.bulkArchive" && Array.isArray(input["taskIds"])) {
      for (const taskId of input["taskIds"]) this.learn("tasks.archive", { taskId });
    }
    const id = input["id"] ?? input["taskId"] ?? input["labelId"];
    if (typeof id !== "string") return;
    switch (procedure) {
      case "tasks.create":
        return add(this.tasks, id);
      case "tasks.archive":
        remove(this.tasks, id);
        return add(this.archivedTasks, id);
      case "tasks.restore":
        remove(this.archivedTasks, id);
        return add(this.tasks, id);
      case "columns.create":
        return add(this.columns, id);
      case "labels.create":
        return add(this.labels, id);
      case "labels.delete":
        return remove(this.labels, id);
      default:
    }
  }

  /** A card to act on: mostly one of the newer ones, where many meet. */
  task(random: Random): string {
    const { tasks } = this;
    const near = random.chance(0.5) ? tasks.slice(-12) : tasks;
    return random.pick(near) ?? random.uuid();
  }
}

function add(list: string[], id: string): void {
  list.push(id);
  if (list.length > MOST_KEPT) list.shift();
}

function remove(list: string[], id: string): void {
  const at = list.indexOf(id);
  if (at !== -1) list.splice(at, 1);
}
