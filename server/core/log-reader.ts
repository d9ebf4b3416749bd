import { sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { each, uuids, words } from "../../db/columns.ts";
import type { LogEvent } from "./event-log.ts";
import { pause } from "./faults.ts";
import type { Logger } from "./log.ts";
import { react, type TransactionServices } from "./transaction.ts";
import type { Tx } from "./tx.ts";

/** An event of a board, and whose board it is. */
export interface ReadEvent extends LogEvent {
  readonly orgId: string;
}

/** Who reads the events of all boards: how far is kept under the name, for ever. */
export interface LogConsumer {
  readonly name: string;
  /** Of all others it hears nothing. */
  readonly types: readonly string[];
  /** Of some boards those whose events concern it by now: the others are not read. Without it, all do. */
  concerned?(db: Database, boardIds: readonly string[]): Promise<readonly string[]>;
  /**
   * Does what follows from some events: of each board the next ones in order. What it writes by `tx` is committed
   * together with how far it has read, so that it follows from each event exactly once.
   */
  consume(tx: Tx, events: readonly ReadEvent[]): Promise<void>;
}

/** Boards that are read in one transaction, and of each so many events. */
const BOARDS_AT_ONCE = 20;
const EVENTS_AT_ONCE = 100;
/** How often the places on all boards are compared, whatever else is known. */
const COMPARE_EVERY_MS = 60_000;

interface Page extends Record<string, unknown> {
  streamId: string;
  orgId: string;
  upTo: string;
  isFull: boolean;
  events: LogEvent[];
}

/**
 * Lets consumers read the log of all boards, beside the writes, which know nothing of it. A place in each board's log is
 * kept for each consumer, and held while it reads on: whatever ends a process, the next one goes on from there. What is
 * new is found by the numbers of transactions, as the hub's poll finds it (rule L12).
 */
export class LogReader {
  readonly #services: TransactionServices & { readonly db: Database; readonly log: Logger };
  readonly #consumers: readonly LogConsumer[];
  readonly #losses: () => number;
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  /** By consumer: where to look from. */
  readonly #known = new Map<string, { horizon: string; losses: number; comparedAt: number }>();

  constructor(
    services: TransactionServices & { readonly log: Logger },
    { consumers, losses }: { consumers: readonly LogConsumer[]; losses: () => number },
  ) {
    this.#services = services;
    this.#consumers = consumers;
    this.#losses = losses;
  }

  /** Reads on again and again. */
  start(everyMs: number): void {
    this.#running ??= this.#forever(everyMs);
  }

  /** Reads all that is committed by now. */
  async catchUp(): Promise<void> {
    for (const consumer of this.#consumers) await this.#catchUp(consumer);
  }

  /** Ends when the transaction under way has. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #forever(everyMs: number): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.catchUp().catch((error: unknown) => {
        if (!signal.aborted) this.#services.log.warn({ err: error }, "the log could not be read on; that comes again");
      });
      await pause(everyMs, signal);
    }
  }

  async #catchUp(consumer: LogConsumer): Promise<void> {
    const losses = this.#losses();
    const known = this.#known.get(consumer.name);
    // After a lost connection it may be another server, whose transactions have other numbers.
    const isDue = known?.losses !== losses || performance.now() - known.comparedAt > COMPARE_EVERY_MS;
    const comparedAt = isDue ? performance.now() : known.comparedAt;
    const rows = await this.#services.db.execute<{ horizon: string; id: string | null }>(sql`
      select pg_snapshot_xmin(pg_current_snapshot())::text as horizon, b.id
      from (select 1) as once left join streams_behind(${consumer.name}, ${isDue ? null : known.horizon}::xid8) b(id) on true`);
    const behind = rows.flatMap(({ id }) => id ?? []);
    const ids = behind.length > 0 && consumer.concerned ? await consumer.concerned(this.#services.db, behind) : behind;
    const failed: unknown[] = [];
    for (let from = 0; from < ids.length && !this.#ending.signal.aborted; from += BOARDS_AT_ONCE) {
      failed.push(...(await this.#readAll(consumer, ids.slice(from, from + BOARDS_AT_ONCE))));
    }
    if (failed.length > 0 || this.#ending.signal.aborted) this.#known.delete(consumer.name);
    else this.#known.set(consumer.name, { horizon: rows[0]?.horizon ?? "", losses, comparedAt });
    if (failed.length > 0) throw failed[0];
  }

  /** Reads some boards to their ends. One that fails does not stop the others. Answers the failures. */
  async #readAll(consumer: LogConsumer, streamIds: readonly string[]): Promise<unknown[]> {
    try {
      for (let left = streamIds; left.length > 0 && !this.#ending.signal.aborted;) {
        left = await this.#read(consumer, left);
      }
      return [];
    } catch (error) {
      if (streamIds.length === 1) return [error];
      const failures = [];
      for (const id of streamIds) failures.push(...(await this.#readAll(consumer, [id])));
      return failures;
    }
  }

  /** Reads the next events of some boards in one transaction. Answers on which there may be more. */
  async #read(consumer: LogConsumer, streamIds: readonly string[]): Promise<string[]> {
    let pages: Page[] = [];
    await react(this.#services, async (tx) => {
      pages = await tx.db.execute<Page>(sql`
        select stream_id as "streamId", org_id as "orgId", up_to as "upTo", is_full as "isFull", events
        from read_log(${consumer.name}, ${uuids(streamIds)}, ${words(consumer.types)}, ${EVENTS_AT_ONCE}::int)`);
      const events = pages.flatMap(({ orgId, events: read }) => read.map((event) => ({ ...event, orgId })));
      if (events.length > 0) await consumer.consume(tx, events);
      tx.send(
        tx.db.execute(sql`
          update log_position p set version = d.up_to
          from unnest(${each("uuid", pages, ({ streamId }) => streamId)}, ${each("bigint", pages, ({ upTo }) => upTo)})
            d(stream_id, up_to)
          where p.stream_id = d.stream_id and p.reader = ${consumer.name}`),
      );
    });
    return pages.filter(({ isFull }) => isFull).map(({ streamId }) => streamId);
  }
}
