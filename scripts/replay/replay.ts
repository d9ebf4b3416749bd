import { setTimeout as delay } from "node:timers/promises";
import type { Trestle } from "../../client/index.ts";
import { apply, createPersistence, isChange, type Persistence } from "./calls.ts";
import { type Cast, createCast } from "./cast.ts";
import { type Actual, compareWithExport, readBoard } from "./compare.ts";
import { ReplayError, type TrelloExport } from "./export.ts";
import { count, type History, toHistory } from "./history.ts";
import { type Expected, type Plan, type Step, toPlan } from "./plan.ts";
import type { Call } from "./planned-board.ts";
import { compareWatcher, openWatchers, type Watcher } from "./watchers.ts";

export interface ReplayOptions {
  readonly url: string;
  readonly file: TrelloExport;
  readonly watchers: number;
  /** Actions a second; undefined: as fast as answers come. */
  readonly speed: number | undefined;
}

/** How far a replay is. */
export interface ReplayStatus {
  readonly doing: string;
  readonly done: number;
  readonly total: number;
  /** The version of the watcher that is behind all others, and of the one before all others. */
  readonly versions: readonly [number, number];
  /** For how many seconds the server has not answered; 0: it does. */
  readonly awaySeconds: number;
}

export interface ReplayReport {
  readonly recorded: number;
  readonly people: number;
  readonly before: { readonly lists: number; readonly cards: number };
  /** What was done → how many times. */
  readonly replayed: ReadonlyMap<string, number>;
  readonly unrecorded: ReadonlyMap<string, number>;
  readonly changedNothing: ReadonlyMap<string, number>;
  readonly leftOut: ReadonlyMap<string, number>;
  readonly truncated: boolean;
  readonly seconds: number;
  /** How many requests got no answer, and were made again. */
  readonly unanswered: number;
  readonly version: number;
  readonly watchers: readonly { name: string; events: number }[];
  readonly expected: Expected;
  readonly actual: Actual;
  /** Sentences: none when everything is as it should be. */
  readonly differences: readonly string[];
  readonly account: { readonly orgSlug: string; readonly email: string; readonly password: string };
}

/** One change weighs at most 100 KB; a body may have 1 MiB. */
const CHANGES_PER_CALL = 100;
const CHARACTERS_PER_CALL = 200_000;
/** Long enough for a watch that waits for its next dial. */
const CATCH_UP_MS = 60_000;

