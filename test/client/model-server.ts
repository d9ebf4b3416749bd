import type { TrackedMessage } from "../../client/fold-live.ts";
import type { ChangeInput, ChangeResult } from "../../server/domains/work/apply.contract.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import { evolve } from "../../server/domains/work/evolve.ts";
import type { BoardEvent, BoardNews } from "../../server/events.ts";
import { card, cursor, event, first, snapshot } from "./samples.ts";

/** A server in a few lines, for what a board makes of the order in which things come: a log, and answers for repeats. */
export class ModelServer {
  readonly log: BoardEvent[] = [];
  readonly #answers = new Map<string, ChangeResult>();
  state: Snapshot = snapshot(0);

  /** What was done, in order: each once. */
  get done(): string[] {
    return this.log.map(({ mutationId }) => mutationId);
  }

  apply(changes: readonly ChangeInput[]): ChangeResult[] {
    return changes.map((change) => {
      const { mutationId = "" } = change;
      const known = this.#answers.get(mutationId);
      if (known) return known;
      const result = this.#run(change, mutationId);
      if (result.status === "done") this.#answers.set(mutationId, result);
      return result;
    });
  }

  /** The messages of a watch that was last sent this version, and `undefined` for one that begins. */
  messagesAfter(version: number | undefined): TrackedMessage[] {
    if (version === undefined) return [first(this.state)];
    return this.log.slice(version).map((data) => ({ id: cursor(data.version), data }));
  }

  /** The board at a version. */
  at(version: number): Snapshot {
    return this.log.slice(0, version).reduce(folded, snapshot(0));
  }

  #run(change: ChangeInput, mutationId: string): ChangeResult {
    const news = this.#newsOf(change);
    const version = this.log.length;
    if (news === "refused") return { status: "refused", kind: "TASK_NOT_FOUND", message: "There is no such task." };
    if (news === "nothing") return { status: "done", version, value: null };
    const { data } = event(version + 1, news);
    const next = { ...data, mutationId };
    this.log.push(next);
    this.state = folded(this.state, next);
    return { status: "done", version: next.version, value: null };
  }

  #newsOf(change: ChangeInput): BoardNews | "nothing" | "refused" {
    if (change.procedure === "tasks.create") {
      const task = { ...card(change.id ?? "", change.columnId), rank: this.#lastRank(), title: change.title };
      return { type: "task.created", data: { task, description: "", members: [] } };
    }
    if ("taskIds" in change) return this.#newsOfMany(change);
    const taskId = "taskId" in change ? change.taskId : "";
    const task = this.state.tasks.find(({ id }) => id === taskId);
    if (!task) return "refused";
    if (change.procedure === "tasks.update") {
      const { title = task.title } = change;
      return title === task.title
        ? "nothing"
        : { type: "task.updated", data: { taskId, changes: { title }, members: [] } };
    }
    if (change.procedure === "tasks.move") {
      const { columnId } = change;
      if (columnId === task.columnId) return "nothing";
      return { type: "task.moved", data: { taskId, columnId, rank: this.#lastRank() } };
    }
    return { type: "task.archived", data: { taskId } };
  }

  /** All or none: what it cannot find refuses the whole. */
  #newsOfMany(change: Extract<ChangeInput, { taskIds: string[] }>): BoardNews | "nothing" | "refused" {
    const taskIds = change.taskIds.filter((id) => this.state.tasks.some((task) => task.id === id));
    if (taskIds.length < change.taskIds.length) return "refused";
    if (change.procedure === "tasks.bulkMove") {
      const ranks = taskIds.map((taskId, index) => ({ taskId, rank: `${this.#lastRank()}${index}` }));
      return { type: "tasks.moved", data: { to: [{ columnId: change.columnId, ranks }] } };
    }
    if (change.procedure === "tasks.delete") return { type: "tasks.deleted", data: { taskIds } };
    if (change.procedure === "tasks.bulkArchive") return { type: "tasks.archived", data: { taskIds } };
    const { priority = "none" } = "priority" in change ? change : {};
    return { type: "tasks.updated", data: { changes: [{ taskIds, changes: { priority } }], members: [] } };
  }

  #lastRank(): string {
    return `r${String(this.log.length).padStart(6, "0")}`;
  }
}

function folded(state: Snapshot, next: BoardEvent): Snapshot {
  const after = evolve(state, next);
  if (typeof after === "string") throw new Error(`${next.type} cannot be folded`);
  return { ...after, cursor: cursor(next.version) };
}
