import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveBoard, type PendingChange } from "../../client/index.ts";
import { newId } from "../../client/ids.ts";
import { ModelServer } from "./model-server.ts";
import { networkFault, refusal, ScriptedServer } from "./scripted-server.ts";

// Whatever comes in whatever order: a board ends as the server has it, and each change is done once, in order, or refused.

/** What may happen. `pick` chooses what it happens to. */
const KINDS = {
  change: 10,
  elsewhere: 6,
  /** The server does what it was sent, and its answer arrives, or is lost. */
  answer: 6,
  loseAnswer: 4,
  /** What was sent never arrives. */
  loseCall: 3,
  unavailable: 2,
  /** The server does what it was sent in a call that was given up long ago. */
  late: 2,
  deliver: 10,
  /** A part of the log comes again, as after a move between sockets. */
  repeat: 3,
  cut: 2,
  snapshot: 2,
  wait: 4,
};
type Kind = keyof typeof KINDS;
const kinds: Kind[] = ["change", "elsewhere", "answer", "loseAnswer", "loseCall", "unavailable", "late"];
kinds.push("deliver", "repeat", "cut", "snapshot", "wait");

const step = fc.record({
  kind: fc.oneof(...kinds.map((kind) => ({ arbitrary: fc.constant(kind), weight: KINDS[kind] }))),
  pick: fc.noBias(fc.nat(1_000)),
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

class Run {
  readonly server = new ModelServer();
  readonly wire = new ScriptedServer();
  readonly board = new LiveBoard("board", this.wire);
  readonly made: PendingChange[] = [];
  /** The mutation ids of the events that the board applied. */
  readonly heard = new Set<string>();
  readonly ends = new Map<string, "done" | "refused">();
  /** Calls that have been answered, or are lost. */
  readonly #over = new Set<unknown>();
  #sentUpTo: number | undefined;

  constructor() {
    this.board.onEvent(({ mutationId }) => this.heard.add(mutationId));
  }

  async take({ kind, pick }: { kind: Kind; pick: number }): Promise<void> {
    switch (kind) {
      case "change":
        this.#make(pick);
        break;
      case "elsewhere":
        this.server.apply([this.#somethingElsewhere(pick)]);
        break;
      case "answer":
        this.#answer();
        break;
      case "loseAnswer":
        this.server.apply(this.#open?.changes ?? []);
        this.#fail(networkFault());
        break;
      case "loseCall":
        this.#fail(networkFault());
        break;
      case "unavailable":
        this.#fail(refusal("SERVER_UNAVAILABLE"));
        break;
      case "late":
        this.server.apply(this.wire.calls[pick % Math.max(1, this.wire.calls.length)]?.changes ?? []);
        break;
      case "deliver":
        this.#deliver(1 + (pick % 4));
        break;
      case "repeat":
        for (const message of this.server.messagesAfter(0).slice(0, this.#sentUpTo).slice(-2)) this.wire.says(message);
        break;
      case "cut":
        this.wire.current.on.connection(pick % 2 === 0 ? "down" : "up");
        break;
      case "snapshot":
        this.#sentUpTo = undefined;
        this.#deliver(1);
        break;
      case "wait":
        await vi.advanceTimersByTimeAsync((pick % 20) * 1_000);
        break;
    }
    await vi.advanceTimersByTimeAsync(0);
  }

  /** Everything arrives from now on. */
  async heal(): Promise<void> {
    this.wire.current.on.connection("up");
    for (let round = 0; round < 50 && (this.board.pending.length > 0 || !this.isUpToDate); round += 1) {
      this.#answer();
      this.#deliver(100);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await vi.advanceTimersByTimeAsync(0);
  }

  get isUpToDate(): boolean {
    return this.board.version === this.server.log.length && this.board.confirmed !== undefined;
  }

  /** The calls that the client waits for. */
  get underWay(): number {
    return this.wire.calls.filter((call) => !call.signal.aborted && !this.#over.has(call)).length;
  }

  get #open() {
    return this.wire.calls.find((call) => !call.signal.aborted && !this.#over.has(call));
  }

  #answer(): void {
    const call = this.#open;
    if (!call) return;
    this.#over.add(call);
    call.answer(
      ...this.server
        .apply(call.changes)
        .map((result) => (result.status === "done" ? result.version : "TASK_NOT_FOUND")),
    );
  }

  #fail(error: Error): void {
    const call = this.#open;
    if (!call) return;
    this.#over.add(call);
    call.fail(error);
  }

  #deliver(count: number): void {
    for (const message of this.server.messagesAfter(this.#sentUpTo).slice(0, count)) {
      this.wire.says(message);
      this.#sentUpTo = Number.parseInt(message.id, 10);
    }
  }

  #make(pick: number): void {
    const taskId = this.board.state?.tasks[pick % Math.max(1, this.board.state.tasks.length)]?.id ?? "a";
    const columnId = pick % 2 === 0 ? "todo" : "done";
    const kinds = [
      () => this.board.createTask({ columnId, title: `New ${pick}` }),
      () => this.board.updateTask({ taskId, title: `Title ${pick % 3}` }),
      () => this.board.move({ taskId, columnId }),
      () => this.board.move({ taskId, columnId }),
      () => this.board.archiveTask({ taskId }),
      () => this.board.moveTasks({ taskIds: this.#some(pick), columnId }),
      () => this.board.updateTasks({ taskIds: this.#some(pick), priority: pick % 2 === 0 ? "low" : "high" }),
      () => this.board.deleteTasks({ taskIds: this.#some(pick).slice(0, 1) }),
      () => this.board.archiveTasks({ taskIds: this.#some(pick).slice(0, 2) }),
    ];
    const change = kinds[pick % kinds.length]?.();
    if (!change) return;
    this.made.push(change);
    change.done.then(
      () => this.ends.set(change.mutationId, "done"),
      () => this.ends.set(change.mutationId, "refused"),
    );
  }

  /** Several of the tasks that are shown, or one that there is not. */
  #some(pick: number): string[] {
    const ids = (this.board.state?.tasks ?? []).map(({ id }) => id).filter((_, index) => (index + pick) % 3 !== 0);
    return ids.length > 0 ? ids : ["nothing"];
  }

  #somethingElsewhere(pick: number) {
    const taskId = this.server.state.tasks[pick % Math.max(1, this.server.state.tasks.length)]?.id ?? "a";
    const mutationId = newId();
    const columnId = pick % 2 === 0 ? "todo" : "done";
    if (pick % 5 === 0) return { procedure: "tasks.archive" as const, taskId, mutationId };
    const title = `Theirs ${pick}`;
    if (pick % 7 === 3) {
      const taskIds = this.server.state.tasks.map(({ id }) => id);
      if (taskIds.length > 0) return { procedure: "tasks.bulkMove" as const, taskIds, columnId, mutationId };
    }
    if (pick % 5 === 1) return { procedure: "tasks.create" as const, id: newId(), columnId, title, mutationId };
    return { procedure: "tasks.move" as const, taskId, columnId, mutationId };
  }
}

/** What holds at every moment. */
function expectSound(run: Run): void {
  expect(run.underWay).toBeLessThanOrEqual(1);
  const { board, server } = run;
  expect(board.pending.length > 0 || board.state === board.confirmed).toBe(true);
  // What is confirmed is the log so far, and nothing else.
  expect(board.confirmed).toEqual(server.at(board.version));
  // What is done is part of what is confirmed, from that moment on and not before.
  const confirmed = server.log.slice(0, board.version).map(({ mutationId }) => mutationId);
  const early = server.done.filter((id) => run.ends.get(id) === "done" && !confirmed.includes(id));
  const late = board.pending.filter(({ mutationId }) => run.heard.has(mutationId));
  expect({ early, late }).toEqual({ early: [], late: [] });
  // What waits is what was made and has not ended, in its order.
  const waits = run.made.filter(({ mutationId }) => !run.ends.has(mutationId));
  expect(board.pending).toEqual(waits);
}

test("a board is the server's in the end, and each change was done once and in order, or refused", async () => {
  const ends: string[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const run = new Run();
      await run.take({ kind: "deliver", pick: 0 });
      for (const one of steps) {
        await run.take(one);
        expectSound(run);
      }
      await run.heal();
      expectSound(run);
      expect(run.board.pending).toEqual([]);
      expect(run.board.state).toEqual(run.server.state);
      const made = run.made.map(({ mutationId }) => mutationId);
      const done = run.server.done.filter((id) => made.includes(id));
      expect(done).toEqual(made.filter((id) => done.includes(id)));
      // What changed nothing is done too, and has no event.
      expect(done.every((id) => run.ends.get(id) === "done")).toBe(true);
      expect(made.every((id) => run.ends.has(id))).toBe(true);
      ends.push(...run.ends.values());
      run.board.close();
    }),
    { numRuns: 700, interruptAfterTimeLimit: 20_000 },
  );
  expect(new Set(ends)).toEqual(new Set(["done", "refused"]));
});