/** A replay of one export: `run` it once, and ask `status` meanwhile. */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #persistence: Persistence = createPersistence();
  #watchers: Watcher[] = [];
  #doing = "signing people up";
  #done = 0;
  #total = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  get status(): ReplayStatus {
    const { awaySince } = this.#persistence;
    const versions = this.#watchers.map(({ version }) => version);
    return {
      doing: this.#doing,
      done: this.#done,
      total: this.#total,
      versions: versions.length === 0 ? [0, 0] : [Math.min(...versions), Math.max(...versions)],
      awaySeconds: awaySince === undefined ? 0 : Math.round((performance.now() - awaySince) / 1_000),
    };
  }

  /** Replays, compares, and closes all connections. Fails with a ReplayError when the server refuses or stays away. */
  async run(): Promise<ReplayReport> {
    const { url, file } = this.#options;
    const history = toHistory(file);
    const cast = await createCast(url, history, this.#persistence);
    try {
      const userIds = new Map([...cast.members].map(([id, { userId }]) => [id, userId]));
      const plan = toPlan(history, userIds);
      await this.#openWatchers(cast);
      const seconds = await this.#perform(cast, plan);
      this.#doing = "comparing";
      const { trestle } = cast.owner;
      const actual = await readBoard(trestle, cast.boardId, this.#persistence);
      const version = Number.parseInt(actual.snapshot.cursor, 10);
      await this.#until((watcher) => watcher.version >= version);
      return this.#report({ history, plan, cast, actual, version, seconds });
    } finally {
      for (const watcher of this.#watchers) await watcher.close();
      await cast.close();
    }
  }

  async #openWatchers({ boardId, owner, members }: Cast): Promise<void> {
    this.#doing = "opening the board for those who watch";
    const tokens = [...members.values(), owner].flatMap(({ trestle }) => trestle.token ?? []);
    this.#watchers = openWatchers({ url: this.#options.url, boardId, tokens, count: this.#options.watchers });
    await this.#until((watcher) => watcher.state !== undefined);
    if (this.#watchers.some(({ state }) => !state)) {
      throw new ReplayError("The board cannot be watched: no snapshot came.");
    }
  }

  /** Waits until all watchers are that far, have ended, or it took too long; the comparison tells them apart. */
  async #until(isThere: (watcher: Watcher) => boolean): Promise<void> {
    const deadline = performance.now() + CATCH_UP_MS;
    while (!this.#watchers.every((watcher) => watcher.ended !== undefined || isThere(watcher))) {
      if (performance.now() > deadline) return;
      await delay(10);
    }
  }

  /** Answers how many seconds the recorded actions took. */
  async #perform({ boardId, owner, members }: Cast, plan: Plan): Promise<number> {
    const actorOf = ({ by }: Step): Trestle => (members.get(by ?? "") ?? owner).trestle;
    this.#doing = "making the board of before";
    for (const changes of inCalls(plan.before)) await apply(owner.trestle, boardId, changes, this.#persistence);
    this.#doing = "replaying";
    this.#total = plan.steps.length;
    const { speed } = this.#options;
    const start = performance.now();
    for (const [index, step] of plan.steps.entries()) {
      if (speed !== undefined) await delay(Math.max(0, start + (index * 1_000) / speed - performance.now()));
      await apply(actorOf(step), boardId, step.changes, this.#persistence);
      this.#done = index + 1;
    }
    const seconds = (performance.now() - start) / 1_000;
    for (const step of plan.unrecorded) await apply(actorOf(step), boardId, step.changes, this.#persistence);
    return seconds;
  }

  #report(end: {
    history: History;
    plan: Plan;
    cast: Cast;
    actual: Actual;
    version: number;
    seconds: number;
  }): ReplayReport {
    const { history, plan, cast, actual, version, seconds } = end;
    const { orgSlug, owner } = cast;
    return {
      recorded: this.#options.file.actions.length,
      people: cast.members.size,
      before: { lists: history.before.lists.size, cards: history.before.cards.size },
      replayed: countKinds(plan.steps),
      unrecorded: countKinds(plan.unrecorded),
      changedNothing: plan.changedNothing,
      leftOut: history.leftOut,
      truncated: plan.truncated > 0,
      seconds,
      unanswered: this.#persistence.unanswered,
      version,
      watchers: this.#watchers.map(({ name, events }) => ({ name, events })),
      expected: plan.expected,
      actual,
      differences: [
        ...this.#watchers.flatMap((watcher) => compareWatcher(watcher, actual.snapshot, version)),
        ...compareWithExport(plan.expected, actual),
      ],
      account: { orgSlug, email: owner.email, password: owner.password },
    };
  }
}

function countKinds(steps: readonly Step[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { what } of steps) count(counts, what);
  return counts;
}

function inCalls(changes: readonly Call[]): Call[][] {
  const calls: Call[][] = [];
  let characters = 0;
  for (const change of changes) {
    const size = JSON.stringify(change).length;
    const call = calls.at(-1);
    const last = call?.at(-1);
    if (
      call &&
      last &&
      isChange(last) &&
      isChange(change) &&
      call.length < CHANGES_PER_CALL &&
      characters + size < CHARACTERS_PER_CALL
    ) {
      call.push(change);
      characters += size;
    } else {
      calls.push([change]);
      characters = size;
    }
  }
  return calls;
}
