import { setTimeout as delay } from "node:timers/promises";
import type { Snapshot } from "../../client/index.ts";
import { versionOf } from "./answers.ts";
import type { Client, Outcome } from "./client.ts";
import type { MutationRecord } from "./history.ts";
import { inputOf, type Procedure } from "./inputs.ts";
import type { KnownBoard } from "./known.ts";
import type { Operation } from "./operations.ts";
import type { Surroundings } from "./surroundings.ts";
import type { World } from "./world.ts";

const MOST_TRIES = 25;
const LONGEST_PAUSE_MS = 800;
/** How long somebody waits for news before they read without. */
const NEWS_MS = 300;
/** An archived board is no place to work: somebody restores it soon. */
const RESTORED = 0.4;

interface Call {
  readonly id: string;
  readonly procedure: Procedure;
  readonly input: Record<string, unknown>;
  readonly purpose: MutationRecord["purpose"];
  readonly insists: boolean;
}

/** How many changes are done by the board itself. */
const BY_BOARD = 0.5;

/** When a call began: by the clock, and in which timeline. */
interface Start {
  readonly sentAt: number;
  readonly before: number;
}

/** One client's calls, one after the other. */
export class Lane {
  readonly #world: World;
  readonly #client: Client;
  /** The newest version that the answers told of, by board. */
  readonly #known = new Map<string, number>();

  constructor(world: World, client: Client) {
    this.#world = world;
    this.#client = client;
  }

  async perform(operation: Operation): Promise<void> {
    const board = this.#place(operation.where);
    if (!board) return;
    const procedure = crowded(operation, board);
    const input = inputOf(procedure, operation.dice, this.#around(board));
    if (procedure === "boards.get") return this.#read(board.id, operation.dice.chance(0.5));
    const call: Call = { ...operation, id: operation.mutationId, procedure, input, purpose: "first" };
    if (operation.dice.chance(BY_BOARD) && (await this.#change(board, call))) return;
    const outcome = await this.#mutate(board, call);
    if (outcome.kind === "BOARD_ARCHIVED" && operation.dice.chance(RESTORED)) return this.#restore(board.id);
    if (outcome.outcome !== "answered") return;
    switch (operation.next) {
      case "repeat":
        await this.#mutate(board, { ...call, purpose: "repeat", insists: true });
        return;
      case "reuse":
        await this.#mutate(board, { ...call, ...otherCall(call, board), purpose: "reuse", insists: true });
        return;
      case "read":
        return this.#read(board.id, false);
      case "nothing":
    }
  }

  #around(board: KnownBoard): Surroundings {
    const { boards, members, foreignBoard } = this.#world.cast;
    return {
      board,
      boards: board === foreignBoard ? [board] : boards,
      userIds: members.map(({ id }) => id),
      userId: this.#client.person.id,
    };
  }

  #place({ watched, at }: Operation["where"]): KnownBoard | undefined {
    const all = [...this.#world.cast.boards, this.#world.cast.foreignBoard];
    const watches = [...this.#client.watches].filter(([, { place, ending }]) => place && ending === undefined);
    const seen = all.filter(({ id }) => watches.some(([boardId]) => boardId === id));
    const open = watched && seen.length > 0 ? seen : all;
    return open[Math.floor(at * open.length)];
  }

  /** Does it by the board that the client watches; answers whether there is one that does that. */
  async #change(board: KnownBoard, call: Call): Promise<boolean> {
    const start = this.#start();
    const { boardId: _, ...input } = call.input;
    const outcome = await this.#client.change(board.id, call.procedure, { ...input, mutationId: call.id });
    if (!outcome) return false;
    // Our client repeats what gets no answer: how often it was sent is not known here.
    this.#record(board, { ...call, purpose: "shown" }, { ...start, outcome, tries: 2 });
    return true;
  }

  async #mutate(board: KnownBoard, call: Call): Promise<MutationRecord> {
    const { procedure, input } = call;
    const start = this.#start();
    let tries = 0;
    let outcome: Outcome;
    do {
      if (tries > 0) await delay(Math.min(40 * 2 ** tries, LONGEST_PAUSE_MS));
      tries += 1;
      outcome = await this.#client.call("mutation", procedure, { ...input, mutationId: call.id });
    } while (outcome.outcome === "unknown" && call.insists && tries < MOST_TRIES);
    return this.#record(board, call, { ...start, outcome, tries });
  }

  #start(): Start {
    return { sentAt: performance.now(), before: this.#world.lostTimelines.length };
  }

  #record(
    board: KnownBoard,
    call: Call,
    { sentAt, before, outcome, tries }: Start & { outcome: Outcome; tries: number },
  ): MutationRecord {
    const answer = outcome.outcome === "answered" ? outcome.answer : undefined;
    const record: MutationRecord = {
      id: call.id,
      client: this.#client.name,
      userId: this.#client.person.id,
      boardId: board.id,
      procedure: call.procedure,
      input: call.input,
      purpose: call.purpose,
      sentAt,
      endedAt: performance.now(),
      outcome: outcome.outcome,
      kind: outcome.outcome === "refused" ? outcome.kind : undefined,
      answer,
      tries,
      timelines: [before, this.#world.lostTimelines.length],
    };
    this.#world.mutations.push(record);
    if (outcome.outcome === "answered") this.#learn(board, call, answer);
    return record;
  }

  /** By the owner of the organisation, who owns everything in it; others' boards stay as they are. */
  async #restore(boardId: string): Promise<void> {
    const { owner, boards } = this.#world.cast;
    if (!boards.some(({ id }) => id === boardId)) return;
    await this.#world.persistence.persist((options) => owner.boards.restore.mutate({ boardId }, options));
  }

