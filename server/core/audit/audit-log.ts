import type { Database, Db } from "../../../db/client.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { AuditHead } from "./block.ts";
import type { AuditKeys } from "./keys.ts";
import { type AuditEntry, byOrg } from "./record.ts";
import { type Refusal, Refusals, toEntries } from "./refusals.ts";
import { insertRecords } from "./rows.ts";
import { listOfFormerKeys, listUnsealed, sealChain } from "./seal.ts";

/** How often records are sealed that this process has written. */
const SEAL_MS = 1_000;
/** How often it looks for those that a process has left which ended. */
const SWEEP_MS = 15_000;
const REFUSALS_MS = 10_000;
/** How often the heads that have moved are put into the log: what is kept elsewhere shows that no tail was cut off. */
const ANCHOR_MS = 600_000;

/**
 * The audit log as the rest of the server writes it. Records are added by the transaction of what they are about; this
 * process, or another one, puts them into signed blocks a moment later, so that nobody who writes waits for a chain.
 */
export class AuditLog {
  readonly keys: AuditKeys;
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #refusals = new Refusals();
  /** The newest heads that this process has made or seen, by chain: none of them may ever be gone. */
  readonly #heads = new Map<string, AuditHead>();
  readonly #anchored = new Map<string, string>();
  #isDirty = true;
  /** Root keys are read at the start: once is enough. */
  #hasRenewed = false;
  #timer: NodeJS.Timeout | undefined;
  #sealing: Promise<void> | undefined;
  readonly #sealMs: number;

  constructor(services: { db: Database; clock: Clock; log: Logger; keys: AuditKeys; sealMs?: number | undefined }) {
    this.#sealMs = services.sealMs ?? SEAL_MS;
    this.keys = services.keys;
    this.#db = services.db;
    this.#clock = services.clock;
    this.#log = services.log;
  }

  /** Adds records of one tenant in the transaction that `db` is, as statements that are sent at once. */
  insert(db: Db, entries: readonly AuditEntry[]): Promise<unknown>[] {
    if (entries.length > 0) this.#isDirty = true;
    return insertRecords(db, this.keys, entries);
  }

  /** Counts something that was refused. It is written within seconds, by itself. */
  refused(refusal: Refusal): void {
    this.#refusals.add(refusal, this.#clock.now());
  }

  /** Writes what was refused since the last time. */
  async writeRefusals(): Promise<void> {
    const counted = this.#refusals.take();
    if (counted.length === 0) return;
    try {
      const entries = await toEntries(this.#db, this.keys, counted);
      await this.#db.within({}).transaction((tx) => {
        const inserted = Array.from(byOrg(entries), ([orgId, own]) => {
          tx.enter({ orgId: orgId ?? undefined });
          return this.insert(tx, own);
        });
        return Promise.all(inserted.flat());
      });
    } catch (error) {
      for (const { refusal, times, at } of counted) this.#refusals.add(refusal, at, times);
      throw error;
    }
  }

  /** Puts what is committed by now into blocks. */
  async seal(): Promise<void> {
    this.#isDirty = false;
    const services = { db: this.#db, clock: this.#clock, keys: this.keys };
    const former = this.#hasRenewed ? [] : await listOfFormerKeys(services);
    for (const chainId of former) await this.#keep(sealChain(services, chainId, { isRenewed: true }));
    for (const chainId of await listUnsealed(this.#db)) await this.#keep(sealChain(services, chainId));
    this.#hasRenewed = true;
  }

  async #keep(sealed: Promise<AuditHead | undefined>): Promise<void> {
    const head = await sealed;
    if (head) this.remember(head);
  }

  /** Keeps a head that was seen, whoever has made it. */
  remember(head: AuditHead): void {
    const known = this.#heads.get(head.chainId);
    if (!known || known.number < head.number) this.#heads.set(head.chainId, head);
  }

  /** The newest head of a chain that this process has seen since it began. */
  seenHead(chainId: string): AuditHead | undefined {
    return this.#heads.get(chainId);
  }

  /** Begins to write refusals, to seal, and to put heads into the log, until `close`. */
  start(): void {
    let ticks = 0;
    this.#timer = setInterval(() => {
      ticks += 1;
      const isDue = (everyMs: number) => ticks % Math.max(1, Math.round(everyMs / this.#sealMs)) === 0;
      const work = { refusals: isDue(REFUSALS_MS), seal: this.#isDirty || isDue(SWEEP_MS), anchors: isDue(ANCHOR_MS) };
      this.#sealing ??= this.#work(work).finally(() => {
        this.#sealing = undefined;
      });
    }, this.#sealMs);
    this.#timer.unref();
  }

  async #work(due: { refusals: boolean; seal: boolean; anchors: boolean }): Promise<void> {
    try {
      if (due.refusals) await this.writeRefusals();
      if (due.seal) await this.seal();
    } catch (error) {
      this.#isDirty = true;
      this.#log.warn({ err: error }, "the audit log could not be sealed; it is tried again");
    }
    if (due.anchors) this.#anchor();
  }

  /** One line for each chain that has grown. */
  #anchor(): void {
    for (const head of this.#heads.values()) {
      if (this.#anchored.get(head.chainId) === head.hash) continue;
      this.#anchored.set(head.chainId, head.hash);
      this.#log.info({ auditHead: head }, "the audit log goes as far as this");
    }
  }

  /** Writes and seals what is left. */
  async close(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    await this.#sealing;
    await this.#work({ refusals: true, seal: true, anchors: true });
  }
}
