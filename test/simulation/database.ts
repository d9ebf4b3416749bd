import { type LogEvent, toCursor } from "../../server/core/event-log.ts";
import type { BoardNews, OrgNews } from "../../server/events.ts";
import { History } from "./history.ts";
import { type Call, Link } from "./link.ts";
import { Locks } from "./locks.ts";
import { AT, newRows, type Rows } from "./rows.ts";
import type { Scheduler } from "./scheduler.ts";
import { type Membership, ORG, type State, type StoredStream } from "./state.ts";

/** What a transaction holds from its first statement on. */
export interface Wanted {
  readonly streamIds: readonly string[];
  /** Whether it changes who is a member, or only must not see that change. */
  readonly org: "shared" | "exclusive";
}

/** A transaction under way: its number is given out at its first lock, and it may commit long after others. */
export class Transaction {
  readonly xid: number;
  readonly link: Link;
  isOver = false;

  constructor(xid: number, link: Link) {
    this.xid = xid;
    this.link = link;
  }
}

/** A Postgres in memory, as far as live data can tell: snapshots, locks, transaction numbers, lost connections. */
export class Database {
  readonly history = new History();
  readonly links = new Set<Link>();
  state: State;
  readonly #scheduler: Scheduler;
  readonly #running = new Set<Transaction>();
  #locks = new Locks();
  #nextXid = 100;

  constructor(scheduler: Scheduler, boardIds: readonly string[], members: ReadonlyMap<string, Membership>) {
    this.#scheduler = scheduler;
    const streams = new Map<string, StoredStream>([[ORG, newStream(ORG, "org", undefined)]]);
    for (const id of boardIds) streams.set(id, newStream(id, "board", newRows(id, ["a", "b", "c", "d"])));
    this.state = { streams, members, accessVersion: 1, mutations: new Map(), nextXid: this.#nextXid };
    this.history.add(this.state);
  }

  connect(): Link {
    const link = new Link(this.#scheduler, () => this.#abandon(link));
    this.links.add(link);
    return link;
  }

  /** The number before which no transaction runs any more: `pg_snapshot_xmin`. */
  get xmin(): number {
    return Math.min(this.#nextXid, ...[...this.#running].map(({ xid }) => xid));
  }

  /** The number of the next transaction. */
  get nextXid(): number {
    return this.#nextXid;
  }

  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Begins, takes the locks, and answers when they are held. */
  begin(link: Link, { streamIds, org }: Wanted): Promise<Transaction> {
    return link.exchange((call: Call<Transaction>) => {
      const transaction = new Transaction(this.#nextXid, link);
      this.#nextXid += 1;
      this.#running.add(transaction);
      const rows = [...streamIds.toSorted().map((id) => [`stream ${id}`, "exclusive"] as const), [`org`, org] as const];
      this.#locks.acquire(transaction, rows, () => call.answer(transaction));
    });
  }

  /** Makes the changes and commits them. They are decided on under the locks, so nothing has changed since. */
  commit<Answer>(transaction: Transaction, change: (draft: Draft) => Answer): Promise<Answer> {
    return transaction.link.exchange(
      (call: Call<Answer>) => {
        if (transaction.isOver) return call.fail();
        const draft = new Draft(this.state, this.#scheduler);
        const answer = change(draft);
        this.#keep(draft, transaction.xid);
        this.#end(transaction);
        call.answer(answer);
      },
      { mayArriveLost: true },
    );
  }

  /** Loses what was committed last, as a failover or a restored backup does: every connection with it. */
  restore(commits: number): void {
    const before = this.history.before(commits);
    if (!before) return;
    for (const transaction of this.#running) transaction.isOver = true;
    this.#running.clear();
    this.#locks = new Locks();
    this.state = before;
    this.#nextXid = before.nextXid;
    this.history.add(before);
    this.history.restores += 1;
    for (const link of this.links) link.lose();
  }

  /** Finds out in its own time that nobody is there any more, and rolls back what that one had begun. */
  #abandon(link: Link): void {
    const begun = [...this.#running].filter((transaction) => transaction.link === link);
    this.#scheduler.soon(() => {
      for (const transaction of begun) if (!transaction.isOver) this.#end(transaction);
    });
  }

  #end(transaction: Transaction): void {
    transaction.isOver = true;
    this.#running.delete(transaction);
    this.#locks.release(transaction);
  }

  #keep(draft: Draft, xid: number): void {
    this.state = draft.finish(xid, this.#nextXid);
    const stateNumber = this.history.add(this.state);
    for (const made of draft.made) this.history.addEvent({ ...made, stateNumber });
  }
}

/** The changes of one transaction before its commit. */
export class Draft {
  readonly made: { event: LogEvent; after: string; rows: Rows | undefined }[] = [];
  readonly deleted = new Set<string>();
  readonly members: Map<string, Membership>;
  accessVersion: number;
  /** The id of the mutation, and what its repeat is answered. */
  stored: { id: string; streamId: string; version: number } | undefined;
  readonly #state: State;
  readonly #streams: Map<string, StoredStream>;
  readonly #scheduler: Scheduler;

  constructor(state: State, scheduler: Scheduler) {
    this.#state = state;
    this.#scheduler = scheduler;
    this.#streams = new Map(state.streams);
    this.members = new Map(state.members);
    this.accessVersion = state.accessVersion;
  }

  get random(): Scheduler["random"] {
    return this.#scheduler.random;
  }

  get at(): string {
    return AT;
  }

  stream(id: string): StoredStream | undefined {
    return this.#streams.get(id);
  }

  repeatOf(mutationId: string): { readonly streamId: string; readonly version: number } | undefined {
    return this.#state.mutations.get(mutationId);
  }

  /** Adds an event, with the rows as they are after it. */
  announce(stream: StoredStream, news: BoardNews | OrgNews, rows: Rows | undefined, mutationId: string): void {
    const event: LogEvent = {
      streamId: stream.id,
      version: stream.version + 1,
      nonce: 1 + this.random.below(2 ** 32),
      accessVersion: this.accessVersion,
      type: news.type,
      actorId: "somebody",
      mutationId,
      at: AT,
      data: news.data,
      previousNonce: stream.nonce,
    };
    this.made.push({ event, after: toCursor(stream), rows });
    this.save({ ...stream, version: event.version, nonce: event.nonce, rows });
  }

  save(stream: StoredStream): void {
    this.#streams.set(stream.id, stream);
  }

  delete(streamId: string): void {
    this.#streams.delete(streamId);
    this.deleted.add(streamId);
  }

  eventsOf(streamId: string): LogEvent[] {
    return this.made.map(({ event }) => event).filter((event) => event.streamId === streamId);
  }

  finish(xid: number, nextXid: number): State {
    for (const stream of this.#streams.values()) {
      const added = this.eventsOf(stream.id).map((event) => ({ event, xid }));
      if (added.length > 0) this.save({ ...stream, events: [...stream.events, ...added] });
    }
    const mutations = new Map(this.#state.mutations);
    if (this.stored) mutations.set(this.stored.id, this.stored);
    return { streams: this.#streams, members: this.members, accessVersion: this.accessVersion, mutations, nextXid };
  }
}

function newStream(id: string, kind: StoredStream["kind"], rows: Rows | undefined): StoredStream {
  return { id, kind, version: 0, nonce: 0, floor: 0, rows, events: [] };
}