  #learn(board: KnownBoard, { procedure, input }: Call, answer: unknown): void {
    board.learn(procedure, input, answer);
    const to = this.#world.cast.boards.find(({ id }) => id === input["toBoardId"]);
    if (to) board.hand(String(input["taskId"]), to);
    const { changes } = input;
    if (Array.isArray(changes) && Array.isArray(answer)) {
      for (const [index, change] of changes.entries()) {
        const result: unknown = answer[index];
        if (isDone(result) && isChange(change)) board.learn(change.procedure, change);
      }
    }
    const version = versionOf(answer);
    if (version === undefined) return;
    this.#known.set(board.id, version);
    board.note(this.#client.person.id, version);
  }

  /** Reads a board, on request as soon as its watch has heard something new. */
  async #read(boardId: string, onNews: boolean): Promise<void> {
    const watch = this.#client.watches.get(boardId);
    if (onNews) await watch?.news(NEWS_MS);
    const before = this.#world.lostTimelines.length;
    const heard = watch?.ending === undefined ? Number.parseInt(watch?.place?.cursor ?? "0", 10) : 0;
    const known = Math.max(this.#known.get(boardId) ?? 0, heard);
    const outcome = await this.#client.call("query", "boards.get", { boardId });
    if (outcome.outcome !== "answered" || !isSnapshot(outcome.answer)) return;
    const timelines = [before, this.#world.lostTimelines.length] as const;
    this.#world.reads.push({ client: this.#client.name, boardId, known, snapshot: outcome.answer, timelines });
  }
}

/** A full board gets fewer new cards, an empty one more. */
function crowded({ procedure, dice }: Operation, board: KnownBoard): Procedure {
  if (procedure === "tasks.create" && board.tasks.length > board.roomy && dice.chance(0.8)) return "tasks.archive";
  if (procedure === "tasks.archive" && board.tasks.length < board.roomy / 4) return "tasks.create";
  return procedure;
}

/** The same id for something else: for the same procedure with another input, or for another procedure. */
function otherCall({ procedure, input }: Call, board: KnownBoard): Pick<Call, "procedure" | "input"> {
  if ("title" in input) return { procedure, input: { ...input, title: "Something else" } };
  return { procedure: "boards.update", input: { boardId: board.id, name: "Something else" } };
}

function isDone(result: unknown): boolean {
  return typeof result === "object" && result !== null && "status" in result && result.status === "done";
}

function isChange(change: unknown): change is { procedure: string } & Record<string, unknown> {
  return typeof change === "object" && change !== null && "procedure" in change && typeof change.procedure === "string";
}

function isSnapshot(answer: unknown): answer is Snapshot {
  return typeof answer === "object" && answer !== null && "cursor" in answer && "tasks" in answer;
}
